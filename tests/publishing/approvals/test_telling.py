"""Who is asked to approve is not asked any more once there is nothing to approve."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text

from foundation.database import tenant_session, worker_session
from foundation.settings import Settings
from identity.permissions import Role
from publishing.approvals.steps import Step
from publishing.editing import delete_post
from tests.identity.acting import principal, second_of_two
from tests.publishing.approvals.conftest import Team, by_name
from tests.publishing.telling.conftest import tell_all

EDITORS = Step("Editors", role=Role.EDITOR)


def asked(post_id: UUID) -> set[UUID]:
    """Who has a new notification that says to approve the post."""
    with worker_session() as session:
        query = text(
            "SELECT n.person_id FROM notifications n JOIN happenings h ON h.id = n.happening_id "
            "WHERE h.post_id = :id AND n.kind = 'post.needs_approval' AND n.read_at IS NULL"
        )
        return set(session.scalars(query, {"id": post_id}))


def remove(team: Team, post_id: UUID) -> None:
    with tenant_session(team.tenant) as session:
        delete_post(session, post_id)


def test_what_was_decided_changed_or_deleted_asks_nobody_any_more(team: Team, settings: Settings) -> None:
    team.use(EDITORS, by_name(team.owner))
    approved, refused, changed, deleted, other = (team.write(f"post {number}") for number in range(5))
    tell_all(settings)
    editors = {team.anna, team.bela}
    assert asked(approved) == asked(refused) == asked(changed) == asked(deleted) == editors
    team.decide(approved, team.anna)
    team.decide(refused, team.anna, approves=False, words="Not yet.")
    team.edit(changed, "other words")
    remove(team, deleted)
    assert [asked(one) for one in (approved, refused, changed, deleted)] == [set()] * 4
    assert asked(other) == editors
    tell_all(settings)
    assert (asked(approved), asked(changed)) == ({team.owner}, editors)  # the next step, and the new words
    team.decide(approved, team.owner)
    assert asked(approved) == set()


def test_what_ended_before_it_was_told_is_told_to_nobody(team: Team, settings: Settings) -> None:
    team.use(EDITORS)
    before, meanwhile = team.write("before"), team.write("meanwhile")
    remove(team, before)
    owner = principal(team.owner, team.agency.organization_id)
    second_of_two(owner, lambda work: delete_post(work.session, meanwhile), lambda: tell_all(settings))
    assert asked(before) == asked(meanwhile) == set()
    with worker_session() as session:
        assert session.scalar(text("SELECT count(*) FROM emails")) == 0
