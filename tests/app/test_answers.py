"""What a person may say about a post nobody could find out about."""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from foundation.database import Tenant, tenant_session, utc_now, worker_session
from foundation.settings import get_settings
from platforms import accounts, registry
from publishing.compose import create_post
from publishing.drafts import Draft
from publishing.listing import PublicationView, publications, publications_of
from publishing.states import State
from tests.app.pages import OpenPage, said
from tests.app.world import World, connected_world
from tests.platforms.conftest import Sandbox, sandbox, sandbox_server  # noqa: F401 - fixtures

pytestmark = pytest.mark.usefixtures("settings")

WORDS = "Whether this is live nobody knows"


def unknown(world: World, account_id: UUID | None = None) -> UUID:
    """A publication that waits for a person's answer."""
    draft = Draft(world.brand_ids[0], [account_id or world.account_ids[0]], WORDS)
    with tenant_session(Tenant(world.organization_id)) as session:
        (view,) = publications_of(session, create_post(session, world.organization_id, draft))
    with worker_session() as session:
        session.execute(
            text(
                "UPDATE publications SET state = 'unknown', asks_person = true, sent_at = :at WHERE id = :id"
            ),
            {"id": view.id, "at": utc_now() - timedelta(hours=1)},
        )
    return view.id


def the_one(world: World) -> PublicationView:
    with tenant_session(Tenant(world.organization_id)) as session:
        (view,) = publications(session)
    return view


def press(test: AppTest, label: str) -> AppTest:
    (button,) = [button for button in test.button if button.label == label]
    return button.click().run()


@pytest.mark.parametrize(
    ("entered", "stored"),
    [("", None), ("  ", None), (" https://www.facebook.com/1/posts/2?a=b ", "https://www.facebook.com/1/posts/2?a=b")],
)  # fmt: skip
def test_it_is_live(open_page: OpenPage, entered: str, stored: str | None) -> None:
    world = connected_world()
    publication_id = unknown(world)
    test = open_page("posts")
    assert not test.exception
    test.text_input(key=f"posts_link_{publication_id}").set_value(entered)
    press(test, "Yes, it is live")
    view = the_one(world)
    assert (view.state, view.permalink) == (State.PUBLISHED, stored)
    assert view.published_at is not None
    assert ("See the live post" in said(test)) is (stored is not None)


@pytest.mark.parametrize(
    "entered", ["javascript:alert(1)", "ftp://example.test/a", "example.test/a", "https://", "http:// x"]
)
def test_only_a_web_address_is_its_link(open_page: OpenPage, entered: str) -> None:
    world = connected_world()
    publication_id = unknown(world)
    test = open_page("posts")
    test.text_input(key=f"posts_link_{publication_id}").set_value(entered)
    press(test, "Yes, it is live")
    assert (the_one(world).state, the_one(world).permalink) == (State.UNKNOWN, None)
    for _ in range(2):  # also when the list refreshes by itself
        assert any("has to be a web address" in error.value for error in test.error)
        test.run()
    assert test.text_input(key=f"posts_link_{publication_id}").value == entered


def test_it_is_not_live_and_stays_unsent(open_page: OpenPage) -> None:
    world = connected_world()
    unknown(world)
    test = press(open_page("posts"), "Yes, it is not live: don't send it")
    assert the_one(world).state is State.CANCELLED
    assert not [button for button in test.button if "live" in button.label]


def test_it_is_not_live_and_is_sent_now(
    open_page: OpenPage, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch  # noqa: F811 - the fixture
) -> None:  # fmt: skip
    monkeypatch.setenv("ALLIN_FACEBOOK_API_URL", f"{sandbox.url}/facebook")
    get_settings.cache_clear()
    world = connected_world()
    remote = registry.network("facebook").connect.accounts(sandbox.user_credentials("facebook"))[0]
    with tenant_session(Tenant(world.organization_id)) as session:
        account_id = accounts.connect(session, world.organization_id, world.brand_ids[0], remote)
    unknown(world, account_id)
    before = len(sandbox.accepted(WORDS))
    press(open_page("posts"), "Yes, it is not live: send it now")
    deadline = time.monotonic() + 20
    while the_one(world).state is not State.PUBLISHED:
        assert time.monotonic() < deadline, the_one(world)
        time.sleep(0.1)
    assert len(sandbox.accepted(WORDS)) == before + 1


def test_what_was_approved_too_late_gets_another_time(open_page: OpenPage) -> None:
    world = connected_world()
    publication_id = unknown(world)
    with worker_session() as session:
        late = "UPDATE publications SET state = 'approved', asks_person = false, due_at = :at"
        session.execute(text(late), {"at": utc_now() - timedelta(hours=1)})
    test = open_page("posts")
    assert [button.label for button in test.button if button.label.startswith("Yes")] == [
        "Yes, send it now", "Yes, give it another time", "Yes, cancel",
    ]  # fmt: skip
    day = utc_now().date() + timedelta(days=2)
    test.date_input(key=f"posts_again_{publication_id}_day").set_value(day)
    press(test, "Yes, give it another time")
    assert not test.exception
    view = the_one(world)
    assert (view.state, view.due_at and view.due_at.date()) == (State.SCHEDULED, day)


def test_what_is_still_looked_for_asks_nobody(open_page: OpenPage) -> None:
    world = connected_world()
    unknown(world)
    with worker_session() as session:
        session.execute(text("UPDATE publications SET asks_person = false"))
    assert not [button for button in open_page("posts").button if "live" in button.label]
