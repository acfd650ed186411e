"""The page Plan: queues, posts that repeat and campaigns are made, seen, changed and ended."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from app import branding
from app.planning import campaign_form, queue_form
from app.settings import drawer
from foundation.database import Tenant, tenant_session, utc_now, worker_session
from foundation.settings import Settings
from identity.permissions import Role
from publishing import heartbeat
from publishing.compose import create_post
from publishing.drafts import Draft
from publishing.models import Publication
from publishing.scheduling import campaigns, queueing, queues, recurrences
from publishing.scheduling.queues import QueueView
from publishing.scheduling.slots import Slot
from publishing.scheduling.walltime import wall
from publishing.states import State
from tests.app.pages import OpenPage, html, said
from tests.app.world import World, connected_world
from tests.identity.acting import acting, principal

pytestmark = pytest.mark.usefixtures("settings")
DAY = timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
NINE = [Slot(weekday, time(9)) for weekday in range(1, 8)]
# The body of a drawer by itself: a drawer opens for the run of its button, then a browser draws it alone.
DRAWER = """
from app.planning import campaign_form, launch_form, queue_form
from app.planning.planning import Planning
from app.settings import entering
from identity.brands import brands
from identity.work import working
from publishing.scheduling import campaigns, queues
with working(entering.drawn_for()) as work:
    known = {{one.id: one for one in brands(work.session)}}
    of = Planning(work.principal, known, {{}}, next(one.id for one in known.values() if "Nord" in one.name))
    (one,) = {of} or [None]
{draw}
"""


def planned(world: World, text: str, due_at: datetime | None = None) -> Draft:
    """A draft of the first brand, in Berlin, on its X account."""
    return Draft(world.brand_ids[0], [world.account_ids[1]], text, due_at=due_at, created_by=world.person_id)


def queue_with(world: World, *texts: str) -> tuple[UUID, list[UUID]]:
    with tenant_session(Tenant(world.organization_id)) as session:
        made = queues.create(session, world.organization_id, world.brand_ids[0], "Everyday", NINE)
        add = queueing.create_in_queue
        return made, [
            add(session, world.organization_id, made, planned(world, text)).post_id for text in texts
        ]


def campaign_with(world: World, launch_at: datetime, *offsets: timedelta) -> UUID:
    with tenant_session(Tenant(world.organization_id)) as session:
        made = campaigns.create(session, world.organization_id, world.brand_ids[0], "Spring", launch_at)
        for offset in offsets:
            draft = planned(world, f"At {offset}")
            campaigns.add_post(session, world.organization_id, made, draft, offset)
        return made


def the_queue(world: World) -> QueueView:
    with tenant_session(Tenant(world.organization_id)) as session:
        (found,) = queues.queues(session)
        return found


def order(world: World, queue_id: UUID) -> list[UUID]:
    with tenant_session(Tenant(world.organization_id)) as session:
        return [one.post_id for one in queueing.places(session, queue_id)]


def press(test: AppTest, key: str) -> None:
    test.button(key=key).click().run()
    assert not test.exception


def open_drawer(open_page: OpenPage, place: str, of: str, draw: str) -> AppTest:
    """The form of a drawer, open."""
    open_page("plan")  # for its session
    script = DRAWER.format(of=of, draw=draw)
    test = AppTest.from_string(script, default_timeout=60)
    test.session_state[drawer.OPEN] = place
    test.run()
    assert not test.exception
    return test


def part(open_page: OpenPage, name: str) -> AppTest:
    test = open_page("plan")
    test.button_group(key="show").set_value(name).run()
    assert not test.exception
    return test


def test_a_queue_is_made_with_times_on_several_days(open_page: OpenPage) -> None:
    world = connected_world()
    assert "No queue yet" in said(open_page("plan"))
    new = queue_form.NEW
    test = open_drawer(open_page, new, "[]", "queue_form.draw(of, None)")
    test.text_input(key=f"{new}_name").set_value("Everyday")
    press(test, f"{new}_add")  # 09:00 from Monday to Friday
    test.multiselect(key=f"{new}_day_6").set_value(["9.07", "noon"]).run()
    press(test, f"save_{new}")
    assert "is no time of day" in said(test)
    test.multiselect(key=f"{new}_day_6").set_value(["9.07"]).run()
    press(test, f"save_{new}")
    found = the_queue(world)
    assert found.slots == (*(Slot(day, time(9)) for day in range(1, 6)), Slot(6, time(9, 7)))
    shown = "".join(html(open_page("plan")))
    assert "Everyday" in shown
    assert "09:07" in shown
    assert "next free slot" in shown


def test_a_queue_gets_other_times_and_its_posts_move(open_page: OpenPage) -> None:
    world = connected_world()
    queue_id, _ = queue_with(world, "One")
    place = f"queue_{queue_id}"
    of = "queues.queues(work.session)"
    test = open_drawer(open_page, place, of, "queue_form.draw(of, one)")
    for day in range(1, 8):
        test.multiselect(key=f"{place}_day_{day}").set_value(["18:30"])
    test.text_input(key=f"{place}_name").set_value("Evenings")
    press(test, f"save_{place}")
    assert the_queue(world).name == "Evenings"
    with worker_session() as session:
        due_at = session.scalars(select(Publication.due_at)).one()
    assert due_at
    assert wall(due_at, BERLIN).time() == time(18, 30)


def test_posts_of_a_queue_are_reordered_taken_out_held_and_shuffled(open_page: OpenPage) -> None:
    world = connected_world()
    queue_id, (one, two, three) = queue_with(world, "One", "Two", "Three")
    test = open_page("plan")
    test.session_state[f"queue_posts_{queue_id}"] = True
    test.run()
    press(test, f"last_{one}")
    press(test, f"earlier_{three}")
    assert order(world, queue_id) == [three, two, one]
    press(test, f"out_{two}")
    assert order(world, queue_id) == [three, one]
    press(test, f"queue_pause_{queue_id}")
    assert "Paused" in "".join(html(test))
    assert the_queue(world).paused_at
    press(test, f"queue_resume_{queue_id}")
    press(test, f"queue_shuffle_{queue_id}")
    present = order(world, queue_id)
    assert set(present) == {one, three}
    with tenant_session(Tenant(world.organization_id)) as session:
        queueing.shuffle(session, queue_id, version=the_queue(world).version)
    press(test, f"later_{present[0]}")  # drawn before somebody else's shuffle
    assert "Someone changed this queue" in said(test)
    press(test, f"queue_delete_{queue_id}")
    assert "No queue yet" in said(test)


def test_a_post_that_repeats_says_its_dates_and_one_is_left_out(open_page: OpenPage) -> None:
    world = connected_world()
    starts = (wall(utc_now(), BERLIN) + 2 * DAY).replace(hour=9, minute=0, second=0, microsecond=0)
    with tenant_session(Tenant(world.organization_id)) as session:
        draft = planned(world, "Good morning")
        made = recurrences.create(session, world.organization_id, draft, "FREQ=DAILY;COUNT=3", starts)
    test = part(open_page, "Repeating")
    assert "Every day at 09:00, 3 times" in "".join(html(test))
    second = f"{made}_{starts + DAY:%Y%m%d%H%M}"
    press(test, f"skip_{second}")
    assert [button.key for button in test.button if "back_" in str(button.key)] == [f"back_{second}"]
    with worker_session() as session:
        states = sorted(session.scalars(select(Publication.state)))
    assert states == [State.CANCELLED, State.SCHEDULED, State.SCHEDULED]
    press(test, f"back_{second}")
    assert f"skip_{second}" in {button.key for button in test.button}
    press(test, f"recurrence_end_{made}")
    assert "Nothing repeats" in said(test)
    with worker_session() as session:
        assert set(session.scalars(select(Publication.state))) == {State.CANCELLED}


def test_a_campaign_moves_only_after_its_preview(open_page: OpenPage) -> None:
    world = connected_world()
    launch = (utc_now() + 10 * DAY).replace(second=0, microsecond=0)
    made = campaign_with(world, launch, -2 * DAY, DAY)
    test = part(open_page, "Campaigns")
    test.session_state[f"campaign_posts_{made}"] = True
    test.run()
    shown = "".join(html(test))
    assert "2 days before the launch" in shown
    assert "1 day after the launch" in shown
    place = f"launch_{made}"
    of = "campaigns.campaigns(work.session)"
    begin = f"import streamlit as st\nif '{place}_unknown' not in st.session_state: launch_form.begin(one)\n"
    test = open_drawer(open_page, place, of, begin + "launch_form.draw(one)")
    assert test.button(key=f"save_{place}").disabled  # nothing moves yet
    test.date_input(key=f"{place}_day").set_value(utc_now().date() + DAY).run()
    assert "would fall due in the past" in said(test)
    assert test.button(key=f"save_{place}").disabled
    test.date_input(key=f"{place}_day").set_value(wall(launch + 7 * DAY, BERLIN).date()).run()
    assert "".join(html(test)).count("→") == 2
    press(test, f"save_{place}")
    with worker_session() as session:
        due = sorted(at for at in session.scalars(select(Publication.due_at)) if at)
    assert [wall(at, BERLIN) for at in due] == [
        wall(launch, BERLIN) + 5 * DAY,
        wall(launch, BERLIN) + 8 * DAY,
    ]


def test_a_campaign_is_made_without_a_launch(open_page: OpenPage) -> None:
    world = connected_world()
    new = campaign_form.NEW
    begin = f"import streamlit as st\nif '{new}_unknown' not in st.session_state: campaign_form.begin(None)\n"
    test = open_drawer(open_page, new, "[]", begin + "campaign_form.draw(of, None)")
    test.text_input(key=f"{new}_name").set_value("Some day")
    test.checkbox(key=f"{new}_unknown").set_value(True).run()
    press(test, f"save_{new}")
    with tenant_session(Tenant(world.organization_id)) as session:
        (found,) = campaigns.campaigns(session)
    assert (found.name, found.launch_at) == ("Some day", None)
    assert "Launch not known" in "".join(html(part(open_page, "Campaigns")))


def test_plans_keep_their_time_of_day_when_the_brands_zone_is_changed(settings: Settings) -> None:
    del settings  # of this test's own database
    world = connected_world()
    _, (in_queue,) = queue_with(world, "One")
    starts = (wall(utc_now(), BERLIN) + 3 * DAY).replace(hour=9, minute=0, second=0, microsecond=0)
    with tenant_session(Tenant(world.organization_id)) as session:
        draft = planned(world, "Good morning")
        recurrences.create(session, world.organization_id, draft, "FREQ=DAILY;COUNT=2", starts)
        fixed = create_post(session, world.organization_id, planned(world, "At a moment", utc_now() + DAY))
    with worker_session() as session:
        (before,) = session.scalars(select(Publication.due_at).where(Publication.post_id == fixed))
    with acting(principal(world.person_id, world.organization_id)) as work:
        branding.update(work, world.brand_ids[0], timezone="Asia/Tokyo")
    with worker_session() as session:
        rows = {one.post_id: one.due_at for one in session.scalars(select(Publication))}
    assert rows.pop(fixed) == before
    assert {wall(at, ZoneInfo("Asia/Tokyo")).time() for at in rows.values() if at} == {time(9)}
    assert len(rows) == 3
    assert in_queue in rows


def test_who_only_reads_changes_nothing_and_sees_no_other_organization(open_page: OpenPage) -> None:
    theirs = connected_world(email="editor@example.com")
    queue_with(theirs, "Theirs")
    world = connected_world(role=Role.VIEWER)
    queue_id, _ = queue_with(world, "Ours")
    test = open_page("plan")
    test.session_state[f"queue_posts_{queue_id}"] = True
    test.run()
    shown = "".join(html(test))
    assert "Ours" in shown
    assert "Theirs" not in shown
    assert [button.key for button in test.button] == []


def test_every_view_of_posts_says_that_nothing_sends_them(open_page: OpenPage) -> None:
    connected_world()
    silent = "Scheduled publishing is not running"
    pages = ("plan", "posts", "composer", "overview", "approvals", "notifications")
    assert [page for page in pages if silent not in said(open_page(page))] == []
    with worker_session() as session:
        heartbeat.beat(session)
    assert [page for page in pages if silent in said(open_page(page))] == []
