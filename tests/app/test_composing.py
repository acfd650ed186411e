"""The composer, run by Streamlit's own test runner over real stores.

A run of the runner brings every entry and click since the last one together, as a browser does when one
clicks before the page has answered.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text, update
from streamlit.testing.v1 import AppTest

from app.composing import when, words
from app.views.times import zone_or_utc
from app.widgets.text_editor import Draft
from foundation.database import Tenant, tenant_session, utc_now, worker_session
from foundation.settings import Settings
from identity.models import Membership, SignIn
from identity.permissions import Role
from publishing.changes import DraftError
from publishing.compose import create_post
from publishing.drafts import Draft as Composed
from publishing.listing import PublicationView, publications
from publishing.states import State
from tests.app.pages import OpenPage, said
from tests.app.world import World, connected_world, released_world, scheduled

pytestmark = pytest.mark.usefixtures("settings")


def composer(open_page: OpenPage, written: str) -> AppTest:
    """The composer with a text written."""
    test = open_page("composer")
    assert not test.exception
    test.session_state[words.DRAFT].text = written
    return test.run()


def test_composing_schedules_on_every_chosen_account(settings: Settings, open_page: OpenPage) -> None:
    world, _ = released_world(settings)
    test = composer(open_page, "Hello there")
    test.button(key="composer_submit").click().run()
    assert not test.exception
    assert scheduled(world) == [(State.SCHEDULED, "Hello there")] * 2
    assert test.session_state[words.DRAFT].text == ""
    assert "Scheduled" in said(test)


def test_what_is_wrong_is_said_and_nothing_is_scheduled(open_page: OpenPage) -> None:
    world = connected_world()
    test = composer(open_page, "x" * 300)
    assert any("X" in error.value for error in test.error)
    test.button(key="composer_submit").click().run()
    assert any("280" in error.value for error in test.error)
    assert scheduled(world) == []
    assert test.session_state[words.DRAFT].text == "x" * 300


def test_one_click_takes_a_good_time(settings: Settings, open_page: OpenPage) -> None:
    released_world(settings)
    test = open_page("composer")
    slots = [button for button in test.button if str(button.key).startswith("slot_")]
    assert len(slots) == 6
    slots[0].click().run()
    assert not test.exception
    day, clock = test.session_state[when.DAY], test.session_state[when.CLOCK]
    assert f"{day.day} {day:%b}, {clock:%H:%M}" in slots[0].label
    assert "412 posts" in said(test)


def test_times_that_do_not_exist_or_come_twice_are_shown(open_page: OpenPage) -> None:
    connected_world()
    test = open_page("composer")  # of Harbor & Pine, in New York
    test.date_input(key=when.DAY).set_value(date(2027, 3, 14))
    test.time_input(key=when.CLOCK).set_value(time(2, 30)).run()
    assert any("does not exist in America/New_York" in error.value for error in test.error)
    assert test.button(key="composer_submit").disabled
    test.date_input(key=when.DAY).set_value(date(2027, 11, 7))
    test.time_input(key=when.CLOCK).set_value(time(1, 30)).run()
    assert "05:30 UTC" in said(test)
    (which,) = test.radio
    which.set_value(1).run()
    assert "06:30 UTC" in said(test)


@pytest.mark.parametrize("loss", ["role", "session"])
def test_a_button_drawn_before_the_right_was_lost_does_nothing(open_page: OpenPage, loss: str) -> None:
    world = connected_world()
    test = composer(open_page, "Hello there")
    with worker_session() as session:
        if loss == "role":
            session.execute(update(Membership).values(role=Role.VIEWER.value))
        else:
            session.execute(update(SignIn).values(revoked_at=utc_now()))
    test.button(key="composer_submit").click().run()
    assert scheduled(world) == []


def problems(test: AppTest) -> list[str]:
    """What the submit button complains about."""
    return [error.value for error in test.error if error.icon == ":material/error:"]


def views(world: World) -> list[PublicationView]:
    with tenant_session(Tenant(world.organization_id)) as session:
        return publications(session)


def link_key(test: AppTest) -> str:
    draft: Draft = test.session_state[words.DRAFT]
    return words.link_key(draft)


def test_a_click_takes_the_newest_link_time_and_accounts(open_page: OpenPage) -> None:
    world = connected_world()
    test = composer(open_page, "Hello there")
    day = utc_now().date() + timedelta(days=40)
    brand_id: UUID | None = test.selectbox(key="composer_brand").value
    assert brand_id
    account_id = world.account_ids[2 * world.brand_ids.index(brand_id)]
    test.text_input(key=link_key(test)).set_value("https://example.test/new")
    test.date_input(key=when.DAY).set_value(day)
    test.time_input(key=when.CLOCK).set_value(time(9, 25))
    test.button_group(key=f"composer_accounts_{brand_id}").set_value([account_id])
    test.button(key="composer_submit").click().run()
    assert not test.exception
    (view,) = views(world)
    assert (view.link, view.account_id) == ("https://example.test/new", account_id)
    assert view.due_at == datetime.combine(day, time(9, 25), zone_or_utc(view.timezone))
    assert test.text_input(key=link_key(test)).value == ""


def test_a_click_takes_the_newest_choice_of_now_or_later(open_page: OpenPage) -> None:
    world = connected_world()
    test = composer(open_page, "Hello there")
    test.button_group(key=when.KIND).set_value(when.NOW).run()
    test.button_group(key=when.KIND).set_value(when.LATER)
    test.button(key="composer_submit").click().run()
    assert {view.state for view in views(world)} == {State.SCHEDULED}
    assert all(view.due_at and view.due_at > utc_now() + timedelta(minutes=30) for view in views(world))


@pytest.mark.parametrize(
    ("day", "clock", "problem"),
    [(date(2027, 3, 14), time(2, 30), "does not exist"), (date(2027, 11, 7), time(1, 30), "twice")],
)
def test_a_click_on_a_time_that_could_not_be_drawn_yet_asks(
    open_page: OpenPage, day: date, clock: time, problem: str
) -> None:
    world = connected_world()
    test = composer(open_page, "Hello there")
    test.date_input(key=when.DAY).set_value(day)
    test.time_input(key=when.CLOCK).set_value(clock)
    test.button(key="composer_submit").click().run()
    assert any(problem in error.value for error in test.error)
    assert scheduled(world) == []
    assert test.session_state[words.DRAFT].text == "Hello there"


def test_the_second_showing_of_a_clock_is_scheduled(open_page: OpenPage) -> None:
    world = connected_world()
    test = composer(open_page, "Hello there")
    test.date_input(key=when.DAY).set_value(date(2027, 11, 7))
    test.time_input(key=when.CLOCK).set_value(time(1, 30)).run()
    (which,) = test.radio
    which.set_value(1)
    test.button(key="composer_submit").click().run()
    assert {view.due_at for view in views(world)} == {datetime(2027, 11, 7, 6, 30, tzinfo=UTC)}


def test_a_good_time_in_the_second_showing_stays_there(monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, object] = {}
    monkeypatch.setattr("streamlit.session_state", state)
    zone = zone_or_utc("America/New_York")
    for at in (datetime(2027, 11, 7, 5, 30, tzinfo=UTC), datetime(2027, 11, 7, 6, 30, tzinfo=UTC)):
        when.take(at, zone)
        assert when.chosen(zone, uuid4()) == at


def test_a_click_right_after_choosing_another_brand_asks(open_page: OpenPage) -> None:
    world = connected_world()
    test = composer(open_page, "Hello there")
    test.date_input(key=when.DAY).set_value(utc_now().date() + timedelta(days=40)).run()
    brand = test.selectbox(key="composer_brand")
    (other,) = set(world.brand_ids) - {brand.value}
    brand.set_value(other)
    test.button(key="composer_submit").click().run()
    assert any("another brand" in error.value for error in test.error)
    assert scheduled(world) == []
    test.button(key="composer_submit").click().run()
    assert problems(test) == []
    assert {view.brand_id for view in views(world)} == {other}


def test_another_brand_begins_with_a_time_that_has_not_passed_there(open_page: OpenPage) -> None:
    world = connected_world()
    test = composer(open_page, "Hello there")
    brand = test.selectbox(key="composer_brand")
    brand.set_value(world.brand_ids[1]).run()  # in New York
    in_two_hours = (utc_now() + timedelta(hours=2)).astimezone(zone_or_utc("America/New_York"))
    test.date_input(key=when.DAY).set_value(in_two_hours.date())
    test.time_input(key=when.CLOCK).set_value(in_two_hours.time().replace(second=0, microsecond=0)).run()
    brand.set_value(world.brand_ids[0]).run()  # in Berlin, six hours ahead
    test.button(key="composer_submit").click().run()
    assert problems(test) == []
    assert all(view.due_at and view.due_at > utc_now() for view in views(world))


def test_a_click_after_the_post_is_done_changes_nothing(open_page: OpenPage) -> None:
    world = connected_world()
    test = composer(open_page, "Hello there")
    for _ in range(2):
        test.button(key="composer_submit").click().run()
        assert problems(test) == []
        assert "Scheduled" in said(test)
    assert scheduled(world) == [(State.SCHEDULED, "Hello there")] * 2


def test_an_empty_text_is_refused_where_nothing_was_done(open_page: OpenPage) -> None:
    connected_world()
    test = open_page("composer")
    test.button(key="composer_submit").click().run()
    assert problems(test) == ["The text is empty\\."]


def test_a_text_typed_and_erased_after_the_post_is_refused(open_page: OpenPage) -> None:
    connected_world()
    test = composer(open_page, "Hello there")
    test.button(key="composer_submit").click().run()
    draft: Draft = test.session_state[words.DRAFT]
    draft.take({"text": "x", "revision": draft.revision})
    draft.take({"text": "", "revision": draft.revision})
    test.button(key="composer_submit").click().run()
    assert problems(test) == ["The text is empty\\."]


def test_the_same_text_can_be_posted_again(open_page: OpenPage) -> None:
    world = connected_world()
    test = composer(open_page, "Hello there")
    test.button(key="composer_submit").click().run()
    test.session_state[words.DRAFT].text = "Hello there"
    test.run()
    test.button(key="composer_submit").click().run()
    assert len({view.post_id for view in views(world)}) == 2


def test_a_draft_with_an_id_is_posted_once(settings: Settings) -> None:
    world = connected_world()
    draft = Composed(world.brand_ids[0], world.account_ids[:2], "Once", id=uuid4())
    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(lambda _: _created(world, draft, settings), range(8)))
    assert ids == {draft.id}
    assert scheduled(world) == [(State.SCHEDULED, "Once")] * 2
    with worker_session() as session:  # what was said the first time counts, whatever is true by now
        session.execute(text("UPDATE accounts SET status = 'needs_reconnect'"))
    assert _created(world, replace(draft, text="Twice"), settings) == draft.id
    assert scheduled(world) == [(State.SCHEDULED, "Once")] * 2


def test_the_id_of_another_organizations_post_makes_nothing(settings: Settings) -> None:
    theirs, ours = connected_world(), connected_world(email="editor@example.com")
    draft = Composed(theirs.brand_ids[0], theirs.account_ids[:1], "Theirs", id=uuid4())
    _created(theirs, draft, settings)
    with pytest.raises(DraftError, match="can't be used again"):
        _created(ours, replace(draft, brand_id=ours.brand_ids[0], account_ids=ours.account_ids[:1]), settings)
    assert scheduled(ours) == []
    assert scheduled(theirs) == [(State.SCHEDULED, "Theirs")]


def _created(world: World, draft: Composed, settings: Settings) -> UUID:
    with tenant_session(Tenant(world.organization_id), settings) as session:
        return create_post(session, world.organization_id, draft)
