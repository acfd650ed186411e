from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Barrier, Thread
from uuid import UUID

import pytest
from sqlalchemy import delete, event, select, text

from foundation.database import Tenant, tenant_session, utc_now, worker_session
from identity.models import Membership
from identity.permissions import Role
from publishing.approvals import reading, rounds
from publishing.approvals.models import ApprovalDecision, Standing
from publishing.approvals.people import By
from publishing.approvals.steps import Needs, Step
from publishing.approvals.words import WordsError
from publishing.changes import DraftError, NotAllowedError, reschedule
from publishing.editing import delete_post
from publishing.models import Publication
from publishing.states import State
from tests.publishing.approvals.conftest import (
    Team,
    by_name,
    happened,
    kinds,
    of_client,
    states,
)

EDITORS = Step("Editors", role=Role.EDITOR)


def test_without_a_workflow_a_post_is_scheduled_at_once(team: Team) -> None:
    post_id = team.write()
    assert states(post_id) == {State.SCHEDULED}
    assert kinds(post_id) == []


def test_a_change_where_nothing_is_left_to_review_asks_nobody(team: Team) -> None:
    post_id = team.write()
    with worker_session() as session:
        session.execute(text("UPDATE publications SET state = 'published'"))
    team.use(EDITORS)
    team.edit(post_id, "hello", labels=["filed elsewhere"])
    assert states(post_id) == {State.PUBLISHED}
    assert kinds(post_id) == []
    with worker_session() as session:
        session.execute(text("UPDATE publications SET state = 'cancelled' WHERE network = 'x'"))
    team.edit(post_id, "once more")
    assert kinds(post_id) == ["needs_approval"]


def test_one_of_a_role_is_enough(team: Team) -> None:
    team.use(EDITORS)
    post_id = team.write()
    assert states(post_id) == {State.IN_REVIEW}
    assert team.waiting_for(team.anna)
    assert team.waiting_for(team.bela)
    assert team.waiting_for(team.owner) == team.waiting_for(team.author) == []
    assert team.decide(post_id, team.anna, words="Good.") is Standing.APPROVED
    assert states(post_id) == {State.SCHEDULED}
    assert team.waiting_for(team.bela) == []
    asked, approved = happened(post_id)
    assert asked[0] == "post.needs_approval"
    assert asked[1]["person_ids"] == sorted(map(str, (team.anna, team.bela)))
    assert approved[0] == "post.approved"
    assert (approved[1]["words"], approved[1]["by_person_id"]) == ("Good.", str(team.anna))


def test_all_have_to_approve_where_the_step_says_so(team: Team) -> None:
    team.use(by_name(team.anna, team.bela, team.owner, needs=Needs.ALL))
    post_id = team.write()
    for person in (team.anna, team.bela):
        assert team.decide(post_id, person) is Standing.OPEN
        assert team.waiting_for(person) == []
    assert team.decide(post_id, team.bela) is Standing.OPEN  # twice counts once
    assert states(post_id) == {State.IN_REVIEW}
    assert team.decide(post_id, team.owner) is Standing.APPROVED
    with worker_session() as session:
        assert len(session.scalars(select(ApprovalDecision)).all()) == 3


def test_a_chain_goes_on_step_by_step(team: Team) -> None:
    team.use(EDITORS, by_name(team.owner))
    post_id = team.write()
    with pytest.raises(NotAllowedError, match="others"):
        team.decide(post_id, team.owner)
    assert team.decide(post_id, team.anna) is Standing.OPEN
    assert states(post_id) == {State.IN_REVIEW}
    assert team.decide(post_id, team.anna, step=0) is Standing.OPEN  # a second click
    with pytest.raises(NotAllowedError, match="decided already"):
        team.decide(post_id, team.bela, step=0)
    with pytest.raises(NotAllowedError, match="others"):
        team.decide(post_id, team.bela)
    assert team.decide(post_id, team.owner) is Standing.APPROVED
    assert kinds(post_id) == ["needs_approval", "needs_approval", "approved"]
    assert states(post_id) == {State.SCHEDULED}


def test_changes_requested_bring_it_back_to_its_author(team: Team) -> None:
    team.use(EDITORS)
    post_id = team.write()
    with pytest.raises(WordsError, match="should be changed"):
        team.decide(post_id, team.anna, approves=False)
    assert team.decide(post_id, team.anna, approves=False, words="Shorter.") is Standing.CHANGES_REQUESTED
    assert states(post_id) == {State.DRAFT}
    with pytest.raises(NotAllowedError, match="already"):
        team.decide(post_id, team.bela)
    assert kinds(post_id) == ["needs_approval", "changes_requested"]
    assert happened(post_id)[-1][1]["words"] == "Shorter."
    team.edit(post_id, "short")
    assert states(post_id) == {State.IN_REVIEW}
    assert team.decide(post_id, team.bela) is Standing.APPROVED


def test_a_draft_is_submitted_once_it_can_be_sent(team: Team) -> None:
    team.use(EDITORS)
    post_id = team.write("", unfinished=True)
    with pytest.raises(DraftError, match="text is empty"):
        team.submit(post_id)
    assert states(post_id) == {State.DRAFT}
    post_id = team.write("a draft", unfinished=True)
    team.submit(post_id)
    assert states(post_id) == {State.IN_REVIEW}
    with pytest.raises(NotAllowedError, match="waits"):
        team.submit(post_id)
    team.decide(post_id, team.anna)
    with pytest.raises(NotAllowedError):
        team.submit(post_id)


def test_without_a_workflow_nothing_is_submitted(team: Team) -> None:
    with pytest.raises(NotAllowedError, match="no approval"):
        team.submit(team.write(unfinished=True))


def test_what_waits_for_somebody_is_found_behind_all_that_waits_for_others(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST", 2)
    team.use(by_name(team.anna))
    for number in range(4):
        team.write(f"{number}", in_=timedelta(hours=number + 1))
    team.use(by_name(team.bela))
    last = team.write("last", in_=timedelta(days=9))
    with tenant_session(team.tenant) as session:
        asked: list[str] = []
        event.listen(session.connection(), "before_cursor_execute", lambda *given: asked.append(given[2]))
        assert [one.round.post_id for one in reading.waiting(session, asked=team.bela)] == [last]
        assert len(reading.waiting(session, asked=team.anna)) == 2
        asked.clear()
        reading.waiting(session)
        assert len(asked) <= 4, "so many questions however much waits"


def test_what_was_approved_too_late_waits_for_a_new_time(team: Team) -> None:
    team.use(EDITORS)
    post_id = team.write(in_=timedelta(seconds=0))
    team.decide(post_id, team.anna)
    assert states(post_id) == {State.APPROVED}
    assert "Give it another time" in happened(post_id)[-1][1]["advice"]
    with tenant_session(team.tenant) as session:
        for one in session.scalars(select(Publication).where(Publication.post_id == post_id)).all():
            assert "after its time had passed" in (one.problem or "")
            reschedule(session, one.id, utc_now() + timedelta(hours=1))
            assert one.problem is None
    assert states(post_id) == {State.SCHEDULED}
    assert team.round(post_id).standing is Standing.APPROVED


def test_a_change_needs_approval_again_and_old_decisions_count_for_nothing(team: Team) -> None:
    team.use(EDITORS)
    post_id = team.write()
    old = team.round(post_id)
    team.edit(post_id, "other words")
    with pytest.raises(NotAllowedError, match="changed meanwhile"), tenant_session(team.tenant) as session:
        rounds.decide(session, old.id, 0, By("Anna", team.anna), approves=True)
    assert states(post_id) == {State.IN_REVIEW}
    team.decide(post_id, team.anna)
    team.edit(post_id, "third words")
    assert states(post_id) == {State.IN_REVIEW}


def test_whoever_wrote_it_does_not_approve_alone(team: Team) -> None:
    team.use(EDITORS)
    post_id = team.write(by=team.anna)
    with pytest.raises(NotAllowedError, match="others"):
        team.decide(post_id, team.anna)
    assert team.decide(post_id, team.bela) is Standing.APPROVED
    team.edit(post_id, "changed by the second", by=team.bela)
    with pytest.raises(NotAllowedError, match="others"):
        team.decide(post_id, team.bela)
    assert team.decide(post_id, team.anna) is Standing.APPROVED


def test_whoever_is_the_only_one_named_approves_their_own(team: Team) -> None:
    team.use(by_name(team.anna))
    post_id = team.write(by=team.anna)
    assert team.decide(post_id, team.anna) is Standing.APPROVED


def test_where_nobody_of_a_step_is_left_the_owner_stands_in(team: Team) -> None:
    team.use(by_name(team.anna, team.bela, needs=Needs.ALL))
    post_id = team.write()
    leave(team.anna)
    assert [one.asked for one in team.waiting_for(team.bela)] == [{team.bela}]
    leave(team.bela)
    assert team.waiting_for(team.owner)
    assert team.decide(post_id, team.owner) is Standing.APPROVED


def test_who_approved_can_end_it_when_the_one_missing_is_gone(team: Team) -> None:
    team.use(by_name(team.anna, team.bela, needs=Needs.ALL))
    post_id = team.write()
    team.decide(post_id, team.anna)
    leave(team.bela)
    assert team.waiting_for(team.anna)
    assert team.decide(post_id, team.anna) is Standing.APPROVED


def test_a_workflow_set_later_leaves_open_rounds_alone(team: Team) -> None:
    team.use(EDITORS)
    post_id = team.write()
    team.use(by_name(team.owner))
    assert team.decide(post_id, team.anna) is Standing.APPROVED


def test_what_was_cancelled_or_deleted_waits_for_nobody(team: Team) -> None:
    team.use(EDITORS)
    deleted, cancelled = team.write(), team.write()
    round_ = team.round(deleted)
    with tenant_session(team.tenant) as session:
        delete_post(session, deleted)
    with worker_session() as session:
        session.execute(
            text("UPDATE publications SET state = 'cancelled' WHERE post_id = :id"), {"id": cancelled}
        )
    assert team.waiting_for(team.anna) == []
    with pytest.raises(NotAllowedError, match="nothing to approve"), tenant_session(team.tenant) as session:
        rounds.decide(session, round_.id, 0, By("Anna", team.anna), approves=True)
    team.decide(cancelled, team.anna)
    assert states(cancelled) == {State.CANCELLED}


def test_another_organization_or_half_a_view_decides_nothing(team: Team) -> None:
    team.use(EDITORS)
    post_id = team.write()
    round_ = team.round(post_id)
    by = By("Anna", team.anna)
    with pytest.raises(NotAllowedError), tenant_session(Tenant(team.anna)) as session:
        rounds.decide(session, round_.id, 0, by, approves=True)
    half = Tenant(team.agency.organization_id, account_ids=frozenset({team.agency.x}))
    with pytest.raises(NotAllowedError), tenant_session(half) as session:
        rounds.decide(session, round_.id, 0, by, approves=True)
    with pytest.raises(NotAllowedError), tenant_session(team.tenant) as session:
        rounds.decide(session, round_.id, 0, By("By link"), approves=True)
    assert states(post_id) == {State.IN_REVIEW}


def test_a_draft_does_not_get_around_the_workflow(team: Team) -> None:
    before = team.write(unfinished=True)
    team.use(of_client())
    for state in ("draft", "failed", "missed"):
        with worker_session() as session:
            session.execute(
                text("UPDATE publications SET state = :state WHERE post_id = :id"),
                {"id": before, "state": state},
            )
            ids = session.scalars(select(Publication.id).where(Publication.post_id == before)).all()
        for one in ids:
            with (
                pytest.raises(NotAllowedError, match="approved first"),
                tenant_session(team.tenant) as session,
            ):
                reschedule(session, one)


def test_two_who_decide_at_once_and_a_change_leave_one_truth(team: Team) -> None:
    team.use(EDITORS)
    for number in range(4):
        post_id = team.write(f"post {number}")
        round_id = team.round(post_id).id
        said = at_once(
            partial(decide, team, round_id, team.anna, True),
            partial(decide, team, round_id, team.bela, False),
            partial(team.edit, post_id, f"other words {number}"),
        )
        assert 2 in said  # the change's version
        assert states(post_id) == {State.IN_REVIEW}  # it comes before or after, and asks anew
        with worker_session() as session:
            query = text("SELECT version FROM approval_rounds WHERE post_id = :id AND state = 'open'")
            assert session.scalars(query, {"id": post_id}).all() == [2]


def decide(team: Team, round_id: UUID, person: UUID, approves: bool) -> Standing:
    with tenant_session(team.tenant) as session:
        return rounds.decide(session, round_id, 0, By("Someone", person), approves=approves, words="So.")


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What came of each, in no order; a refusal is its words."""
    ready = Barrier(len(acts))
    said: list[object] = []

    def run(act: Callable[[], object]) -> None:
        ready.wait()
        try:
            said.append(act())
        except NotAllowedError as error:
            said.append(str(error))

    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == len(acts)
    return said


def leave(person_id: UUID) -> None:
    with worker_session() as session:
        session.execute(delete(Membership).where(Membership.person_id == person_id))
