"""Every network, every fault of the sandbox, at every call of a publication: through the real publisher.

Whatever goes wrong, the ledger and the network's own list agree in the end: public once, or surely not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import get_args
from uuid import UUID, uuid4

import httpx2
import pytest
from sqlalchemy import select, text

from bench.members import Files, Member, connect_all, draft, keep_files, kinds_of
from bench.publishing import serving_files
from foundation.database import Role, Tenant, engine, tenant_session, utc_now, worker_session
from foundation.settings import Settings, get_settings
from platforms import http, transport
from platforms.errors import RateLimited, TemporarilyRejected
from platforms.message import Kind
from platforms.registry import NETWORK_KEYS
from publishing.claim import claim_due, claim_unknown
from publishing.compose import create_post
from publishing.models import Publication
from publishing.policy import Policy
from publishing.reconcile import look
from publishing.senders import ConnectedSenders
from publishing.sending import Ready, Sender
from publishing.states import State
from sandbox.faults import FaultKind
from sandbox.linkedin import assets
from sandbox.mastodon import limits as mastodon_limits
from sandbox.tiktok import limits as tiktok_limits
from tests.platforms.conftest import Sandbox, serving
from tests.publishing.conftest import read

FAULTS = sorted(set(get_args(FaultKind)) - {"4xx"})  # that one is mail's
NOTHING = timedelta(0)
# The caller claims what is to come: nobody waits. Calls are made one after the other, so that none is under
# way while the next one looks.
POLICY = Policy(
    missed_after=timedelta(days=3),
    retry_base=NOTHING,
    retry_cap=NOTHING,
    first_look=NOTHING,
    look_cap=NOTHING,
    absent_after=NOTHING,
)
AHEAD = timedelta(days=2)
ROUNDS = 6
LISTED_S = 10.0
CASES = [(key, kinds_of(key)[-1]) for key in NETWORK_KEYS] + [("tiktok", Kind.VIDEO), ("facebook", Kind.TEXT)]
# TikTok looks at photos before it lists them, and their id is in the answer alone: a person has to look.
CANNOT_TELL = ("tiktok", Kind.IMAGE)
_VERSION = re.compile(r"^/v\d+\.\d+(?=/)")


@dataclass
class Rig:
    """One account, its publisher, and the faults that strike it, by the number of the call."""

    sandbox: Sandbox
    settings: Settings
    organization_id: UUID
    member: Member
    files: Files
    calls: list[str] = field(default_factory=list)
    faults: Mapping[int, str] = field(default_factory=dict)
    submit: int = 0  # the number of the call that makes it public
    looked: int = 0  # and of the last call of the first look

    def on_call(self, request: httpx2.Request) -> None:
        """Arm the fault for this very call, if it is the one."""
        _, network, path = request.url.path.split("/", 2)
        endpoint = f"{request.method} {_VERSION.sub('', f'/{path}')}"
        self.calls.append(endpoint)
        if fault := self.faults.get(len(self.calls)):
            self.sandbox.fault(network, endpoint, fault, delay_s=0.02 if fault == "delay" else 0.0)

    def publish(self, kind: Kind, faults: Mapping[int, str] | None = None) -> tuple[Publication, str]:
        """Publish one post, to its end; its publication, and the token in its text."""
        token = uuid4().hex
        with tenant_session(Tenant(self.organization_id)) as session:
            composed = draft(self.member, kind, token, self.files, utc_now())
            post_id = create_post(session, self.organization_id, composed)
            publication_id = session.scalars(
                select(Publication.id).where(Publication.post_id == post_id)
            ).one()
        self.calls, self.faults, self.submit, self.looked = [], faults or {}, 0, 0
        self._until_settled(publication_id)
        if read(publication_id).current is State.UNKNOWN:
            self.connect_again()
            self._until_settled(publication_id)
        return read(publication_id), token

    def _until_settled(self, publication_id: UUID) -> None:
        for _ in range(ROUNDS):
            self._go_on(publication_id)
            row = read(publication_id)
            if row.current not in (State.SCHEDULED, State.PUBLISHING, State.UNKNOWN):
                break
            if row.asks_person:  # the network looks at it first: it is listed in a while
                self.sandbox.advance(LISTED_S)

    def _go_on(self, publication_id: UUID) -> None:
        """What a publisher does next; nobody is kept waiting by what a network asked for."""
        sender = Sender(self.settings, ConnectedSenders(self.settings), POLICY)
        later = utc_now() + AHEAD
        with engine(Role.OWNER, autocommit=True).connect() as connection:
            connection.execute(text("DELETE FROM network_limits"))
        with worker_session() as session:
            due = claim_due(session, "test", later, limit=1, lease=POLICY.lease, only=[publication_id])
        with worker_session() as session:
            unknown = claim_unknown(session, "test", later, limit=1, lease=POLICY.lease)
        for claim in due:
            prepared = sender.prepare(claim)
            if isinstance(prepared, Ready):
                self.submit = self.submit or len(self.calls) + 1
                sent = sender.submit(prepared)
                if sent.incomplete is not None:
                    sender.complete(prepared, sent.incomplete)
        for claim in unknown:
            look(claim, sender)
            self.looked = self.looked or len(self.calls)

    def connect_again(self) -> None:
        """What a person does when the account needs it."""
        with worker_session() as session:
            session.execute(text("UPDATE accounts SET status = 'connected', status_reason = NULL"))

    def accepted(self, token: str) -> int:
        """How often the network has the post."""
        posts = self.sandbox.get("posts", network=self.member.network)["posts"]
        return sum(token in f"{post['text']} {post['payload']}" for post in posts if not post["deleted"])


@pytest.fixture(scope="module")
def quiet_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox whose clock is the real one, whose networks work on nothing for long and never count."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(assets.PROCESSING_S, "image", 0.0)
        for name in tiktok_limits.LIMITS:
            patched.setitem(tiktok_limits.LIMITS, name, 1_000_000)
        for name, (_, window_s) in mastodon_limits.LIMITS.items():
            patched.setitem(mastodon_limits.LIMITS, name, (1_000_000, window_s))
        with serving(tmp_path_factory.mktemp("sandbox"), days=2, busy=0) as found:
            yield found


@pytest.fixture
def rig(
    request: pytest.FixtureRequest,
    quiet_sandbox: Sandbox,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Rig]:
    key: str = request.param
    with serving_files(settings.home) as address:
        monkeypatch.setenv("ALLIN_SANDBOX_PORT", quiet_sandbox.url.rpartition(":")[2])
        monkeypatch.setenv("ALLIN_PUBLIC_URL", address)
        get_settings.cache_clear()
        organization_id = uuid4()
        member = connect_all(get_settings(), organization_id, [key])[0]
        files = keep_files(organization_id, get_settings())
        made = Rig(quiet_sandbox, get_settings(), organization_id, member, files)
        real = transport.client

        def listening(*where: str, **how: bool) -> httpx2.Client:
            client = real(*where, **how)
            client.event_hooks = {"request": [made.on_call], "response": []}
            return client

        monkeypatch.setattr(http, "client", listening)
        monkeypatch.setattr(http, "_pause_s", no_pause)
        yield made
        quiet_sandbox.clear_faults()
        real.cache_clear()


def no_pause(error: TemporarilyRejected, attempt: int) -> float:
    """Reads are repeated at once, but for what is too long to wait for."""
    del attempt
    return 60.0 if isinstance(error, RateLimited) else 0.0


@pytest.mark.parametrize(
    ("rig", "kind"), CASES, indirect=["rig"], ids=[f"{key}-{kind}" for key, kind in CASES]
)
def test_whatever_goes_wrong_at_whatever_call_it_is_public_once_or_surely_not(rig: Rig, kind: Kind) -> None:
    """Preparing, submitting and reading back; and looking, where the answer was lost."""
    row, token = rig.publish(kind)
    assert row.current is State.PUBLISHED, row.problem
    assert rig.accepted(token) == 1
    lost = {rig.submit: "accept_then_drop"}
    wrong = strike(rig, kind, {}, dict(enumerate(rig.calls, 1)))
    rig.publish(kind, lost)
    assert rig.looked > rig.submit, "nobody looked"
    rig.sandbox.clear_faults()
    looks = {number: rig.calls[number - 1] for number in range(rig.submit + 1, rig.looked + 1)}
    assert wrong + strike(rig, kind, lost, looks) == []


def strike(rig: Rig, kind: Kind, before: Mapping[int, str], calls: Mapping[int, str]) -> list[str]:
    """Every fault at each of these calls, after those `before`; what is wrong with what came of it."""
    wrong = []
    for target, call in calls.items():
        for fault in FAULTS:
            row, token = rig.publish(kind, {**before, target: fault})
            assert rig.sandbox.hits() == 1 + len(before), f"{fault} did not strike {call}"
            rig.sandbox.clear_faults()
            rig.connect_again()
            if problem := disagreement(row, rig.accepted(token), fault):
                wrong.append(f"{fault} at {call}: {problem}")
    return wrong


def disagreement(row: Publication, count: int, fault: str) -> str | None:
    """What is wrong with how a publication ended, of which the network has `count`."""
    found = f"{row.state} and {count} times there: {row.problem}"
    if row.current is State.PUBLISHED:
        return None if count == 1 else found
    if row.current is State.UNKNOWN:
        may_ask = row.asks_person and row.network == CANNOT_TELL[0] and count == 0
        return None if may_ask else found
    # A refused token may need a person; nothing else is for good.
    return None if fault == "401" and count == 0 and row.current is State.FAILED else found
