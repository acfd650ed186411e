"""Campaigns: posts at distances from a launch, moved together or not at all, across changes of the clock."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.database import Tenant, tenant_session, utc_now
from publishing.changes import DraftError, NotAllowedError, cancel, reschedule
from publishing.compose import create_post
from publishing.drafts import Draft
from publishing.editing import ConflictError
from publishing.publisher import publish_now
from publishing.scheduling import campaigns, launching
from publishing.scheduling.campaigns import offset_of, time_of
from publishing.scheduling.walltime import Happens, read, wall
from publishing.states import State
from tests.publishing.conftest import QUICK, Agency, make_tenant
from tests.publishing.network import MemoryNetwork
from tests.publishing.scheduling.conftest import act, due, rows_of, state

BERLIN = ZoneInfo("Europe/Berlin")
# The Tuesday after the clock is put back, 09:00 in Berlin.
LAUNCH = datetime(2040, 10, 30, 8, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def campaign(tenant: Agency) -> UUID:
    make = campaigns.create
    return act(tenant, make, tenant.organization_id, tenant.brand_id, "Autumn", LAUNCH)


def put(tenant: Agency, campaign: UUID, offset: timedelta, **values: object) -> UUID:
    draft = replace(Draft(tenant.brand_id, [tenant.facebook, tenant.x], "hello"), **values)  # type: ignore[arg-type]
    organization = tenant.organization_id
    return act(tenant, campaigns.add_post, organization, campaign, draft, offset, senders=tenant.senders)


def test_distances_are_on_the_clock(tenant: Agency, campaign: UUID) -> None:
    week_before = put(tenant, campaign, -7 * DAY)
    at_launch = put(tenant, campaign, timedelta())
    evening = put(tenant, campaign, timedelta(hours=9, minutes=30))
    assert due(week_before) == datetime(2040, 10, 23, 7, tzinfo=UTC)  # 09:00, before the clock is put back
    assert due(at_launch) == LAUNCH
    assert wall(due(evening) or LAUNCH, BERLIN) == datetime(2040, 10, 30, 18, 30)
    (view,) = act(tenant, campaigns.campaigns, tenant.brand_id)
    assert (view.name, view.zone, view.launch_at, view.posts) == ("Autumn", "Europe/Berlin", LAUNCH, 3)


def test_everything_moves_with_the_launch(tenant: Agency, campaign: UUID) -> None:
    before, after = put(tenant, campaign, -3 * DAY), put(tenant, campaign, 2 * DAY)
    by_hand = put(tenant, campaign, DAY)
    for row in rows_of(by_hand):
        act(tenant, reschedule, row.id, LAUNCH + timedelta(hours=5))
    launch = read(datetime(2041, 4, 1, 10), BERLIN).at  # the clock is put forward the day before
    moved = act(tenant, launching.set_launch, campaign, launch, version=1)
    assert (moved.version, set(moved.post_ids), moved.notices) == (2, {before, after, by_hand}, ())
    expected = [datetime(2041, 3, 29, 10), datetime(2041, 4, 3, 10), datetime(2041, 4, 1, 15)]
    assert [wall(due(one) or launch, BERLIN) for one in (before, after, by_hand)] == expected
    assert {state(one) for one in (before, after, by_hand)} == {State.SCHEDULED}


def test_a_time_that_the_clock_skips_is_told(tenant: Agency, campaign: UUID) -> None:
    post_id = put(tenant, campaign, -DAY)
    launch = read(datetime(2041, 4, 1, 2, 30), BERLIN).at
    moved = act(tenant, launching.set_launch, campaign, launch, version=1)
    assert len(moved.notices) == 1
    assert "02:30 on Sun 31 Mar 2041 does not exist" in moved.notices[0]
    assert wall(due(post_id) or launch, BERLIN) == datetime(2041, 3, 31, 3, 30)
    # And its distance is not lost by it.
    act(tenant, launching.set_launch, campaign, launch + 7 * DAY, version=2)
    assert wall(due(post_id) or launch, BERLIN) == datetime(2041, 4, 7, 2, 30)


def test_nothing_moves_while_one_of_them_is_being_sent(tenant: Agency, campaign: UUID) -> None:
    posts = [put(tenant, campaign, number * DAY) for number in range(3)]
    times = [due(post_id) for post_id in posts]
    for held, words in (("publishing", "being sent now"), ("unknown", "settled first")):
        tenant.shift(rows_of(posts[1])[0].id, state=held)
        with pytest.raises(NotAllowedError, match=f"{words}. Nothing was moved"):
            act(tenant, launching.set_launch, campaign, LAUNCH + DAY, version=1)
        with pytest.raises(NotAllowedError, match=words):
            act(tenant, campaigns.put_in, campaign, posts[1], DAY * 9)
    assert [due(post_id) for post_id in posts] == times
    assert act(tenant, campaigns.campaigns)[0].launch_at == LAUNCH


def test_nothing_moves_into_the_past(tenant: Agency, campaign: UUID) -> None:
    posts = [put(tenant, campaign, -2 * DAY), put(tenant, campaign, 2 * DAY)]
    times = [due(post_id) for post_id in posts]
    with pytest.raises(DraftError, match="A post of this campaign would fall due in the past"):
        act(tenant, launching.set_launch, campaign, utc_now() + DAY, version=1)
    assert [due(post_id) for post_id in posts] == times
    act(tenant, launching.set_launch, campaign, utc_now() + 3 * DAY, version=1)
    with pytest.raises(DraftError, match="passed"):
        put(tenant, campaign, -300 * DAY)
    with pytest.raises(DraftError, match="passed"):
        act(tenant, campaigns.put_in, campaign, posts[0], -4 * DAY)


def test_what_is_done_stays(tenant: Agency, campaign: UUID, facebook: MemoryNetwork) -> None:
    public, cancelled, missed = (put(tenant, campaign, number * DAY) for number in range(3))
    for row in rows_of(public):
        act(tenant, reschedule, row.id)
    publish_now([row.id for row in rows_of(public)], senders=tenant.senders, policy=QUICK)
    for row in rows_of(cancelled):
        act(tenant, cancel, row.id)
    for row in rows_of(missed):
        tenant.shift(row.id, state="missed")
    moved = act(tenant, launching.set_launch, campaign, LAUNCH + DAY, version=1)
    assert moved.post_ids == ()
    assert [state(one) for one in (public, cancelled, missed)] == [
        State.PUBLISHED,
        State.CANCELLED,
        State.MISSED,
    ]
    assert due(missed) == LAUNCH + 2 * DAY
    assert len(facebook.accepted) == 1


def test_without_a_launch_posts_wait_for_one(tenant: Agency, facebook: MemoryNetwork) -> None:
    campaign = act(tenant, campaigns.create, tenant.organization_id, tenant.brand_id, "Later")
    posts = [put(tenant, campaign, DAY), put(tenant, campaign, 2 * DAY)]
    assert {(state(one), due(one)) for one in posts} == {(State.APPROVED, None)}
    publish_now([row.id for one in posts for row in rows_of(one)], senders=tenant.senders, policy=QUICK)
    assert facebook.calls == []
    act(tenant, launching.set_launch, campaign, LAUNCH, version=1)
    assert [(state(one), due(one)) for one in posts] == [
        (State.SCHEDULED, LAUNCH + DAY),
        (State.SCHEDULED, LAUNCH + 2 * DAY),
    ]
    act(tenant, launching.set_launch, campaign, None, version=2)
    assert {(state(one), due(one)) for one in posts} == {(State.APPROVED, None)}
    unfinished = put(tenant, campaign, DAY, unfinished=True)
    assert (state(unfinished), due(unfinished)) == (State.DRAFT, None)


def test_posts_that_are_there_come_and_go(tenant: Agency, campaign: UUID) -> None:
    draft = Draft(tenant.brand_id, [tenant.x], "of no campaign", due_at=LAUNCH)
    post_id = act(tenant, create_post, tenant.organization_id, draft, senders=tenant.senders)
    act(tenant, campaigns.put_in, campaign, post_id, 3 * DAY)
    assert due(post_id) == LAUNCH + 3 * DAY
    act(tenant, campaigns.put_in, campaign, post_id, 4 * DAY)
    assert due(post_id) == LAUNCH + 4 * DAY
    act(tenant, campaigns.take_out, post_id)
    act(tenant, launching.set_launch, campaign, LAUNCH + DAY, version=1)
    assert due(post_id) == LAUNCH + 4 * DAY
    act(tenant, campaigns.put_in, campaign, post_id, DAY)
    act(tenant, campaigns.delete, campaign, version=2)
    assert (due(post_id), state(post_id)) == (LAUNCH + 2 * DAY, State.SCHEDULED)
    assert act(tenant, campaigns.campaigns) == []


def test_of_two_moves_at_once_one_is_refused(tenant: Agency, campaign: UUID) -> None:
    posts = [put(tenant, campaign, number * DAY) for number in range(3)]
    ready, refused = threading.Barrier(2), []

    def go(days: int) -> None:
        ready.wait()
        try:
            act(tenant, launching.set_launch, campaign, LAUNCH + days * DAY, version=1)
        except ConflictError as error:
            refused.append(error)

    threads = [threading.Thread(target=go, args=(days,)) for days in (10, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    launch = act(tenant, campaigns.campaigns)[0].launch_at
    assert launch in (LAUNCH + 10 * DAY, LAUNCH + 20 * DAY)
    assert [due(one) for one in posts] == [launch + number * DAY for number in range(3)]


def test_what_is_refused(tenant: Agency, campaign: UUID) -> None:
    with pytest.raises(DraftError, match="up to a year"):
        put(tenant, campaign, timedelta(days=400))
    with pytest.raises(DraftError, match="another brand"):
        put(tenant, campaign, DAY, brand_id=uuid4())
    with pytest.raises(DraftError, match="Give it a name"):
        act(tenant, campaigns.rename, campaign, " ", version=1)
    assert act(tenant, campaigns.rename, campaign, "Winter", version=1) == 2
    with pytest.raises(ConflictError, match="changed this campaign meanwhile"):
        act(tenant, campaigns.rename, campaign, "Spring", version=1)
    with pytest.raises(ValueError, match="carry a time zone"):
        act(tenant, launching.set_launch, campaign, datetime(2041, 1, 1), version=2)
    post_id = put(tenant, campaign, DAY)
    other = make_tenant(tenant.senders)
    assert act(other, campaigns.campaigns) == []
    for action, arguments in (
        (campaigns.put_in, (campaign, post_id, DAY)),
        (campaigns.take_out, (post_id,)),
        (campaigns.create, (tenant.organization_id, tenant.brand_id, "Theirs")),
    ):
        with pytest.raises(NotAllowedError):
            act(other, action, *arguments)
    with pytest.raises(NotAllowedError):
        act(other, launching.set_launch, campaign, LAUNCH, version=2)
    limited = Tenant(tenant.organization_id, None, frozenset({tenant.x}))
    with pytest.raises(NotAllowedError, match="see all accounts"), tenant_session(limited) as session:
        launching.set_launch(session, campaign, LAUNCH, version=2)


MOMENTS = st.datetimes(datetime(1980, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))
OFFSETS = st.timedeltas(timedelta(days=-366), timedelta(days=366))


@given(MOMENTS, OFFSETS, st.sampled_from(["Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "UTC"]))
def test_a_distance_that_exists_is_found_again(launch: datetime, offset: timedelta, name: str) -> None:
    zone = ZoneInfo(name)
    reading = time_of(launch, offset, zone)
    if reading.happens is not Happens.NEVER:
        assert offset_of(launch, reading.at, zone) == offset
    assert time_of(launch, timedelta(), zone).at == launch
