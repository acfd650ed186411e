"""Parts of a thread and first comments: publications of their own, in order, each sent once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from foundation.database import Tenant, tenant_session, utc_now, worker_session
from platforms.errors import Ambiguous, Rejected
from platforms.message import ReplyTo
from publishing.changes import UNKNOWN_BEFORE, NotAllowedError, answer_unknown, cancel, reschedule
from publishing.compose import create_post
from publishing.drafts import Draft
from publishing.due import due_windows
from publishing.models import Publication
from publishing.publisher import publish_now, run_window
from publishing.states import State
from tests.publishing.conftest import QUICK, Agency, read
from tests.publishing.network import MemoryNetwork


def thread(tenant: Agency, *parts: str, comment: str = "") -> list[UUID]:
    draft = Draft(tenant.brand_id, [tenant.facebook], "one", parts=parts, first_comment=comment)
    with tenant_session(Tenant(tenant.organization_id)) as session:
        post_id = create_post(session, tenant.organization_id, draft, senders=tenant.senders)
        rows = session.scalars(
            select(Publication.id).where(Publication.post_id == post_id).order_by(Publication.part)
        )
        return list(rows)


def states(ids: list[UUID]) -> list[State]:
    with worker_session() as session:
        return [session.get_one(Publication, one).current for one in ids]


def publish(tenant: Agency, seconds: float = 1.0, **policy: Any) -> None:
    until = utc_now() + timedelta(seconds=seconds)
    run_window("test", until, senders=tenant.senders, policy=replace(QUICK, **policy))


def test_parts_go_out_in_order_each_below_the_one_before(tenant: Agency, facebook: MemoryNetwork) -> None:
    ids = thread(tenant, "two", "three", comment="a comment")
    publish(tenant)
    assert facebook.texts() == ["one", "two", "three", "a comment"]
    first, second, third, _ = facebook.accepted
    assert first.reply_to is None
    assert second.reply_to == ReplyTo(first.external_id, first.external_id)
    assert third.reply_to == ReplyTo(second.external_id, first.external_id)
    assert states(ids) == [State.PUBLISHED] * 4


def test_a_part_waits_while_the_one_before_is_unknown(tenant: Agency, facebook: MemoryNetwork) -> None:
    ids = thread(tenant, "two")
    facebook.faults["submit"].append(Ambiguous("no answer"))
    publish(tenant, 0.2, first_look=timedelta(hours=1))
    assert states(ids) == [State.UNKNOWN, State.SCHEDULED]
    with worker_session() as session:
        assert due_windows(session, 60).scheduled == 0


def test_a_part_behind_a_lost_answer_goes_out_once_it_was_found(
    tenant: Agency, facebook: MemoryNetwork
) -> None:
    facebook.drop_answers = 1
    ids = thread(tenant, "two")
    publish(tenant, 1.5)
    assert facebook.texts() == ["one", "two"]
    assert states(ids) == [State.PUBLISHED, State.PUBLISHED]


def test_who_sends_a_thread_now_sends_all_of_it(tenant: Agency, facebook: MemoryNetwork) -> None:
    ids = thread(tenant, "two", comment="a comment")
    publish_now(ids, senders=tenant.senders, policy=QUICK)
    assert facebook.texts() == ["one", "two", "a comment"]
    assert states(ids) == [State.PUBLISHED] * 3


def test_who_cancels_the_first_part_cancels_what_continues_it(tenant: Agency) -> None:
    ids = thread(tenant, "two", comment="a comment")
    with tenant_session(Tenant(tenant.organization_id)) as session:
        cancel(session, ids[1])
    assert states(ids) == [State.SCHEDULED, State.CANCELLED, State.CANCELLED]
    with tenant_session(Tenant(tenant.organization_id)) as session:
        cancel(session, ids[0])
    assert states(ids) == [State.CANCELLED] * 3


def test_what_continues_a_part_comes_along_to_another_time(tenant: Agency) -> None:
    """It would be missed while it waits for its turn."""
    ids = thread(tenant, "two", "three")
    tenant.shift(ids[0], state="failed")
    tenant.shift(ids[1], state="missed")
    later = utc_now() + timedelta(hours=3)
    with tenant_session(Tenant(tenant.organization_id)) as session:
        reschedule(session, ids[0], later)
    assert states(ids) == [State.SCHEDULED] * 3
    assert {read(one).due_at for one in ids} == {later}


def test_what_a_person_saw_is_told_and_what_continues_it_can_t_follow(
    tenant: Agency, facebook: MemoryNetwork
) -> None:
    """Nobody knows its id: the next part has nothing to go below, and says so at once."""
    ids = thread(tenant, "two")
    facebook.faults["submit"].append(Ambiguous("no answer"))
    publish(tenant, 0.2, first_look=timedelta(hours=1))
    with tenant_session(Tenant(tenant.organization_id)) as session:
        answer_unknown(session, ids[0], is_public=True, permalink="https://example.test/1")
    with worker_session() as session:
        assert session.get_one(Publication, ids[1]).problem == UNKNOWN_BEFORE
        told = session.execute(text("SELECT publication_id, kind FROM happenings ORDER BY id")).all()
    assert states(ids) == [State.PUBLISHED, State.FAILED]
    assert [tuple(one) for one in told] == [(ids[0], "post.published"), (ids[1], "post.failed")]
    with (
        pytest.raises(NotAllowedError, match="put it below that one"),
        tenant_session(Tenant(tenant.organization_id)) as session,
    ):
        reschedule(session, ids[1])
    tenant.shift(ids[1], state="scheduled", due_at=utc_now() - timedelta(hours=1))  # by a change of the post
    publish(tenant, 0.1)
    with worker_session() as session:
        assert UNKNOWN_BEFORE in (session.get_one(Publication, ids[1]).problem or "")
    assert facebook.texts() == []


def test_nothing_follows_what_was_refused(tenant: Agency, facebook: MemoryNetwork) -> None:
    ids = thread(tenant, "two")
    facebook.faults["submit"].append(Rejected("not like this"))
    publish(tenant, 0.3)
    assert states(ids) == [State.FAILED, State.SCHEDULED]
    tenant.shift(ids[1], due_at=utc_now() - timedelta(hours=1))
    publish(tenant, 0.1)
    with worker_session() as session:
        part = session.get_one(Publication, ids[1])
        assert part.current is State.MISSED
        assert "The part before it is not public" in (part.problem or "")
        assert "Settle the part before it first" in (part.advice or "")
    with (
        pytest.raises(NotAllowedError, match="Send that one again first"),
        tenant_session(Tenant(tenant.organization_id)) as session,
    ):
        reschedule(session, ids[1])
    assert facebook.texts() == []
