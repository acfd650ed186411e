from __future__ import annotations

import pytest

from foundation.database import Tenant, tenant_session
from identity.permissions import Role
from publishing.approvals.comments import comment, comments_of
from publishing.approvals.people import By
from publishing.approvals.words import WordsError
from publishing.changes import NotAllowedError
from tests.identity.people import add_member
from tests.publishing.approvals.conftest import Team, happened


def test_the_client_reads_and_hears_what_is_for_them_alone(team: Team) -> None:
    agency = team.agency
    client = add_member(agency.organization_id, "c@example.com", Role.CLIENT, brand_ids=[agency.brand_id])
    post_id = team.write()
    with tenant_session(team.tenant) as session:
        comment(session, post_id, By("Client", client), "From me.", for_client=True)
        comment(session, post_id, By("Anna", team.anna), "Among us.", for_client=False)
        comment(session, post_id, By("Anna", team.anna), "For you.", for_client=True)
        assert [one.words for one in comments_of(session, post_id)] == ["From me.", "Among us.", "For you."]
        shown = comments_of(session, post_id, of_client=True)
    assert [one.words for one in shown] == ["From me.", "For you."]
    told = [set(details["person_ids"]) for kind, details in happened(post_id) if kind == "post.commented"]
    author, anna = str(team.author), str(team.anna)
    assert told == [{author, str(client)}, {author, anna}, {author, anna, str(client)}]


def test_comments_are_words_on_a_post_of_ones_own(team: Team) -> None:
    post_id = team.write()
    by = By("Anna", team.anna)
    with tenant_session(team.tenant) as session, pytest.raises(WordsError):
        comment(session, post_id, by, "  ", for_client=False)
    with tenant_session(Tenant(team.anna)) as session:
        with pytest.raises(NotAllowedError):
            comment(session, post_id, by, "Mine?", for_client=False)
        assert comments_of(session, post_id) == []
