"""One post with all of it: what it says and said, what was sent, what was done, and what can be done."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from foundation.database import Tenant, tenant_session, utc_now, worker_session
from identity.permissions import Role
from publishing.compose import create_post
from publishing.drafts import Draft
from publishing.editing import edit_post
from publishing.listing import labels
from publishing.models import Attempt, Post, Publication
from publishing.states import State
from tests.app.pages import OpenPage, html, said
from tests.app.world import World, connected_world, scheduled

pytestmark = pytest.mark.usefixtures("settings")
SENT = {"text": "As it went out", "options": {"long": True}}


def planned(world: World, text: str = "For tomorrow", **values: object) -> UUID:
    """A post of the first brand, on its X account."""
    due_at = utc_now() + timedelta(days=1)
    draft = Draft(
        world.brand_ids[0], [world.account_ids[1]], text, due_at=due_at, created_by=world.person_id,
        **values,  # type: ignore[arg-type]
    )  # fmt: skip
    with tenant_session(Tenant(world.organization_id)) as session:
        return create_post(session, world.organization_id, draft)


def test_a_post_opens_from_the_list_and_by_its_address(open_page: OpenPage) -> None:
    world = connected_world()
    planned(world, "Another one")
    post_id = planned(world, labels=["launch"])
    test = open_page("posts")
    with tenant_session(Tenant(world.organization_id)) as session:
        query = select(Publication.id).where(Publication.post_id == post_id)
        publication_id = session.scalars(query).one()
    test.button(key=f"open_{publication_id}").click().run()
    assert not test.exception
    assert test.query_params["post"] == str(post_id)
    assert "For tomorrow" in said(test)
    assert "Another one" not in said(test)
    test.button(key="posts_back").click().run()
    assert "Another one" in said(test)


def test_what_it_said_before_was_sent_and_was_done_is_there(open_page: OpenPage) -> None:
    world = connected_world()
    post_id = planned(world)
    with tenant_session(Tenant(world.organization_id)) as session:
        draft = Draft(world.brand_ids[0], [world.account_ids[1]], "Better words")
        edit_post(session, post_id, draft, version=1, by=world.person_id)
    with worker_session() as session:
        (row,) = session.scalars(select(Publication))
        row.state, row.sent, row.published_at = State.PUBLISHED, SENT, utc_now()
        for step, outcome, why in (
            ("prepare", "prepared", None),
            ("submit", "ambiguous", "the connection was <b>cut</b>"),
            ("find", "found", None),
        ):
            session.add(
                Attempt(
                    organization_id=row.organization_id, publication_id=row.id, step=step, owner="test",
                    started_at=utc_now(), finished_at=utc_now(), outcome=outcome, detail=why,
                )
            )  # fmt: skip
    test = open_page("posts")
    test.query_params["post"] = str(post_id)
    test.run()
    assert not test.exception
    (ledger,) = (one for one in html(test) if "ledger" in one)
    assert ledger.index("ready to send") < ledger.index("may or may not be public") < ledger.index("found")
    assert "&lt;b&gt;cut" in ledger
    (before,) = (one for one in html(test) if "revision" in one)
    assert "For tomorrow" in before
    assert "changed by" in before
    assert any("As it went out" in one and "<dt>Long post</dt><dd>yes</dd>" in one for one in html(test))
    assert "Better words" in said(test)


def test_a_post_is_deleted_after_asking(open_page: OpenPage) -> None:
    world = connected_world()
    post_id = planned(world)
    test = open_page("posts")
    test.query_params["post"] = str(post_id)
    test.run()
    test.button(key=f"delete_{post_id}").click().run()
    assert not test.exception
    assert scheduled(world) == []
    assert "No posts here" in said(test)
    assert "post" not in test.query_params
    with worker_session() as session:
        assert session.scalars(select(Publication.state)).one() == State.CANCELLED


def test_what_is_being_sent_is_neither_changed_nor_deleted(open_page: OpenPage) -> None:
    world = connected_world()
    post_id = planned(world)
    test = open_page("posts")
    test.query_params["post"] = str(post_id)
    test.run()
    with worker_session() as session:
        session.execute(update(Publication).values(state=State.PUBLISHING))
    test.button(key=f"delete_{post_id}").click().run()
    assert any("being sent now" in error.value for error in test.error)
    assert not test.get("page_link")
    with worker_session() as session:
        assert session.scalars(select(Post.deleted_at)).one() is None


def test_another_organizations_post_is_not_shown(open_page: OpenPage) -> None:
    theirs = connected_world(email="editor@example.com")
    post_id = planned(theirs)
    connected_world()
    test = open_page("posts")
    test.query_params["post"] = str(post_id)
    test.run()
    assert not test.exception
    assert "For tomorrow" not in said(test)


def test_a_viewer_sees_a_post_and_changes_nothing(open_page: OpenPage) -> None:
    world = connected_world(role=Role.VIEWER)
    post_id = planned(world)
    test = open_page("posts")
    test.query_params["post"] = str(post_id)
    test.run()
    assert "For tomorrow" in said(test)
    assert [button.key for button in test.button] == ["posts_back"]
    assert not test.get("page_link")


def test_posts_are_filtered_by_label(open_page: OpenPage) -> None:
    world = connected_world()
    planned(world, "With a label", labels=["Launch", "autumn"])
    planned(world, "Without one")
    with tenant_session(Tenant(world.organization_id)) as session:
        assert labels(session) == ["autumn", "Launch"]
    test = open_page("posts")
    test.selectbox(key="posts_label").set_value("Launch").run()
    assert not test.exception
    assert "With a label" in said(test)
    assert "Without one" not in said(test)
