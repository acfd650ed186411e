from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from foundation.database import door_session, tenant_session, utc_now, worker_session
from identity.errors import LinkError
from identity.permissions import Role
from publishing.approvals import links, rounds
from publishing.approvals.models import ApprovalLink, Standing
from publishing.approvals.steps import Step
from publishing.approvals.words import WordsError
from publishing.changes import NotAllowedError
from publishing.states import State
from tests.identity.people import add_member
from tests.publishing.approvals.conftest import (
    CLIENT,
    Team,
    happened,
    newest_token,
    of_client,
    place_of,
    states,
    written_to,
)

EDITORS = Step("Editors", role=Role.EDITOR)


def decide(team: Team, token: str, *, approves: bool = True, words: str = "") -> Standing:
    place = place_of(token)
    with tenant_session(team.tenant) as session:
        return rounds.decide_by_link(session, place, approves=approves, words=words)


def test_the_client_gets_a_link_when_it_is_their_turn(team: Team) -> None:
    team.use(EDITORS, of_client())
    post_id = team.write()
    assert written_to() == []
    team.decide(post_id, team.anna)
    (letter,) = written_to()
    assert "Please look at a post for Brand" in letter.subject
    token = newest_token()
    with worker_session() as session:
        (kept,) = session.scalars(select(ApprovalLink)).all()
    assert token not in str(vars(kept))
    assert kept.email == CLIENT
    assert kept.expires_at > utc_now() + timedelta(days=13)
    assert token not in str(happened(post_id))
    assert decide(team, token) is Standing.APPROVED
    assert states(post_id) == {State.SCHEDULED}
    assert decide(team, token) is Standing.APPROVED  # a second click
    with pytest.raises(NotAllowedError, match="approved already"):
        decide(team, token, approves=False, words="No.")


def test_the_client_asks_for_changes_in_words(team: Team) -> None:
    team.use(of_client())
    post_id = team.write()
    token = newest_token()
    with pytest.raises(WordsError):
        decide(team, token, approves=False)
    assert decide(team, token, approves=False, words="Softer.") is Standing.CHANGES_REQUESTED
    assert states(post_id) == {State.DRAFT}
    team.edit(post_id, "softer")
    assert newest_token() != token
    with pytest.raises(NotAllowedError):
        decide(team, token)
    assert decide(team, newest_token()) is Standing.APPROVED


def test_an_old_link_says_nothing_about_a_new_version(team: Team) -> None:
    team.use(of_client())
    post_id = team.write()
    old = newest_token()
    team.edit(post_id, "other words")
    with pytest.raises(NotAllowedError, match="changed meanwhile"):
        decide(team, old)
    assert states(post_id) == {State.IN_REVIEW}


def test_a_link_of_one_step_does_not_decide_the_next(team: Team) -> None:
    team.use(of_client("First"), Step("Second", client_email="boss@example.com"))
    post_id = team.write()
    first = newest_token()
    assert decide(team, first) is Standing.OPEN
    with pytest.raises(NotAllowedError, match="decided already"):
        decide(team, first, approves=False, words="No.")
    assert states(post_id) == {State.IN_REVIEW}
    assert len(written_to("boss@example.com")) == 1


@pytest.mark.parametrize("end", ["expires_at = now()", "revoked_at = now()"])
def test_links_end(team: Team, end: str) -> None:
    team.use(of_client())
    team.write()
    token = newest_token()
    with worker_session() as session:
        session.execute(text(f"UPDATE approval_links SET {end}"))
    with pytest.raises(LinkError):
        decide(team, token)


def test_links_are_withdrawn(team: Team) -> None:
    team.use(of_client())
    post_id = team.write()
    token = newest_token()
    with tenant_session(team.tenant) as session:
        assert links.revoke(session, team.round(post_id).id) == 1
        assert links.revoke(session, team.round(post_id).id) == 0
    with pytest.raises(LinkError):
        place_of(token)


@pytest.mark.parametrize("token", ["", "x" * 43, "\ud800"])
def test_a_guess_opens_nothing(team: Team, token: str) -> None:
    team.use(of_client())
    team.write()
    with pytest.raises(LinkError), door_session() as door:
        links.look(door, token)


def test_a_client_who_has_an_account_too_may_decide_signed_in(team: Team) -> None:
    person = add_member(team.agency.organization_id, CLIENT, Role.CLIENT, brand_ids=[team.agency.brand_id])
    team.use(of_client())
    post_id = team.write()
    assert team.waiting_for(person)
    assert team.decide(post_id, person) is Standing.APPROVED
