"""Whatever people do, and in whatever order: nothing goes out that its workflow did not approve as it is."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from foundation.database import tenant_session, utc_now, worker_session
from identity.errors import LinkError
from identity.permissions import Role
from publishing.approvals import rounds
from publishing.approvals.models import ApprovalDecision, ApprovalRound, Standing
from publishing.approvals.steps import Needs, Step
from publishing.changes import DraftError, NotAllowedError, cancel, reschedule
from publishing.models import Post, Publication
from publishing.states import State
from tests.publishing.approvals.conftest import (
    TOMORROW,
    Team,
    by_name,
    newest_token,
    of_client,
    place_of,
    written_to,
)

WORKFLOWS = ("editors", "all", "owner", "client")
ACTS = st.one_of(
    st.tuples(st.just("approve"), st.sampled_from(["author", "anna", "bela", "owner"])),
    st.tuples(st.just("refuse"), st.sampled_from(["anna", "bela", "owner"])),
    st.tuples(st.just("edit"), st.sampled_from(["author", "anna"])),
    st.tuples(st.just("keep as draft"), st.just("author")),
    st.tuples(st.just("submit"), st.sampled_from(["author", "anna"])),
    st.tuples(st.just("reschedule"), st.just("")),
    st.tuples(st.just("cancel"), st.just("")),
    st.tuples(st.just("client approves"), st.just("")),
    st.tuples(st.just("miss"), st.just("")),
)


@dataclass
class Life:
    """One post, and what it said at each version."""

    team: Team
    post_id: UUID
    chain: list[Step]
    number: int = 0
    people: dict[str, UUID] = field(default_factory=dict)

    def act(self, what: str, who: str) -> None:
        """Do it; what is refused changes nothing."""
        with suppress(NotAllowedError, DraftError, LinkError):
            self._act(what, self.people.get(who))

    def _act(self, what: str, who: UUID | None) -> None:
        team, post_id = self.team, self.post_id
        if what in ("edit", "keep as draft"):
            self.number += 1
            team.edit(post_id, f"words {self.number}", by=who, unfinished=what != "edit")
        elif what == "submit":
            team.submit(post_id, who)
        elif what in ("reschedule", "cancel"):
            with tenant_session(team.tenant) as session:
                one = session.scalars(select(Publication.id).where(Publication.post_id == post_id)).first()
                assert one is not None
                if what == "cancel":
                    cancel(session, one)
                else:
                    reschedule(session, one, utc_now() + TOMORROW)
        elif what == "miss":
            with worker_session() as session:
                miss = text(
                    "UPDATE publications SET state = 'missed' WHERE post_id = :id AND state = 'scheduled'"
                )
                session.execute(miss, {"id": post_id})
        elif what == "client approves" and written_to():
            place = place_of(newest_token())
            with tenant_session(team.tenant) as session:
                rounds.decide_by_link(session, place, approves=True)
        elif who is not None:
            team.decide(post_id, who, approves=what == "approve", words="So.")

    def check(self) -> None:
        """What is scheduled was approved at every step, by those who had to, as it says now."""
        with worker_session() as session:
            post = session.get_one(Post, self.post_id)
            found = session.scalars(select(Publication).where(Publication.post_id == self.post_id)).all()
            if not any(one.current in (State.APPROVED, State.SCHEDULED) for one in found):
                return
            query = select(ApprovalRound).where(
                ApprovalRound.post_id == self.post_id,
                ApprovalRound.version == post.version,
                ApprovalRound.state == Standing.APPROVED.value,
            )
            round_ = session.scalars(query.order_by(ApprovalRound.submitted_at.desc()).limit(1)).one()
            decided = session.scalars(
                select(ApprovalDecision).where(ApprovalDecision.round_id == round_.id)
            ).all()
            assert all(one.approves for one in decided)
            authors = {round_.submitted_by, post.created_by}
            for number, step in enumerate(self.chain):
                by = {one.person_id for one in decided if one.step == number}
                assert by & self._meant(step) if step.client_email is None else by == {None}
                if step.needs is Needs.ALL:
                    assert by >= self._meant(step) - authors
                assert round_.submitted_by not in by or self._meant(step) <= {round_.submitted_by}

    def _meant(self, step: Step) -> set[UUID | None]:
        if step.role is Role.EDITOR:
            return {self.people["anna"], self.people["bela"]}
        if step.role is Role.OWNER:
            return {self.people["owner"]}
        return set(step.person_ids)


@given(
    workflow=st.lists(st.sampled_from(WORKFLOWS), min_size=1, max_size=3, unique=True),
    acts=st.lists(ACTS, min_size=4, max_size=14),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_is_scheduled_without_the_approvals_of_exactly_its_version(
    team: Team, workflow: list[str], acts: list[tuple[str, str]]
) -> None:
    steps = {
        "editors": Step("Editors", role=Role.EDITOR),
        "all": by_name(team.anna, team.bela, team.owner, needs=Needs.ALL),
        "owner": Step("Owner", role=Role.OWNER),
        "client": of_client(),
    }
    chain = [steps[name] for name in workflow]
    team.use(*chain)
    life = Life(team, team.write(unfinished=True), chain, people=vars(team))
    life.act("submit", "author")
    written_to()
    for what, who in acts:
        life.act(what, who)
        life.check()
        written_to()  # each post of this test in a letter of its own
