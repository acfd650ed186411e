"""Queues: every post gets a slot of its own, keeps its order, and is held by a pause."""

from __future__ import annotations

import random
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from foundation.database import Tenant, tenant_session, utc_now, worker_session
from publishing.changes import DraftError, NotAllowedError, cancel, reschedule
from publishing.compose import create_post
from publishing.drafts import Draft
from publishing.editing import ConflictError, delete_post
from publishing.publisher import publish_now
from publishing.scheduling import queueing, queues
from publishing.scheduling.queueing import Placed, create_in_queue, places
from publishing.scheduling.slots import Slot
from publishing.scheduling.walltime import wall
from publishing.states import State
from tests.publishing.conftest import QUICK, Agency, make_tenant
from tests.publishing.network import MemoryNetwork
from tests.publishing.scheduling.conftest import act, due, rows_of, session_of, state

BERLIN = ZoneInfo("Europe/Berlin")
DAILY = [Slot(day, time(hour)) for day in range(1, 8) for hour in (9, 17)]


@pytest.fixture
def queue(tenant: Agency) -> UUID:
    return act(tenant, queues.create, tenant.organization_id, tenant.brand_id, "Evergreen", DAILY)


def put(tenant: Agency, queue: UUID, words: str = "hello", **values: object) -> Placed:
    draft = replace(Draft(tenant.brand_id, [tenant.facebook, tenant.x], words), **values)  # type: ignore[arg-type]
    return act(tenant, create_in_queue, tenant.organization_id, queue, draft, senders=tenant.senders)


def fill(tenant: Agency, queue: UUID, count: int) -> list[UUID]:
    return [put(tenant, queue, f"post {number}").post_id for number in range(count)]


def order(tenant: Agency, queue: UUID) -> list[UUID]:
    return [one.post_id for one in act(tenant, places, queue)]


def version(tenant: Agency) -> int:
    return act(tenant, queues.queues)[0].version


def ask_for_approval(tenant: Agency) -> None:
    """Posts of the brand are approved from now on."""
    with worker_session() as session:
        session.execute(
            text(
                "INSERT INTO approval_steps (id, organization_id, brand_id, position, name, needs) "
                "VALUES (gen_random_uuid(), :organization, :brand, 1, 'Lead', 'any')"
            ),
            {"organization": tenant.organization_id, "brand": tenant.brand_id},
        )


def test_posts_take_the_slots_one_after_the_other_on_the_brands_clock(tenant: Agency, queue: UUID) -> None:
    free = act(tenant, queues.next_free, queue, 4)
    post_ids = fill(tenant, queue, 4)
    assert [due(post_id) for post_id in post_ids] == free
    assert free == sorted(set(free))
    assert {wall(at, BERLIN).time() for at in free} == {time(9), time(17)}
    assert all(utc_now() < at < utc_now() + timedelta(days=3) for at in free)
    assert {state(post_id) for post_id in post_ids} == {State.SCHEDULED}
    view = act(tenant, queues.queues)[0]
    assert (view.name, view.zone, view.waiting, view.slots) == ("Evergreen", "Europe/Berlin", 4, tuple(DAILY))


def test_many_at_once_never_take_the_same_slot(tenant: Agency, queue: UUID) -> None:
    ready = threading.Barrier(8)
    taken: list[Placed] = []

    def take() -> None:
        ready.wait()
        taken.extend(put(tenant, queue) for _ in range(3))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    slots = [one.slot_at for one in taken]
    assert len(slots) == 24
    assert len(set(slots)) == 24
    assert sorted(at for at in slots if at) == [one.slot_at for one in act(tenant, places, queue)]


def test_a_freed_slot_is_the_next_one_taken(tenant: Agency, queue: UUID) -> None:
    post_ids = fill(tenant, queue, 5)
    slots = [due(post_id) for post_id in post_ids]
    act(tenant, delete_post, post_ids[0])
    for row in rows_of(post_ids[1]):
        act(tenant, cancel, row.id)
    for row in rows_of(post_ids[2]):
        act(tenant, reschedule, row.id, utc_now() + timedelta(days=90))
    act(tenant, queueing.remove, post_ids[3])
    assert (state(post_ids[3]), due(post_ids[3])) == (State.APPROVED, None)
    assert order(tenant, queue) == [post_ids[4]]
    assert [due(post_id) for post_id in fill(tenant, queue, 4)] == slots[:4]


def test_a_post_that_is_still_on_one_account_holds_its_slot(tenant: Agency, queue: UUID) -> None:
    first = put(tenant, queue)
    act(tenant, cancel, rows_of(first.post_id)[0].id)
    assert put(tenant, queue).slot_at != first.slot_at


def test_an_order_is_dealt_the_same_slots(tenant: Agency, queue: UUID) -> None:
    post_ids = fill(tenant, queue, 3)
    slots = [due(post_id) for post_id in post_ids]
    wanted = [post_ids[2], post_ids[0], post_ids[1]]
    known = version(tenant)
    act(tenant, queueing.reorder, queue, wanted, version=known)
    assert order(tenant, queue) == wanted
    assert [due(post_id) for post_id in wanted] == slots
    with pytest.raises(ConflictError, match="changed this queue meanwhile"):
        act(tenant, queueing.reorder, queue, post_ids, version=known)
    for wrong in (wanted[:2], [*wanted, uuid4()], [wanted[0], *wanted[:2]]):
        with pytest.raises(ConflictError):
            act(tenant, queueing.reorder, queue, wrong, version=version(tenant))
    assert order(tenant, queue) == wanted


def test_a_shuffle_keeps_the_slots_and_the_posts(tenant: Agency, queue: UUID) -> None:
    post_ids = fill(tenant, queue, 6)
    slots = [due(post_id) for post_id in post_ids]
    act(tenant, queueing.shuffle, queue, version=version(tenant), by=random.Random(7))
    after = order(tenant, queue)
    assert after != post_ids
    assert set(after) == set(post_ids)
    assert [due(post_id) for post_id in after] == slots


def test_a_pause_holds_everything_back_and_going_on_deals_the_next_slots(
    tenant: Agency, queue: UUID, facebook: MemoryNetwork
) -> None:
    post_ids = fill(tenant, queue, 3)
    act(tenant, queueing.reorder, queue, post_ids[::-1], version=version(tenant))
    act(tenant, queues.pause, queue)
    act(tenant, queues.pause, queue)
    assert {(state(post_id), due(post_id)) for post_id in post_ids} == {(State.APPROVED, None)}
    publish_now([row.id for row in rows_of(post_ids[0])], senders=tenant.senders, policy=QUICK)
    assert facebook.accepted == []
    assert act(tenant, queues.next_free, queue) == []
    late = put(tenant, queue, "while it was paused")
    assert (late.queue_id, late.slot_at, state(late.post_id)) == (queue, None, State.APPROVED)
    act(tenant, delete_post, post_ids[1])
    act(tenant, queues.resume, queue)
    act(tenant, queues.resume, queue)
    expected = [post_ids[2], post_ids[0], late.post_id]
    assert order(tenant, queue) == expected
    assert {state(post_id) for post_id in expected} == {State.SCHEDULED}
    slots = [at for post_id in expected if (at := due(post_id))]
    assert slots == sorted(set(slots))
    assert slots[0] < utc_now() + timedelta(days=1)


def test_what_is_being_sent_is_neither_held_nor_moved(tenant: Agency, queue: UUID) -> None:
    post_ids = fill(tenant, queue, 3)
    slots = [due(post_id) for post_id in post_ids]
    tenant.shift(rows_of(post_ids[0])[0].id, state="publishing")
    act(tenant, queueing.reorder, queue, [post_ids[2], post_ids[1]], version=version(tenant))
    assert [due(post_id) for post_id in (post_ids[0], post_ids[2], post_ids[1])] == slots
    with pytest.raises(NotAllowedError, match="being sent now"):
        act(tenant, queueing.remove, post_ids[0])
    with pytest.raises(NotAllowedError, match="being sent now"):
        act(tenant, queueing.add, queue, post_ids[0])
    act(tenant, queues.pause, queue)
    assert {row.current for row in rows_of(post_ids[0])} == {State.PUBLISHING, State.SCHEDULED}
    assert (due(post_ids[0]), due(post_ids[1])) == (slots[0], None)


def test_a_late_post_goes_out_where_it_stands_unless_the_queue_is_paused(tenant: Agency, queue: UUID) -> None:
    late, other = fill(tenant, queue, 2)
    past = utc_now() - timedelta(minutes=2)
    for row in rows_of(late):
        tenant.shift(row.id, due_at=past)
    with worker_session() as session:
        session.execute(
            text("UPDATE queue_places SET slot_at = :at WHERE post_id = :id"), {"at": past, "id": late}
        )
    act(tenant, queueing.shuffle, queue, version=version(tenant))
    assert due(late) == past
    act(tenant, queues.pause, queue)
    assert (due(late), due(other)) == (None, None)


def test_new_slots_are_dealt_in_the_old_order(tenant: Agency, queue: UUID) -> None:
    post_ids = fill(tenant, queue, 3)
    act(tenant, queues.set_slots, queue, [Slot(3, time(12, 30))], version=version(tenant))
    assert order(tenant, queue) == post_ids
    local = [wall(at, BERLIN) for post_id in post_ids if (at := due(post_id))]
    assert {(at.isoweekday(), at.time()) for at in local} == {(3, time(12, 30))}
    assert [(b.date() - a.date()).days for a, b in pairwise(local)] == [7, 7]
    with pytest.raises(DraftError, match="pause it, or take them out"):
        act(tenant, queues.set_slots, queue, [], version=version(tenant))
    with pytest.raises(ConflictError):
        act(tenant, queues.set_slots, queue, DAILY, version=1)


def test_another_zone_is_followed_when_the_slots_are_dealt_anew(tenant: Agency, queue: UUID) -> None:
    post_ids = fill(tenant, queue, 2)
    with worker_session() as session:
        session.execute(
            text("UPDATE brands SET timezone = 'Asia/Kathmandu' WHERE id = :id"), {"id": tenant.brand_id}
        )
    act(tenant, queues.deal_anew, queue)
    zone = ZoneInfo("Asia/Kathmandu")
    assert {wall(at, zone).time() for one in post_ids if (at := due(one))} == {time(9), time(17)}


def test_what_is_made_twice_by_one_id_is_one_post_in_one_slot(tenant: Agency, queue: UUID) -> None:
    draft_id = uuid4()
    ready, found = threading.Barrier(4), []

    def take() -> None:
        ready.wait()
        found.append(put(tenant, queue, id=draft_id))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert len(act(tenant, places, queue)) == 1


def test_a_post_that_has_a_time_of_its_own_takes_no_slot(tenant: Agency, queue: UUID) -> None:
    at = datetime(2040, 1, 1, tzinfo=UTC)
    draft = Draft(tenant.brand_id, [tenant.x], "mine", due_at=at, id=uuid4())
    act(tenant, create_post, tenant.organization_id, draft, senders=tenant.senders)
    assert put(tenant, queue, id=draft.id) == Placed(draft.id or uuid4(), None, None)
    assert act(tenant, places, queue) == []


def test_a_post_that_is_there_is_put_in_and_moves_between_queues(tenant: Agency, queue: UUID) -> None:
    other = act(tenant, queues.create, tenant.organization_id, tenant.brand_id, "Other", [Slot(1, time(8))])
    draft = Draft(tenant.brand_id, [tenant.x], "mine", due_at=datetime(2040, 1, 1, tzinfo=UTC))
    post_id = act(tenant, create_post, tenant.organization_id, draft, senders=tenant.senders)
    first = act(tenant, queueing.add, queue, post_id)
    assert due(post_id) == first.slot_at
    moved = act(tenant, queueing.add, other, post_id)
    assert wall(moved.slot_at or utc_now(), BERLIN).time() == time(8)
    assert (order(tenant, queue), order(tenant, other)) == ([], [post_id])
    tenant.shift(rows_of(post_id)[0].id, state="missed")
    again = act(tenant, queueing.add, queue, post_id)
    assert (state(post_id), due(post_id)) == (State.SCHEDULED, again.slot_at)
    tenant.shift(rows_of(post_id)[0].id, state="published")
    with pytest.raises(NotAllowedError, match="Nothing of this post waits"):
        act(tenant, queueing.add, queue, post_id)


def test_what_is_in_review_or_unfinished_keeps_its_state_in_the_queue(tenant: Agency, queue: UUID) -> None:
    unfinished = put(tenant, queue, unfinished=True)
    assert (state(unfinished.post_id), due(unfinished.post_id)) == (State.DRAFT, unfinished.slot_at)
    ask_for_approval(tenant)
    reviewed = put(tenant, queue)
    act(tenant, queues.pause, queue)
    assert (state(reviewed.post_id), due(reviewed.post_id)) == (State.IN_REVIEW, None)
    also = put(tenant, queue)
    assert (state(also.post_id), due(also.post_id)) == (State.IN_REVIEW, None)
    act(tenant, queues.resume, queue)
    assert [state(one) for one in order(tenant, queue)] == [State.DRAFT, State.IN_REVIEW, State.IN_REVIEW]
    assert None not in {due(one) for one in order(tenant, queue)}


def test_what_failed_is_brought_back_only_once_approved(tenant: Agency, queue: UUID) -> None:
    post_id = put(tenant, queue).post_id
    for row in rows_of(post_id):
        tenant.shift(row.id, state="failed")
    ask_for_approval(tenant)
    with pytest.raises(NotAllowedError, match="approved first"):
        act(tenant, queueing.add, queue, post_id)
    assert state(post_id) is State.FAILED


def test_a_deleted_queue_leaves_its_posts_their_times(tenant: Agency, queue: UUID) -> None:
    post = put(tenant, queue)
    act(tenant, queues.delete, queue, version=version(tenant))
    assert (due(post.post_id), state(post.post_id)) == (post.slot_at, State.SCHEDULED)
    assert act(tenant, queues.queues) == []


def test_what_a_queue_refuses(tenant: Agency, queue: UUID) -> None:
    make = (queues.create, tenant.organization_id, tenant.brand_id)
    with pytest.raises(ConflictError, match="named Evergreen already"):
        act(tenant, *make, " Evergreen ")
    for name in ("", "x" * 81, "a\x00b"):
        with pytest.raises(DraftError):
            act(tenant, *make, name)
    for slots in (
        [Slot(0, time(9))],
        [Slot(8, time(9))],
        [Slot(1, time(h, m)) for h in range(24) for m in range(9)],
    ):
        with pytest.raises(DraftError):
            act(tenant, *make, "Other", slots)
    empty = act(tenant, *make, "Empty")
    with pytest.raises(DraftError, match="has no slots"):
        put(tenant, empty)
    with pytest.raises(DraftError, match="at least one account"):
        put(tenant, queue, account_ids=[], unfinished=True)
    with pytest.raises(DraftError, match="another brand"):
        put(tenant, queue, brand_id=uuid4())
    act(tenant, queues.rename, empty, "Filled", version=1)
    with pytest.raises(ConflictError, match="named Evergreen already"):
        act(tenant, queues.rename, empty, "Evergreen", version=2)
    assert [view.name for view in act(tenant, queues.queues, tenant.brand_id)] == ["Evergreen", "Filled"]


def test_another_organizations_queue_does_not_exist(tenant: Agency, queue: UUID) -> None:
    post = put(tenant, queue)
    other = make_tenant(tenant.senders)
    assert act(other, queues.queues) == []
    assert act(other, queues.next_free, queue) == []
    act(other, queueing.remove, post.post_id)
    for action, arguments in (
        (queues.pause, (queue,)),
        (queues.resume, (queue,)),
        (queues.deal_anew, (queue,)),
        (places, (queue,)),
        (queueing.add, (queue, post.post_id)),
        (queues.create, (tenant.organization_id, tenant.brand_id, "Theirs")),
    ):
        with pytest.raises(NotAllowedError):
            act(other, action, *arguments)
    with pytest.raises(NotAllowedError):
        put(other, queue)
    assert due(post.post_id) == post.slot_at


def test_who_sees_single_accounts_takes_slots_but_does_not_touch_the_others(
    tenant: Agency, queue: UUID
) -> None:
    first = put(tenant, queue)
    limited = Tenant(tenant.organization_id, frozenset({tenant.brand_id}), frozenset({tenant.x}))
    hidden = put(tenant, queue, account_ids=[tenant.facebook])
    with tenant_session(limited) as session:
        draft = Draft(tenant.brand_id, [tenant.x], "theirs")
        third = create_in_queue(session, tenant.organization_id, queue, draft, senders=tenant.senders)
    assert len({first.slot_at, hidden.slot_at, third.slot_at}) == 3
    for action in (queues.pause, queues.resume, queues.deal_anew):
        with pytest.raises(NotAllowedError, match="see all accounts"), tenant_session(limited) as session:
            action(session, queue)
    assert order(tenant, queue) == [first.post_id, hidden.post_id, third.post_id]


def test_a_full_queue_says_so(tenant: Agency, queue: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queueing, "MOST_POSTS", 2)
    fill(tenant, queue, 2)
    with pytest.raises(DraftError, match="full"):
        put(tenant, queue)


def test_sending_and_reordering_at_once_leave_each_post_whole(tenant: Agency, queue: UUID) -> None:
    """Whoever comes first: a post that is being sent keeps its slot, and is sent once."""
    post_ids = fill(tenant, queue, 6)
    stop = threading.Event()
    ended_well: list[bool] = []

    def mix() -> None:
        while not stop.is_set():
            with session_of(tenant) as session:
                known = queues.queues(session)[0].version
            with suppress(ConflictError):
                act(tenant, queueing.shuffle, queue, version=known)
        ended_well.append(True)

    mixers = [threading.Thread(target=mix) for _ in range(2)]
    for mixer in mixers:
        mixer.start()
    ids = [row.id for post_id in post_ids[:3] for row in rows_of(post_id)]
    for row_id in ids:
        act(tenant, reschedule, row_id)
    publish_now(ids, senders=tenant.senders, policy=QUICK)
    stop.set()
    for mixer in mixers:
        mixer.join()
    assert len(ended_well) == 2
    # What was locked by a shuffle just then is left to the next publisher.
    publish_now(ids, senders=tenant.senders, policy=QUICK)
    assert {state(post_id) for post_id in post_ids[:3]} == {State.PUBLISHED}
    sent = [post.text for network in tenant.senders.networks.values() for post in network.accepted]
    assert sorted(sent) == sorted(f"post {number}" for number in (0, 0, 1, 1, 2, 2))
    slots = [due(post_id) for post_id in post_ids[3:]]
    assert len(set(slots)) == 3
