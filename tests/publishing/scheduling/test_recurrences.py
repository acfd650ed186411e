"""Recurrences: coming posts are made once, at the same time on the clock, and changed from now on."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from foundation.database import Tenant, tenant_session, utc_now, worker_session
from platforms.message import Kind
from publishing.changes import DraftError, NotAllowedError, cancel
from publishing.content import File
from publishing.drafts import Draft
from publishing.editing import ConflictError, delete_post
from publishing.models import Post, Publication
from publishing.scheduling import materialising, recurrences
from publishing.scheduling.materialising import coming, locked, materialise, materialise_all
from publishing.scheduling.models import Recurrence
from publishing.scheduling.recurrences import RecurrenceView
from publishing.scheduling.walltime import wall
from publishing.states import State
from tests.publishing.conftest import Agency, make_tenant
from tests.publishing.scheduling.conftest import act, due, rows_of, session_of, state

BERLIN = ZoneInfo("Europe/Berlin")
STARTS = datetime(2026, 1, 5, 9)
WEEKLY = "FREQ=WEEKLY;BYDAY=MO,TH"


def begin(tenant: Agency, rule: str = WEEKLY, starts: datetime = STARTS, words: str = "again") -> UUID:
    draft = Draft(tenant.brand_id, [tenant.facebook, tenant.x], words)
    make = recurrences.create
    return act(tenant, make, tenant.organization_id, draft, rule, starts, senders=tenant.senders)


def posts(recurrence_id: UUID) -> dict[datetime, UUID]:
    """The posts of a recurrence that are not deleted, by their time on the clock."""
    query = select(Post.occurrence, Post.id).where(
        Post.recurrence_id == recurrence_id, Post.deleted_at.is_(None)
    )
    with worker_session() as session:
        rows = session.execute(query.order_by(Post.occurrence)).all()
    return {occurrence: post_id for occurrence, post_id in rows if occurrence}


def view(tenant: Agency) -> RecurrenceView:
    (found,) = act(tenant, recurrences.recurrences, tenant.brand_id)
    return found


def edit(tenant: Agency, recurrence_id: UUID, **values: object) -> int:
    known = view(tenant).version
    action = recurrences.edit
    return act(tenant, action, recurrence_id, version=known, senders=tenant.senders, **values)


def later(tenant: Agency, recurrence_id: UUID, now: datetime) -> list[UUID]:
    """What a run at that time makes."""
    with session_of(tenant) as session:
        return materialise(session, locked(session, recurrence_id), senders=tenant.senders, now=now)


def test_the_posts_of_the_next_60_days_are_made_at_once(tenant: Agency) -> None:
    recurrence_id = begin(tenant)
    made = posts(recurrence_id)
    assert 16 <= len(made) <= 18
    assert {at.isoweekday() for at in made} == {1, 4}
    for at, post_id in made.items():
        moment = due(post_id)
        assert moment is not None
        assert utc_now() < moment < utc_now() + timedelta(days=60)
        assert wall(moment, BERLIN) == at
        assert (at.time(), state(post_id)) == (time(9), State.SCHEDULED)
    shown = view(tenant)
    assert [reading.local for reading in shown.next] == list(made)[:5]
    assert (shown.rule, shown.zone, shown.text, shown.problem) == (WEEKLY, "Europe/Berlin", "again", None)
    assert later(tenant, recurrence_id, utc_now()) == []


def test_it_keeps_its_time_on_the_clock_over_a_year(tenant: Agency) -> None:
    recurrence_id = begin(tenant, "FREQ=WEEKLY;BYDAY=SU", datetime(2026, 1, 4, 2, 30))
    now = utc_now()
    for day in range(30, 390, 30):
        later(tenant, recurrence_id, now + timedelta(days=day))
    made = posts(recurrence_id)
    assert {b - a for a, b in pairwise(made)} == {timedelta(days=7)}  # none left out, none twice
    spring = next(at for at in made if at.month == 3 and at.day > 24)
    autumn = next(at for at in made if at.month == 10 and at.day > 24)
    for at, post_id in made.items():
        moment = due(post_id)
        assert moment is not None
        if at == spring:  # that night there is no 02:30
            assert wall(moment, BERLIN) == at + timedelta(hours=1)
        else:
            assert wall(moment, BERLIN) == at
        if at == autumn:  # and in this one two: the first
            assert moment == at.replace(tzinfo=UTC) - timedelta(hours=2)


def test_the_29th_of_february_and_the_31st(tenant: Agency) -> None:
    leap = begin(tenant, "FREQ=YEARLY", datetime(2024, 2, 29, 9))
    assert posts(leap) == {}
    assert [reading.local for reading in view(tenant).next] == [
        datetime(2028, 2, 29, 9),
        datetime(2032, 2, 29, 9),
    ]
    later(tenant, leap, datetime(2028, 1, 15, tzinfo=UTC))
    assert list(posts(leap)) == [datetime(2028, 2, 29, 9)]
    last = begin(tenant, "FREQ=MONTHLY;BYMONTHDAY=31", datetime(2028, 1, 31, 9))
    later(tenant, last, datetime(2028, 1, 15, tzinfo=UTC))
    later(tenant, last, datetime(2028, 3, 14, tzinfo=UTC))
    assert list(posts(last)) == [datetime(2028, 1, 31, 9), datetime(2028, 3, 31, 9)]


def test_two_times_that_a_change_of_the_clock_makes_one_are_one_post() -> None:
    night = Recurrence(
        rule="FREQ=DAILY;BYHOUR=2,3;BYMINUTE=30", starts_local=datetime(2027, 3, 27, 2, 30), skipped=[]
    )
    now = datetime(2027, 3, 27, 12, tzinfo=UTC)
    assert coming(night, BERLIN, now, timedelta(days=2)) == [
        datetime(2027, 3, 28, 2, 30),
        datetime(2027, 3, 29, 2, 30),
        datetime(2027, 3, 29, 3, 30),
    ]


def test_nothing_past_is_ever_made(tenant: Agency) -> None:
    recurrence_id = begin(tenant)
    before = set(posts(recurrence_id))
    much_later = utc_now() + timedelta(days=200)  # nothing ran for months
    later(tenant, recurrence_id, much_later)
    assert all(at > wall(much_later, BERLIN) for at in set(posts(recurrence_id)) - before)


def test_runs_at_once_make_each_post_once(tenant: Agency) -> None:
    recurrence_id = begin(tenant)
    now = utc_now() + timedelta(days=40)
    ready, made = threading.Barrier(4), []

    def run() -> None:
        ready.wait()
        made.append(materialise_all(senders=tenant.senders, now=now)[recurrence_id])

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4
    assert sorted(made)[:3] == [0, 0, 0]
    assert max(made) >= 11
    assert len(set(posts(recurrence_id))) == len(posts(recurrence_id))


def test_many_posts_are_made_in_several_runs(tenant: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(materialising, "MOST", 7)
    recurrence_id = begin(tenant)
    counts = [len(posts(recurrence_id))]
    while later(tenant, recurrence_id, utc_now()):
        counts.append(len(posts(recurrence_id)))
    assert counts[:2] == [7, 14]
    assert 16 <= counts[-1] <= 18


def test_a_rule_ends_by_itself(tenant: Agency) -> None:
    starts = (utc_now() + timedelta(days=2)).replace(tzinfo=None, microsecond=0)
    assert len(posts(begin(tenant, "FREQ=DAILY;COUNT=3", starts))) == 3


def test_one_time_is_skipped_and_taken_back(tenant: Agency) -> None:
    recurrence_id = begin(tenant)
    made = posts(recurrence_id)
    second = list(made)[1]
    act(tenant, recurrences.skip, recurrence_id, second)
    act(tenant, recurrences.skip, recurrence_id, second)
    assert state(made[second]) is State.CANCELLED
    assert list(posts(recurrence_id)) == [at for at in made if at != second]
    assert later(tenant, recurrence_id, utc_now()) == []
    assert view(tenant).skipped == (second,)
    assert second not in [reading.local for reading in view(tenant).next]
    act(tenant, recurrences.take_back_skip, recurrence_id, second, senders=tenant.senders)
    act(tenant, recurrences.take_back_skip, recurrence_id, second, senders=tenant.senders)
    assert list(posts(recurrence_id)) == list(made)
    assert state(posts(recurrence_id)[second]) is State.SCHEDULED
    far = second + timedelta(days=7 * 30)
    act(tenant, recurrences.skip, recurrence_id, far)
    for days in (100, 160, 200):
        later(tenant, recurrence_id, utc_now() + timedelta(days=days))
    assert far not in posts(recurrence_id)
    assert far + timedelta(days=7) in posts(recurrence_id)
    with pytest.raises(DraftError, match="no time of this recurrence"):
        act(tenant, recurrences.skip, recurrence_id, second + timedelta(hours=1))


def test_a_change_keeps_the_post_that_is_about_to_go_out(
    tenant: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is too late to be made anew, but not to be changed."""
    at = wall((utc_now() + timedelta(minutes=3)).replace(second=0, microsecond=0), BERLIN)
    recurrence_id = begin(tenant, "FREQ=DAILY", at)
    first = posts(recurrence_id)[at]
    soon = due(first)
    assert soon is not None
    for module in (recurrences, materialising):
        monkeypatch.setattr(module, "utc_now", lambda: soon - timedelta(seconds=30))
    edit(tenant, recurrence_id, draft=Draft(tenant.brand_id, [tenant.facebook, tenant.x], "better"))
    assert posts(recurrence_id)[at] == first
    assert (state(first), due(first)) == (State.SCHEDULED, soon)
    with worker_session() as session:
        assert session.get_one(Post, first).text == "better"


def test_what_someone_deleted_is_not_made_again(tenant: Agency) -> None:
    recurrence_id = begin(tenant)
    made = posts(recurrence_id)
    first, second, third = list(made)[:3]
    act(tenant, delete_post, made[first])
    for row in rows_of(made[second]):
        act(tenant, cancel, row.id)
    with worker_session() as session:  # a change of the post that loses where it is from
        session.execute(
            text("UPDATE posts SET recurrence_id = NULL, occurrence = NULL WHERE id = :id"),
            {"id": made[third]},
        )
    assert later(tenant, recurrence_id, utc_now()) == []
    edit(tenant, recurrence_id, draft=Draft(tenant.brand_id, [tenant.x], "changed"))
    assert first not in posts(recurrence_id)
    assert third not in posts(recurrence_id)
    assert state(made[second]) is State.CANCELLED


def test_a_change_holds_from_now_on(tenant: Agency) -> None:
    recurrence_id = begin(tenant)
    made = posts(recurrence_id)
    first, second = list(made)[:2]
    for row in rows_of(made[first]):
        tenant.shift(row.id, state="published")
    tenant.shift(rows_of(made[second])[0].id, state="publishing")
    draft = Draft(tenant.brand_id, [tenant.x], "changed", labels=["new"])
    assert edit(tenant, recurrence_id, draft=draft, rule="FREQ=WEEKLY;BYDAY=TH,FR;BYHOUR=10,9") == 2
    after = posts(recurrence_id)
    assert {at.isoweekday() for at in list(after)[2:]} <= {4, 5}
    assert {at.hour for at in list(after)[2:]} == {9, 10}
    with worker_session() as session:
        said = {post.id: post.text for post in session.scalars(select(Post))}
        live = session.execute(
            select(Publication.post_id, Publication.account_id).where(
                Publication.state == State.SCHEDULED.value, Publication.post_id.in_(after.values())
            )
        ).all()
    assert (said[made[first]], said[made[second]]) == ("again", "again")
    kept = [at for at in made if at in after and at not in (first, second)]
    assert kept
    assert all(after[at] == made[at] and said[made[at]] == "changed" for at in kept)
    assert {account for post_id, account in live if post_id not in (made[first], made[second])} == {tenant.x}
    gone = [made[at] for at in made if at not in after]
    assert {state(post_id) for post_id in gone} == {State.CANCELLED}
    # And back: the times that were given up are its own again.
    edit(tenant, recurrence_id, rule=WEEKLY)
    assert list(posts(recurrence_id))[2:] == [at for at in made if at not in (first, second)]


def test_a_change_that_comes_too_late_is_refused(tenant: Agency) -> None:
    recurrence_id = begin(tenant)
    edit(tenant, recurrence_id, rule="FREQ=DAILY")
    for action in (recurrences.edit, recurrences.end):
        with pytest.raises(ConflictError, match="changed this recurrence meanwhile"):
            act(tenant, action, recurrence_id, version=1)


def test_a_change_that_cannot_be_is_none_at_all(tenant: Agency) -> None:
    recurrence_id = begin(tenant)
    made = posts(recurrence_id)
    for values in (
        {"rule": "FREQ=DAILY", "draft": Draft(tenant.brand_id, [tenant.x], "")},
        {"rule": "FREQ=HOURLY"},
        {"draft": Draft(tenant.organization_id, [tenant.x], "hello")},
        {"draft": Draft(tenant.brand_id, [], "hello")},
    ):
        with pytest.raises(DraftError):
            edit(tenant, recurrence_id, **values)
    assert posts(recurrence_id) == made
    assert (view(tenant).rule, view(tenant).version) == (WEEKLY, 1)


def test_the_end(tenant: Agency) -> None:
    recurrence_id = begin(tenant)
    made = posts(recurrence_id)
    first, *others = made
    tenant.shift(rows_of(made[first])[0].id, state="publishing")
    act(tenant, recurrences.end, recurrence_id, version=1)
    assert list(posts(recurrence_id)) == [first]
    assert {state(made[at]) for at in others} == {State.CANCELLED}
    assert later(tenant, recurrence_id, utc_now() + timedelta(days=90)) == []
    assert recurrence_id not in materialise_all(senders=tenant.senders)
    assert view(tenant).next == ()
    with pytest.raises(NotAllowedError, match="has ended"):
        edit(tenant, recurrence_id, rule="FREQ=DAILY")
    with pytest.raises(NotAllowedError, match="being sent now"):
        act(tenant, recurrences.skip, recurrence_id, first)


def test_what_cannot_be_made_is_told_and_tried_again_and_holds_up_no_other(tenant: Agency) -> None:
    recurrence_id = begin(tenant)
    other = make_tenant(tenant.senders)
    theirs = begin(other)
    now = utc_now() + timedelta(days=30)
    with worker_session() as session:
        session.execute(
            text("UPDATE accounts SET status = 'needs_reconnect' WHERE id = :id"), {"id": tenant.x}
        )
    made = materialise_all(senders=tenant.senders, now=now)
    assert made[recurrence_id] == 0
    assert made[theirs] > 0
    assert "has to be connected again first" in (view(tenant).problem or "")
    with worker_session() as session:
        session.execute(text("UPDATE accounts SET status = 'connected' WHERE id = :id"), {"id": tenant.x})
    assert materialise_all(senders=tenant.senders, now=now)[recurrence_id] == made[theirs]
    assert view(tenant).problem is None
    with worker_session() as session:
        session.execute(
            text("UPDATE organizations SET deleted_at = now() WHERE id = :id"), {"id": tenant.organization_id}
        )
    assert recurrence_id not in materialise_all(senders=tenant.senders, now=now)


def test_each_post_says_all_that_the_draft_said(tenant: Agency) -> None:
    picture = File("a" * 64, "image/png", 10, 1, 1, alt="a dot")
    draft = Draft(
        tenant.brand_id,
        [tenant.x, tenant.facebook],
        "again",
        link="https://example.com",
        kind=Kind.IMAGE,
        title="t",
        media=[picture],
        own={tenant.x: {"text": "mine"}},
        parts=["more"],
        first_comment="and",
        labels=["evergreen"],
    )
    with worker_session() as session:
        session.execute(
            text("INSERT INTO media (organization_id, key, mime, size) VALUES (:id, :key, 'image/png', 10)"),
            {"id": tenant.organization_id, "key": picture.key},
        )
    make = recurrences.create
    recurrence_id = act(
        tenant, make, tenant.organization_id, draft, "FREQ=DAILY;COUNT=1", next_week(), senders=tenant.senders
    )
    (post_id,) = posts(recurrence_id).values()
    with worker_session() as session:
        post = session.get_one(Post, post_id)
        rows = session.scalars(select(Publication).where(Publication.post_id == post_id)).all()
    assert (post.text, post.link, post.kind, post.title) == ("again", "https://example.com", "image", "t")
    assert (post.media[0]["key"], post.media[0]["alt"], post.parts) == (picture.key, "a dot", ["more"])
    assert (post.first_comment, post.labels) == ("and", ["evergreen"])
    assert sorted((row.part, str(row.own.get("text"))) for row in rows if row.account_id == tenant.x) == [
        (0, "mine"),
        (1, "more"),
        (2, "and"),
    ]


def next_week() -> datetime:
    return (utc_now() + timedelta(days=7)).replace(tzinfo=None, second=0, microsecond=0)


def test_what_begins_wrong_is_refused_as_a_whole(tenant: Agency) -> None:
    for words, rule, starts in (
        ("", WEEKLY, STARTS),
        ("x" * 281, "FREQ=YEARLY", datetime(2040, 1, 1)),  # checked although nothing is made yet
        ("hello", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", STARTS),
    ):
        with pytest.raises(DraftError):
            begin(tenant, rule, starts, words)
    assert act(tenant, recurrences.recurrences) == []


def test_a_preview_tells_of_strange_times(tenant: Agency) -> None:
    found = act(
        tenant, recurrences.preview, tenant.brand_id, "FREQ=WEEKLY;BYDAY=SU", datetime(2027, 3, 21, 2, 30)
    )
    assert [reading.notice is None for reading in found] == [True, False, True, True, True]
    assert "does not exist in Europe/Berlin" in (found[1].notice or "")


def test_another_organizations_recurrence_does_not_exist(tenant: Agency) -> None:
    recurrence_id = begin(tenant)
    other = make_tenant(tenant.senders)
    assert act(other, recurrences.recurrences) == []
    first = next(iter(posts(recurrence_id)))
    for action, arguments in (
        (recurrences.skip, (recurrence_id, first)),
        (recurrences.take_back_skip, (recurrence_id, first)),
        (recurrences.preview, (tenant.brand_id, WEEKLY, STARTS)),
    ):
        with pytest.raises(NotAllowedError, match="does not exist"):
            act(other, action, *arguments)
    for change in (recurrences.edit, recurrences.end):
        with pytest.raises(NotAllowedError, match="does not exist"):
            act(other, change, recurrence_id, version=1)
    limited = Tenant(tenant.organization_id, None, frozenset({tenant.x}))
    with pytest.raises(NotAllowedError, match="see all accounts"), tenant_session(limited) as session:
        recurrences.end(session, recurrence_id, version=1)
