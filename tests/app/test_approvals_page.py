"""The page of approvals: who may decide sees buttons, all others what waits; and a brand's workflow form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from app import approving
from app.settings import drawer
from app.shell import access
from foundation.database import Tenant, tenant_session, utc_now, worker_session
from foundation.settings import get_settings
from identity import members
from identity.audit import Action
from identity.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from identity.permissions import Permission, Role
from publishing.approvals import letters, workflow
from publishing.approvals.models import Standing
from publishing.approvals.steps import Needs, Step
from publishing.compose import create_post
from publishing.drafts import Draft
from publishing.models import Publication
from publishing.states import State
from tests.app.pages import html, said
from tests.app.settings.conftest import Agency, agency, look  # noqa: F401 - fixtures
from tests.identity.acting import ORIGIN, acting, as_key, new_member, new_organization, trail_of
from tests.identity.letters import letters_to
from tests.identity.people import cookie_for

Look = Callable[..., AppTest]
EDITORS = Step("Editors", role=Role.EDITOR)
CLIENT = Step("The client", client_email="c@example.com")
EDITOR, MEMBER = "editor@example.com", "member@example.com"
VIEWER, OF_CLIENT = "viewer@example.com", "client@example.com"
# The drawer's body by itself: a drawer opens for the run of its button, after it a browser draws it alone.
DRAWER = """
from uuid import UUID
from app.settings import entering, workflow_form
from identity import brands
from identity.work import working
with working(entering.drawn_for()) as work:
    brand = brands.get(work, UUID("{brand_id}"))
workflow_form.draw(brand)
"""


@pytest.fixture
def open_as(monkeypatch: pytest.MonkeyPatch) -> Look:
    """Run a page as the person with this address."""

    def run(email: str, page: str = "approvals", post_id: UUID | None = None) -> AppTest:
        token = cookie_for(email)
        monkeypatch.setattr(access, "browser_token", lambda: token)
        monkeypatch.setattr(access, "browser_origin", lambda: ORIGIN)
        script = f"from app.pages import {page}\n{page}.page()"
        test = AppTest.from_string(script, default_timeout=60)
        if post_id is not None:
            test.query_params["post"] = str(post_id)
        test.run()
        assert not test.exception
        return test

    return run


def use(of: Agency, *steps: Step) -> None:
    with tenant_session(Tenant(of.world.organization_id)) as session:
        workflow.set_workflow(session, of.world.organization_id, of.world.brand_ids[0], steps)


def write(of: Agency, words: str = "Autumn <menu>", by: str = MEMBER) -> UUID:
    due_at = utc_now() + timedelta(days=1)
    draft = Draft(
        of.world.brand_ids[0], of.world.account_ids[:2], words, due_at=due_at, created_by=of.members[by]
    )
    with tenant_session(Tenant(of.world.organization_id)) as session:
        return create_post(session, of.world.organization_id, draft)


def states() -> set[str]:
    with worker_session() as session:
        return set(session.scalars(select(Publication.state)))


def labels(test: AppTest) -> set[str]:
    return {button.label for button in test.button}


def test_everyone_sees_what_waits_and_only_deciders_the_buttons(agency: Agency, open_as: Look) -> None:  # noqa: F811
    use(agency, EDITORS)
    write(agency)
    for email, expected in {
        EDITOR: {"Approve", "Request changes", "Comment"},
        MEMBER: {"Comment"},
        OF_CLIENT: {"Comment"},
        VIEWER: set(),
    }.items():
        test = open_as(email)
        assert labels(test) == expected, email
        assert "Autumn &lt;menu&gt;" in "".join(html(test))
    assert "Waits for you (1)" in [heading.value for heading in open_as(EDITOR).subheader]
    assert "Waits for others (1)" in [heading.value for heading in open_as(VIEWER).subheader]


def test_an_editor_comments_and_approves(agency: Agency, open_as: Look) -> None:  # noqa: F811
    use(agency, EDITORS)
    post_id = write(agency)
    test = open_as(EDITOR)
    test.text_area[0].set_value("A fine one.")
    test.button(key=f"talk_{post_id}_comment").click().run()
    assert "A fine one." in "".join(html(test))
    assert states() == {State.IN_REVIEW}
    assert "A fine one." not in "".join(html(open_as(OF_CLIENT)))
    test = open_as(EDITOR)
    test.button(key=f"talk_{post_id}_approve").click().run()
    assert states() == {State.SCHEDULED}
    assert "Nothing waits for approval" in said(test)


def test_changes_need_words_and_come_back_to_the_author(agency: Agency, open_as: Look) -> None:  # noqa: F811
    use(agency, EDITORS)
    post_id = write(agency)
    test = open_as(EDITOR)
    test.button(key=f"talk_{post_id}_request").click().run()
    assert "Say what should be changed" in said(test)
    assert states() == {State.IN_REVIEW}
    test.text_area[0].set_value("Shorter.")
    test.button(key=f"talk_{post_id}_request").click().run()
    assert states() == {State.DRAFT}
    author = open_as(MEMBER)
    assert "Shorter." in "".join(html(author))
    author.button(key=f"back_{post_id}").click().run()
    assert states() == {State.IN_REVIEW}
    assert labels(open_as(VIEWER)) == set()


def test_one_post_is_talked_about_and_decided_where_it_is_shown(agency: Agency, open_as: Look) -> None:  # noqa: F811
    use(agency, EDITORS)
    post_id = write(agency)
    assert "Approve" not in labels(open_as(MEMBER, "posts", post_id))
    assert not {"Approve", "Comment"} & labels(open_as(VIEWER, "posts", post_id))
    test = open_as(EDITOR, "posts", post_id)
    test.text_area[0].set_value("Go.")
    test.button(key=f"talk_{post_id}_approve").click().run()
    assert states() == {State.SCHEDULED}
    assert "Go." in "".join(html(test))


def test_a_press_after_the_role_is_gone_decides_nothing(agency: Agency, open_as: Look) -> None:  # noqa: F811
    use(agency, EDITORS)
    post_id = write(agency)
    test = open_as(EDITOR)
    use(agency, EDITORS)
    with acting(agency.member()) as work:
        members.change(work, agency.members[EDITOR], Role.VIEWER, None)
    test.button(key=f"talk_{post_id}_approve").click().run()
    assert states() == {State.IN_REVIEW}


def test_the_link_of_the_client_is_sent_again_and_withdrawn(agency: Agency, open_as: Look) -> None:  # noqa: F811
    use(agency, CLIENT)
    write(agency)
    letters.write_all(get_settings(), gather=timedelta(0))
    test = open_as(MEMBER)
    again = next(button for button in test.button if button.label == "Yes, send the link again")
    again.click().run()
    assert len(letters_to("c@example.com")) == 2
    assert "Yes, withdraw the link" in labels(test)
    assert labels(open_as(VIEWER)) == set()


def test_acts_ask_for_permission_and_keep_to_the_organization(agency: Agency) -> None:  # noqa: F811
    use(agency, EDITORS)
    post_id = write(agency)
    brand_id = agency.world.brand_ids[0]
    with acting(agency.member(EDITOR)) as work:
        (one,) = approving.waiting(work, mine=True)
    round_id = one.round.id
    stranger = new_member(new_organization("Other"), Role.OWNER)
    for who, error in ((stranger, NotFoundError), (agency.member(VIEWER), ForbiddenError)):
        with acting(who) as work:
            for act in (
                lambda: approving.decide(work, round_id, 0, approves=True),
                lambda: approving.submit(work, post_id),
                lambda: approving.comment(work, post_id, "Hello"),
                lambda: approving.set_workflow(work, brand_id, []),
                lambda: approving.revoke_links(work, round_id),
                lambda: approving.ask_again(work, round_id),
            ):
                with pytest.raises((error, ForbiddenError)):
                    act()
    key = as_key(agency.member(EDITOR), [Permission.POSTS_READ])
    with acting(key) as work, pytest.raises(ForbiddenError):
        approving.decide(work, round_id, 0, approves=True)
    with acting(agency.member(EDITOR)) as work:
        with pytest.raises(ConflictError):
            approving.submit(work, post_id)
        with pytest.raises(InvalidError):
            approving.decide(work, round_id, 0, approves=False)
        assert approving.decide(work, round_id, 0, approves=True) is Standing.APPROVED
    assert states() == {State.SCHEDULED}


def test_the_client_does_not_see_what_the_agency_decided_for_itself(agency: Agency) -> None:  # noqa: F811
    use(agency, EDITORS, Step("Client", role=Role.CLIENT))
    post_id = write(agency)
    with acting(agency.member(EDITOR)) as work:
        (one,) = approving.waiting(work, mine=True)
        approving.decide(work, one.round.id, 0, approves=True, words="Among us")
    with acting(agency.member(OF_CLIENT)) as work:
        (one,) = approving.waiting(work, mine=True)
        assert one.round.decisions == ()
        assert approving.decide(work, one.round.id, 1, approves=True) is Standing.APPROVED
        assert [each.by_name for each in approving.rounds_of(work, post_id)[0].decisions] == [OF_CLIENT]


def test_a_workflow_is_set_in_its_drawer_and_noted_in_the_trail(agency: Agency, look: Look) -> None:  # noqa: F811
    brand_id = agency.world.brand_ids[0]
    place = f"workflow_{brand_id}"
    page = look("brands")
    assert "no approval needed" in "".join(html(page))
    page.button(key=f"approvals_{brand_id}").click().run()
    assert "Without a step" in said(page)
    test = AppTest.from_string(DRAWER.format(brand_id=brand_id), default_timeout=60)
    test.session_state[drawer.OPEN] = place
    test.run()
    for button in ("add", "add", "add", "0_drop", "2_up"):
        test.button(key=f"{place}_{button}").click().run()
    assert [field.label for field in test.text_input] == ["Step 1", "Step 2"]
    test.text_input(key=f"{place}_2_name").set_value("Editing")
    test.multiselect(key=f"{place}_2_people").set_value([agency.members[EDITOR]])
    test.radio(key=f"{place}_2_needs").set_value(Needs.ALL)
    test.text_input(key=f"{place}_1_name").set_value("Client")
    test.radio(key=f"{place}_1_kind").set_value("The client, by a link").run()
    test.text_input(key=f"{place}_1_email").set_value("nobody")
    test.button(key=f"save_{place}").click().run()
    assert "Write the whole e\\-mail address" in said(test)
    test.text_input(key=f"{place}_1_email").set_value("c@example.com")
    test.button(key=f"save_{place}").click().run()
    assert "Editing → Client" in "".join(html(look("brands")))
    with acting(agency.member()) as work:
        assert approving.workflow_of(work, brand_id) == [
            Step("Editing", person_ids=(agency.members[EDITOR],), needs=Needs.ALL),
            Step("Client", client_email="c@example.com"),
        ]
    (noted,) = [line for line in trail_of(agency.world.organization_id) if line.action == Action.UPDATED]
    assert (noted.target, noted.before) == ("Nordlicht Coffee", {"approvals": []})
    assert noted.after == {"approvals": ["Editing (all of 1 by name)", "Client (the client, c@example.com)"]}


def test_a_workflow_changed_meanwhile_is_not_overwritten(agency: Agency, look: Look) -> None:  # noqa: F811
    brand_id = agency.world.brand_ids[0]
    place = f"workflow_{brand_id}"
    test = look("brands")
    test.button(key=f"approvals_{brand_id}").click().run()
    use(agency, EDITORS)
    test.button(key=f"save_{place}").click().run()
    assert "changed the workflow meanwhile" in test.session_state[f"refusal_{place}"][0]
    with acting(agency.member()) as work:
        assert approving.workflow_of(work, brand_id) == [EDITORS]
