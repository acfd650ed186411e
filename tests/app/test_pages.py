"""The pages, run by Streamlit's own test runner over real stores."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from app.shell import access
from foundation.database import Tenant, tenant_session, utc_now, worker_session
from foundation.settings import REPOSITORY, Settings
from identity.models import SignIn
from identity.permissions import Role
from publishing.compose import create_post
from publishing.drafts import Draft
from publishing.states import State
from tests import lakes
from tests.app.pages import EMAIL, OpenPage, said
from tests.app.world import World, connected_world, released_world, scheduled
from tests.identity.people import add_brand, add_member, add_person, cookie_for
from tests.warehouse import marts_fixture
from warehouse.releases import BuildStatus, finish_build, start_build

pytestmark = pytest.mark.usefixtures("settings")


def test_overview_shows_the_released_numbers_and_their_change(
    settings: Settings, open_page: OpenPage
) -> None:
    released_world(settings)
    test = open_page("overview")
    assert not test.exception
    followers, views, engagement, posts = test.metric
    assert (followers.label, posts.label) == ("Followers", "Posts")
    assert posts.value == "112"
    assert posts.delta == "0 %"
    assert followers.delta.startswith("+")
    assert "3 of 4 accounts" in views.proto.delta_description
    assert engagement.proto.help
    text = said(test)
    assert "release 1" in text
    assert text.count('title="unknown"') == 1  # the views of the account whose network gives none
    assert len(test.get("plotly_chart")) == 2


def test_overview_of_one_brand_reads_on_its_clock(settings: Settings, open_page: OpenPage) -> None:
    world, _ = released_world(settings)
    test = open_page("overview")
    test.selectbox(key="overview_brand").set_value(world.brand_ids[1]).run()
    assert not test.exception
    assert test.metric[3].value == "56"
    assert " EST (" in said(test) or " EDT (" in said(test)
    assert "@nordlicht" not in said(test)


def test_a_change_against_nothing_is_not_made_up(settings: Settings, open_page: OpenPage) -> None:
    released_world(settings)
    test = open_page("overview")
    test.button_group(key="overview_period").set_value(365).run()
    assert not test.exception
    assert [metric.delta for metric in test.metric] == ["n/a"] * 4
    assert test.metric[3].proto.delta_description.startswith("none in")


def test_overview_before_the_first_release_says_so(open_page: OpenPage) -> None:
    connected_world()
    test = open_page("overview")
    assert not test.exception
    assert "first numbers are being collected" in said(test)


def test_a_refused_build_leaves_the_old_numbers_and_says_why(settings: Settings, open_page: OpenPage) -> None:
    released_world(settings)
    start_build("run-2")
    finish_build("run-2", BuildStatus.REFUSED, ["views: 3 negative counts in engagement"])
    test = open_page("overview")
    assert "did not pass their checks" in test.warning[0].value
    assert "3 negative counts" in test.warning[0].value
    assert test.metric[3].value == "112"


def test_a_revoked_session_sees_nothing(settings: Settings, open_page: OpenPage) -> None:
    released_world(settings)
    test = open_page("overview")
    with worker_session() as session:
        session.execute(update(SignIn).values(revoked_at=utc_now()))
    test.run()
    assert not test.metric
    assert "Your session has ended" in said(test)


def planned(world: World) -> None:
    draft = Draft(
        world.brand_ids[0], [world.account_ids[0]], "For tomorrow", due_at=utc_now() + timedelta(days=1)
    )
    with tenant_session(Tenant(world.organization_id)) as session:
        create_post(session, world.organization_id, draft)


def test_a_post_is_cancelled_after_asking(open_page: OpenPage) -> None:
    world = connected_world()
    planned(world)
    test = open_page("posts")
    assert not test.exception
    assert "For tomorrow" in said(test)
    (yes,) = [button for button in test.button if button.label == "Yes, cancel"]
    yes.click().run()
    assert scheduled(world) == [(State.CANCELLED, "For tomorrow")]
    assert "Cancelled" in said(test)


def test_posts_are_filtered_by_state(open_page: OpenPage) -> None:
    planned(connected_world())
    test = open_page("posts")
    test.button_group(key="posts_filter").set_value("Published").run()
    assert not test.exception
    assert "For tomorrow" not in said(test)
    assert "No posts here" in said(test)


@pytest.mark.parametrize(
    ("role", "told"),
    [
        (Role.OWNER, {"overview": "connect its accounts", "posts": "What you write in the Composer"}),
        (
            Role.VIEWER,
            {
                "overview": "an administrator has connected accounts",
                "posts": "What is written for your brands",
                "composer": "Your role does not open this page",
            },
        ),
        (Role.CLIENT, {"overview": "Your role does not open this page"}),
    ],
)
def test_nobody_is_told_to_do_what_their_role_does_not_allow(
    settings: Settings, open_page: OpenPage, role: Role, told: dict[str, str]
) -> None:
    _, home = add_person("founder@example.com")
    add_member(home, EMAIL, role, [add_brand(home)] if role is Role.CLIENT else None)
    with lakes.fresh(settings) as connection:
        marts_fixture.create(connection)
        marts_fixture.released(connection)
    for page, words in told.items():
        test = open_page(page)
        assert not test.exception
        assert words in said(test), page


def test_a_viewer_sees_posts_but_no_button(open_page: OpenPage) -> None:
    planned(connected_world(role=Role.VIEWER))
    test = open_page("posts")
    assert "For tomorrow" in said(test)
    assert {button.label for button in test.button} == {"Details"}
    assert not open_page("composer").button


def test_the_entry_script_draws_the_first_page(monkeypatch: pytest.MonkeyPatch) -> None:
    connected_world(role=Role.VIEWER)
    token = cookie_for("owner@example.com")
    monkeypatch.setattr(access, "browser_token", lambda: token)
    test = AppTest.from_file(str(REPOSITORY / "app" / "shell" / "main.py"), default_timeout=60).run()
    assert not test.exception
    assert "first numbers are being collected" in said(test)
