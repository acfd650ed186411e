from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.database import Tenant, tenant_session
from identity.permissions import Role
from publishing.approvals import workflow
from publishing.approvals.people import without_authors
from publishing.approvals.steps import Needs, Step
from publishing.approvals.words import LONGEST, WordsError, checked
from publishing.approvals.workflow import WorkflowError
from publishing.changes import NotAllowedError
from tests.identity.people import add_member, add_person
from tests.publishing.approvals.conftest import Team, by_name, of_client


def test_a_chain_is_kept_in_its_order_and_replaced_as_a_whole(team: Team) -> None:
    chain = [
        Step("Editors", role=Role.EDITOR, needs=Needs.ALL, remind_after_hours=0),
        by_name(team.anna, team.owner, name="Lead"),
        of_client(),
    ]
    team.use(*chain)
    assert kept(team) == chain
    team.use(*reversed(chain))
    assert kept(team) == chain[::-1]
    team.use()
    assert kept(team) == []


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        (Step("", role=Role.EDITOR), "Write a name"),
        (Step("Nobody"), "Choose who decides"),
        (Step("Two", role=Role.EDITOR, client_email="a@example.com"), "Choose who decides"),
        (Step("Viewers", role=Role.VIEWER), "approves no posts"),
        (Step("Stranger", person_ids=(uuid4(),)), "no member"),
        (Step("Client", client_email="nobody"), "e-mail address"),
        (Step("Slow", role=Role.EDITOR, remind_after_hours=-1), "reminder"),
        (Step("x" * 200, role=Role.EDITOR), "100 characters"),
    ],
)
def test_what_is_wrong_is_said_by_step_and_nothing_is_kept(team: Team, step: Step, problem: str) -> None:
    good = Step("Editors", role=Role.EDITOR)
    team.use(good)
    with pytest.raises(WorkflowError) as raised:
        team.use(good, step)
    assert [line for line in raised.value.problems if line.startswith("Step 2:") and problem in line]
    assert kept(team) == [good]


def test_only_who_may_approve_here_is_named(team: Team) -> None:
    organization_id = team.agency.organization_id
    elsewhere = add_member(organization_id, "other@example.com", Role.EDITOR, brand_ids=[])
    stranger, _ = add_person("stranger@example.com", organization="Other")
    for person_id in (team.author, elsewhere, stranger):
        with pytest.raises(WorkflowError, match="no member"):
            team.use(by_name(person_id))


def test_a_workflow_changed_meanwhile_is_not_overwritten(team: Team) -> None:
    seen = kept(team)
    team.use(of_client())
    with pytest.raises(NotAllowedError, match="meanwhile"), tenant_session(team.tenant) as session:
        workflow.set_workflow(session, team.agency.organization_id, team.agency.brand_id, [], was=seen)
    assert kept(team) == [of_client()]


def test_another_organization_sees_and_sets_nothing(team: Team) -> None:
    team.use(of_client())
    _, other = add_person("stranger@example.com", organization="Other")
    with tenant_session(Tenant(other)) as session:
        assert workflow.workflow_of(session, team.agency.brand_id) == []
        with pytest.raises(NotAllowedError):
            workflow.set_workflow(session, other, team.agency.brand_id, [])
    assert kept(team) == [of_client()]


def test_names_are_not_used_twice_and_addresses_are_put_in_order(team: Team) -> None:
    with pytest.raises(WorkflowError, match="same name"):
        team.use(of_client("One"), of_client("one"))
    team.use(Step(" Client ", client_email=" Client@Example.COM ", needs=Needs.ALL))
    assert kept(team) == [of_client()]


IDS = [uuid4() for _ in range(4)]


@given(
    found=st.frozensets(st.sampled_from(IDS)),
    submitter=st.sampled_from([*IDS, None]),
    creator=st.sampled_from([*IDS, None]),
)
def test_nobody_decides_alone_on_what_they_submitted(
    found: frozenset[object], submitter: object, creator: object
) -> None:
    left = without_authors(found, (submitter, creator))  # type: ignore[arg-type]
    assert left <= found
    assert bool(left) == bool(found)
    assert submitter not in left or found <= {submitter}
    assert creator not in left or found <= {submitter, creator}


@pytest.mark.parametrize("words", ["a\x00b", "\ud800", "x" * (LONGEST + 1)])
def test_words_that_cant_be_kept_are_refused(words: str) -> None:
    with pytest.raises(WordsError):
        checked(words)


def test_words_keep_their_lines() -> None:
    assert checked("  one\r\ntwo ") == "one\ntwo"
    with pytest.raises(WordsError, match="Say it"):
        checked("\n", asked="Say it")


def kept(team: Team) -> list[Step]:
    with tenant_session(team.tenant) as session:
        return workflow.workflow_of(session, team.agency.brand_id)
