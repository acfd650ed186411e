"""The composer's choices of when beyond a moment, what clashes, and that what is due now goes out at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from app import sending
from app.composing import when, words
from app.views.times import zone_or_utc
from foundation.database import Tenant, tenant_session, utc_now, worker_session
from publishing.drafts import Draft
from publishing.due import due_windows
from publishing.models import Post, Publication
from publishing.scheduling import campaigns, queueing, queues, recurrences
from publishing.scheduling.slots import Slot
from publishing.states import State
from tests.app.pages import OpenPage, html, said
from tests.app.world import World, connected_world

pytestmark = pytest.mark.usefixtures("settings")
DAY = timedelta(days=1)
NINE = [Slot(weekday, time(9)) for weekday in range(1, 8)]


class Writing:
    """The composer of a world's second brand, Harbor & Pine in New York, on its X account."""

    def __init__(self, open_page: OpenPage, text: str = "Hello there") -> None:
        self.world: World = connected_world()
        self.brand_id, self.account_id = self.world.brand_ids[1], self.world.account_ids[3]
        self.test: AppTest = open_page("composer")
        self.test.button_group(key=f"composer_accounts_{self.brand_id}").set_value([self.account_id])
        self.write(text)

    def write(self, text: str) -> None:
        self.test.session_state[words.DRAFT].text = text
        self.run()

    def run(self) -> None:
        self.test.run()
        assert not self.test.exception

    def choose(self, kind: str) -> None:
        self.test.button_group(key=when.KIND).set_value(kind)
        self.run()

    def press(self, key: str = "composer_submit") -> None:
        self.test.button(key=key).click()
        self.run()

    def open(self, post_id: UUID) -> None:
        self.test.query_params["post"] = str(post_id)
        self.run()

    def queue(self, *texts: str) -> UUID:
        of = self.world.organization_id
        with tenant_session(Tenant(of)) as session:
            made = queues.create(session, of, self.brand_id, "Everyday", NINE)
            for text in texts:
                queueing.create_in_queue(session, of, made, self.draft(text))
        return made

    def campaign(self, launch_at: datetime | None) -> UUID:
        of = self.world.organization_id
        with tenant_session(Tenant(of)) as session:
            return campaigns.create(session, of, self.brand_id, "Spring", launch_at)

    def draft(self, text: str) -> Draft:
        return Draft(self.brand_id, [self.account_id], text)

    def problems(self) -> list[str]:
        return [error.value for error in self.test.error if error.icon == ":material/error:"]


def posts() -> list[Post]:
    with worker_session() as session:
        return list(session.scalars(select(Post).where(Post.deleted_at.is_(None)).order_by(Post.created_at)))


def publications() -> list[tuple[str, datetime | None]]:
    with worker_session() as session:
        return [(one.state, one.due_at) for one in session.scalars(select(Publication))]


def test_a_post_takes_the_next_free_slot_and_keeps_it_when_it_is_changed(open_page: OpenPage) -> None:
    writing = Writing(open_page)
    writing.choose(when.QUEUE)
    assert "has no queue yet" in said(writing.test)
    assert writing.test.button(key="composer_submit").disabled
    queue_id = writing.queue("First")
    writing.run()
    assert "Next free slot" in said(writing.test)
    writing.press()
    assert writing.problems() == []
    post = posts()[-1]
    with tenant_session(Tenant(writing.world.organization_id)) as session:
        first, second = queueing.places(session, queue_id)
    assert (second.post_id, second.slot_at and second.slot_at - first.slot_at) == (post.id, DAY)  # type: ignore[operator]
    queueing_third = queueing.create_in_queue
    with tenant_session(Tenant(writing.world.organization_id)) as session:
        queueing_third(session, writing.world.organization_id, queue_id, writing.draft("Another"))
    writing.open(post.id)
    assert writing.test.session_state[when.KIND] == when.QUEUE
    assert "keeps the slot" in said(writing.test)
    writing.write("Hello again")
    writing.press()
    with tenant_session(Tenant(writing.world.organization_id)) as session:
        assert queueing.placed(session, post.id) == second
    writing.open(post.id)
    writing.choose(when.NOW)
    assert "leaves its queue" in said(writing.test)


def test_a_post_repeats(open_page: OpenPage) -> None:
    writing = Writing(open_page)
    writing.choose(when.REPEAT)
    first = utc_now().date() + 2 * DAY
    writing.test.date_input(key=when.DAY).set_value(first)
    writing.test.time_input(key=when.CLOCK).set_value(time(8, 30))
    writing.test.selectbox(key="composer_rule_freq").set_value("DAILY")
    writing.run()
    writing.test.selectbox(key="composer_rule_end").set_value("After so many times")
    writing.run()
    writing.test.number_input(key="composer_rule_count").set_value(3)
    writing.run()
    assert "Every day at 08:30, 3 times" in said(writing.test).replace("\\", "")
    writing.press()
    assert writing.problems() == []
    with tenant_session(Tenant(writing.world.organization_id)) as session:
        (made,) = recurrences.recurrences(session)
    assert (made.rule, len(made.next)) == ("FREQ=DAILY;COUNT=3", 3)
    assert {post.occurrence for post in posts()} == {reading.local for reading in made.next}
    one = posts()[1]
    writing.open(one.id)
    assert "only this one is changed" in said(writing.test)
    assert when.REPEAT not in writing.test.button_group(key=when.KIND).options
    writing.write("Only today")
    writing.press()
    (changed,) = [post for post in posts() if post.text == "Only today"]
    assert (changed.recurrence_id, changed.occurrence) == (made.id, one.occurrence)


def test_a_draft_repeats_from_now_on_and_is_no_post_of_its_own_any_more(open_page: OpenPage) -> None:
    writing = Writing(open_page)
    writing.press("composer_save")
    (draft,) = posts()
    writing.choose(when.REPEAT)
    writing.test.date_input(key=when.DAY).set_value(utc_now().date() + 2 * DAY)
    writing.run()
    writing.press()
    assert writing.problems() == []
    found = posts()
    assert draft.id not in {post.id for post in found}
    assert {post.text for post in found} == {"Hello there"}
    assert all(post.recurrence_id for post in found)


def test_an_odd_time_of_a_rule_is_told(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2027, 3, 13, 12, tzinfo=UTC)  # the night before the clock is put forward in New York
    writing = Writing(open_page)
    monkeypatch.setattr("publishing.scheduling.recurrences.utc_now", lambda: now)
    writing.choose(when.REPEAT)
    writing.test.date_input(key=when.DAY).set_value(now.date())
    writing.test.time_input(key=when.CLOCK).set_value(time(2, 30))
    writing.test.selectbox(key="composer_rule_freq").set_value("DAILY")
    writing.run()
    assert "02:30 on Sun 14 Mar 2027 does not exist" in said(writing.test).replace("\\", "")


def test_a_post_stands_at_its_distance_from_the_launch(open_page: OpenPage) -> None:
    writing = Writing(open_page)
    launch = (utc_now() + 10 * DAY).replace(microsecond=0)
    campaign_id = writing.campaign(launch)
    writing.choose(when.CAMPAIGN)
    writing.test.button_group(key="composer_distance_side").set_value("Before")
    writing.run()
    writing.test.number_input(key="composer_distance_days").set_value(3)
    writing.press()
    assert writing.problems() == []
    (post,) = posts()
    assert (post.campaign_id, post.campaign_offset) == (campaign_id, -3 * DAY)
    writing.open(post.id)
    assert writing.test.session_state[when.KIND] == when.CAMPAIGN
    writing.test.number_input(key="composer_distance_days").set_value(2)
    writing.write("Two days")
    writing.press()
    (post,) = posts()
    assert (post.text, post.campaign_offset) == ("Two days", -2 * DAY)
    ((state, due_at),) = publications()
    assert state == State.SCHEDULED
    assert due_at == campaigns.time_of(launch, -2 * DAY, zone_or_utc("America/New_York")).at
    writing.open(post.id)
    writing.choose(when.LATER)
    assert "stays in its campaign" in said(writing.test)


def test_what_clashes_is_pointed_out_before_it_is_saved(open_page: OpenPage) -> None:
    writing = Writing(open_page, "Fresh bread from eight o'clock")
    writing.press()
    writing.write("Fresh bread from eight o'clock on!")
    (shown,) = [one for one in html(writing.test) if "clash" in one]
    assert "says nearly the same" in shown
    assert "at the same time" in shown
    writing.press()
    assert writing.problems() == []
    assert len(posts()) == 2


def test_a_clash_that_the_page_could_not_show_yet_stops_the_press_once(open_page: OpenPage) -> None:
    writing = Writing(open_page)
    writing.press()
    writing.test.session_state[words.DRAFT].text = "Hello there"
    writing.press()  # the text comes with the click
    assert any("press again" in problem for problem in writing.problems())
    assert len(posts()) == 1
    writing.press()
    assert len(posts()) == 2


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[UUID], datetime | None]]:
    """What is begun to be sent, instead of sending it."""
    calls: list[tuple[list[UUID], datetime | None]] = []

    def start(ids: Sequence[UUID], due_at: datetime | None = None) -> None:
        with worker_session() as session:  # committed: nothing is lost if the app is killed here
            assert set(ids) <= set(session.scalars(select(Publication.id)))
            assert due_windows(session, 30)
        calls.append((list(ids), due_at))

    monkeypatch.setattr(sending, "start", start)
    return calls


def test_now_is_sent_at_once_after_it_is_stored(
    open_page: OpenPage, started: list[tuple[list[UUID], datetime | None]]
) -> None:
    writing = Writing(open_page)
    writing.choose(when.NOW)
    writing.press()
    ((ids, due_at),) = started
    with worker_session() as session:
        assert [row.id for row in session.scalars(select(Publication))] == ids
    assert due_at
    assert utc_now() - due_at < timedelta(seconds=10)
    writing.write("Something else")
    writing.choose(when.LATER)
    writing.press()
    assert len(started) == 1
