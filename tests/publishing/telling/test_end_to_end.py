"""What people have to do something about, from the moment it happens to the mailbox, with real processes.

The teller and the mailer are killed with -9 on the way. The one place where a kill can cost an e-mail is
SMTP itself: what was handed over and not answered counts as unknown and is not sent again, so it comes at
most once. Its notification in the app is there all the same.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest

from foundation.database import Tenant, tenant_session, utc_now, worker_session
from foundation.settings import REPOSITORY, Settings
from identity.permissions import Role
from mail import queue, sealing
from platforms import accounts, errors, health
from platforms.contract import Finding
from publishing.approvals import workflow
from publishing.approvals.steps import Step
from publishing.compose import create_post
from publishing.drafts import Draft
from publishing.due import sweep_missed
from publishing.publisher import publish_now, run_window
from publishing.telling import inbox
from tests.identity.acting import acting, principal
from tests.identity.people import add_member
from tests.mail.conftest import by_smtp, sandbox, shared_sandbox  # noqa: F401 - fixtures
from tests.mail.outbox import pass_time, states, wait_until
from tests.publishing.conftest import QUICK, Agency, read
from tests.publishing.network import MemoryNetwork
from tests.publishing.telling.conftest import rows
from tests.publishing.telling.test_dead_access import REMOTE, dead
from tests.sandbox.server import Running

OWNER = "owner@example.com"


@dataclass(frozen=True)
class Story:
    """The owner, and where the link of each of the five leads; by what its message says to do."""

    owner: UUID
    links: dict[str, str]


@pytest.fixture
def story(tenant: Agency, facebook: MemoryNetwork, settings: Settings) -> Story:
    """Each of the five happens, as it does in an installation."""
    owner = add_member(tenant.organization_id, OWNER, Role.OWNER)
    failed, unknown, missed = (tenant.schedule(words) for words in ("failed", "unknown", "missed"))
    facebook.faults["submit"].append(errors.Rejected("it is too long"))
    publish_now([failed], senders=tenant.senders, policy=QUICK)
    facebook.faults["submit"].append(errors.Ambiguous("no answer"))
    facebook.findings.extend([Finding.CANNOT_TELL] * 100)
    publish_now([unknown], senders=tenant.senders, policy=QUICK)
    tenant.shift(missed, due_at=utc_now() - QUICK.missed_after - timedelta(seconds=5))
    with worker_session() as session:
        sweep_missed(session, tenant.senders, QUICK)
    while not read(unknown).asks_person:
        run_window("test", utc_now() + timedelta(seconds=0.3), senders=tenant.senders, policy=QUICK)
    return Story(
        owner,
        {
            "Write it anew in the Composer": f"/posts?post={read(failed).post_id}",
            "answer here whether the post is public": f"/posts?post={read(unknown).post_id}",
            "“Try again now” sends it; or cancel it.": f"/posts?post={read(missed).post_id}",
            "Connect it again: until then": f"/accounts?account={_loses_access(tenant, settings)}",
            "Approve it, or say what is to change.": f"/approvals?post={_submitted(tenant)}",
        },
    )


def _loses_access(tenant: Agency, settings: Settings) -> UUID:
    with worker_session() as session:
        account_id = accounts.connect(session, tenant.organization_id, tenant.brand_id, REMOTE)
    assert health.check(account_id, settings, networks=dead) is not None
    return account_id


def _submitted(tenant: Agency) -> UUID:
    """A post that the owner is to approve."""
    writer = add_member(tenant.organization_id, "writer@example.com", Role.MEMBER)
    due_at = utc_now() + timedelta(days=1)
    draft = Draft(tenant.brand_id, [tenant.x], "to approve", due_at=due_at, created_by=writer)
    with tenant_session(Tenant(tenant.organization_id)) as session:
        steps = [Step("Owners", role=Role.OWNER)]
        workflow.set_workflow(session, tenant.organization_id, tenant.brand_id, steps)
        return create_post(session, tenant.organization_id, draft, senders=tenant.senders)


@contextmanager
def running(module: str) -> Iterator[subprocess.Popen[bytes]]:
    """The real process; killed with -9 at the end of the block."""
    with subprocess.Popen([sys.executable, "-m", module], cwd=REPOSITORY, stderr=subprocess.DEVNULL) as it:
        try:
            yield it
        finally:
            it.send_signal(signal.SIGKILL)


def test_each_reaches_the_app_and_the_mailbox_once_whoever_is_killed(
    story: Story,
    tenant: Agency,
    by_smtp: Settings,  # noqa: F811
    sandbox: Running,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALLIN_TELL_GATHER_SECONDS", "0")
    monkeypatch.setenv("ALLIN_TELL_APART_SECONDS", "0")
    assert len(rows("happenings")) == len(story.links)
    with running("publishing.telling"):
        wait_until(lambda: any(row["told_at"] for row in rows("happenings")), 40)
    with running("publishing.telling"), running("mail"):
        wait_until(sandbox.mail, 40)
    pass_time(by_smtp, queue.ANSWER_LEASE)
    with running("publishing.telling"), running("mail"):
        wait_until(lambda: _mailed() == {True}, 40)
        wait_until(lambda: set(states(by_smtp).values()) <= {"sent", "unknown"}, 40)
    arrived = [one["text"] for one in sandbox.mail(OWNER)]
    links = _links(arrived, by_smtp)
    assert set(links.values()) == {1}
    assert set(links) | set(_links(_unanswered(by_smtp), by_smtp)) == set(story.links.values())
    for advice, link in story.links.items():
        saying = [one for one in arrived if link in one]
        assert all(advice in " ".join(one.split()) for one in saying), advice
    with acting(principal(story.owner, tenant.organization_id)) as work:
        told = inbox.listed(work).items
    assert {one.link for one in told} == set(story.links.values())
    for one in told:
        assert next(advice for advice, link in story.links.items() if link == one.link) in one.words


def _links(texts: list[str], settings: Settings) -> Counter[str]:
    """The links to posts and accounts, and how often each is there."""
    return Counter(re.findall(rf"{re.escape(settings.public_url)}(/\S+\?\S+)", "\n".join(texts)))


def _unanswered(settings: Settings) -> list[str]:
    """What was handed over to the mail server by a mailer that was killed before it was answered."""
    mine = [row for row in rows("emails") if row["state"] == "unknown" and row["to_address"] == OWNER]
    return [sealing.unseal(row["id"], row["sealed"], settings).text for row in mine]


def _mailed() -> set[bool]:
    """Whether lines are mailed, once everything is told."""
    if any(row["told_at"] is None for row in rows("happenings")):
        return set()
    return {row["mailed_at"] is not None for row in rows("mailings")}
