"""Composing, cancelling, rescheduling: all or nothing, and only what is still possible."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text

from foundation.database import Tenant, tenant_session, utc_now, worker_session
from platforms.errors import Ambiguous
from publishing.changes import DraftError, NotAllowedError, answer_unknown, cancel, reschedule
from publishing.compose import create_post
from publishing.drafts import Draft
from publishing.listing import publications, publications_of
from publishing.models import Post, Publication
from publishing.publisher import publish_now
from publishing.states import State
from tests.publishing.conftest import QUICK, Agency, make_tenant, read, state_of
from tests.publishing.network import MemoryNetwork


def _create(tenant: Agency, draft: Draft) -> UUID:
    with tenant_session(Tenant(tenant.organization_id)) as session:
        return create_post(session, tenant.organization_id, draft, senders=tenant.senders)


def _problems(tenant: Agency, draft: Draft) -> list[str]:
    with pytest.raises(DraftError) as caught:
        _create(tenant, draft)
    with worker_session() as session:
        assert session.scalar(select(func.count()).select_from(Post)) == 0
        assert session.scalar(select(func.count()).select_from(Publication)) == 0
    return caught.value.problems


def test_a_draft_becomes_a_publication_on_each_account(tenant: Agency) -> None:
    due_at = utc_now() + timedelta(hours=1)
    draft = Draft(tenant.brand_id, [tenant.facebook, tenant.x], "hello", " https://example.test/a ", due_at)
    post_id = _create(tenant, draft)
    with tenant_session(Tenant(tenant.organization_id)) as session:
        views = publications_of(session, post_id)
    assert {view.account_id for view in views} == {tenant.facebook, tenant.x}
    assert {(v.state, v.due_at, v.link) for v in views} == {
        (State.SCHEDULED, due_at, "https://example.test/a")
    }


def test_without_a_time_it_is_due_now(tenant: Agency) -> None:
    due_at = read(tenant.schedule(due_at=None)).due_at
    assert due_at is not None
    assert abs(due_at - utc_now()) < timedelta(seconds=5)


def test_everything_wrong_is_said_at_once(tenant: Agency) -> None:
    past = utc_now() - timedelta(minutes=2)
    draft = Draft(tenant.brand_id, [tenant.x, tenant.x], " \n", "javascript:alert(1)", past)
    assert _problems(tenant, draft) == [
        "An account is chosen twice.",
        "The text is empty.",
        "The link has to be a web address that starts with http:// or https://.",
        "This time has passed.",
    ]


def test_the_networks_own_limits_are_checked_for_each_account(tenant: Agency) -> None:
    problems = _problems(tenant, Draft(tenant.brand_id, [tenant.x, tenant.facebook], "x" * 281))
    assert len(problems) == 2
    assert problems[0].endswith("(X): the text is longer than 280 characters")


def test_an_account_or_brand_of_another_organization_does_not_exist(tenant: Agency) -> None:
    other = make_tenant(tenant.senders)
    assert _problems(tenant, Draft(tenant.brand_id, [other.x], "hello")) == [
        "An account does not belong to this brand."
    ]
    assert _problems(tenant, Draft(other.brand_id, [other.x], "hello")) == ["This brand does not exist."]


def test_no_account_and_a_lost_account_are_problems(tenant: Agency) -> None:
    assert _problems(tenant, Draft(tenant.brand_id, [], "hello")) == ["Choose at least one account."]
    with worker_session() as session:
        session.execute(
            text("UPDATE accounts SET status = 'needs_reconnect' WHERE id = :id"), {"id": tenant.x}
        )
    (problem,) = _problems(tenant, Draft(tenant.brand_id, [tenant.facebook, tenant.x], "hello"))
    assert "has to be connected again" in problem


def test_a_time_without_a_zone_is_a_mistake_of_the_caller(tenant: Agency) -> None:
    with pytest.raises(ValueError, match="time zone"):
        _create(tenant, Draft(tenant.brand_id, [tenant.x], "hello", due_at=datetime(2030, 1, 1)))


def _act(tenant: Agency, action: object, *arguments: object, **options: object) -> None:
    with tenant_session(Tenant(tenant.organization_id)) as session:
        action(session, *arguments, **options)  # type: ignore[operator]


def test_a_cancelled_post_is_not_sent(tenant: Agency, facebook: MemoryNetwork) -> None:
    publication_id = tenant.schedule()
    _act(tenant, cancel, publication_id)
    publish_now([publication_id], senders=tenant.senders, policy=QUICK)
    assert state_of(publication_id) is State.CANCELLED
    assert facebook.calls == []


@pytest.mark.parametrize(
    ("state", "reason"),
    [("publishing", "being sent now"), ("published", "already published"), ("unknown", "settled first")],
)
def test_what_may_be_public_is_neither_cancelled_nor_moved(tenant: Agency, state: str, reason: str) -> None:
    publication_id = tenant.schedule()
    tenant.shift(publication_id, state=state)
    with pytest.raises(NotAllowedError, match=reason):
        _act(tenant, cancel, publication_id)
    with pytest.raises(NotAllowedError, match=reason):
        _act(tenant, reschedule, publication_id)


def test_another_organizations_publication_cannot_be_touched(tenant: Agency) -> None:
    publication_id = tenant.schedule()
    with pytest.raises(NotAllowedError, match="does not exist"):
        _act(make_tenant(tenant.senders), cancel, publication_id)
    with pytest.raises(NotAllowedError, match="does not exist"):
        _act(tenant, cancel, uuid4())


def test_a_missed_post_gets_a_new_time_and_goes_out(tenant: Agency, facebook: MemoryNetwork) -> None:
    publication_id = tenant.schedule()
    tenant.shift(publication_id, state="missed", problem="late", attempt_count=9)
    _act(tenant, reschedule, publication_id)
    assert (read(publication_id).problem, read(publication_id).attempt_count) == (None, 0)
    publish_now([publication_id], senders=tenant.senders, policy=QUICK)
    assert state_of(publication_id) is State.PUBLISHED
    assert len(facebook.accepted) == 1


def test_rescheduling_into_the_past_is_refused(tenant: Agency) -> None:
    with pytest.raises(DraftError, match="passed"):
        _act(tenant, reschedule, tenant.schedule(), utc_now() - timedelta(minutes=5))


@pytest.mark.parametrize(("is_public", "state"), [(True, State.PUBLISHED), (False, State.SCHEDULED)])
def test_a_person_settles_what_looking_could_not(
    tenant: Agency, facebook: MemoryNetwork, is_public: bool, state: State
) -> None:
    publication_id = tenant.schedule()
    facebook.faults["submit"].append(Ambiguous("no answer"))
    publish_now([publication_id], senders=tenant.senders, policy=QUICK)
    with pytest.raises(NotAllowedError, match="may still appear"):
        _act(tenant, answer_unknown, publication_id, is_public=False)
    tenant.shift(publication_id, asks_person=True)
    _act(tenant, answer_unknown, publication_id, is_public=is_public)
    assert state_of(publication_id) is state
    with pytest.raises(NotAllowedError):
        _act(tenant, answer_unknown, publication_id, is_public=is_public)
    publish_now([publication_id], senders=tenant.senders, policy=QUICK)
    assert state_of(publication_id) is State.PUBLISHED
    assert len(facebook.accepted) == (0 if is_public else 1)


def test_a_person_may_give_up_what_is_not_public(tenant: Agency, facebook: MemoryNetwork) -> None:
    publication_id = tenant.schedule()
    facebook.faults["submit"].append(Ambiguous("no answer"))
    publish_now([publication_id], senders=tenant.senders, policy=QUICK)
    tenant.shift(publication_id, asks_person=True)
    _act(tenant, answer_unknown, publication_id, is_public=False, send_again=False)
    row = read(publication_id)
    assert (row.current, row.asks_person, row.problem) == (State.CANCELLED, False, None)
    publish_now([publication_id], senders=tenant.senders, policy=QUICK)
    assert facebook.accepted == []


def test_the_list_filters_and_keeps_to_its_organization(tenant: Agency) -> None:
    first = tenant.schedule("first", utc_now() + timedelta(hours=1))
    second = tenant.schedule("second", utc_now() + timedelta(hours=2))
    make_tenant(tenant.senders).schedule("theirs")
    tenant.shift(first, state="failed", problem="why", advice="what")
    with tenant_session(Tenant(tenant.organization_id)) as session:
        assert [view.id for view in publications(session)] == [second, first]
        assert [view.id for view in publications(session, limit=1)] == [second]
        assert [view.id for view in publications(session, states=[State.FAILED])] == [first]
        assert publications(session, brand_id=uuid4()) == []
        view = publications(session, brand_id=tenant.brand_id)[1]
    assert (view.text, view.problem, view.advice, view.timezone) == ("first", "why", "what", "Europe/Berlin")
    assert view.brand_name in view.account_name
