from __future__ import annotations

from threading import Thread

from sqlalchemy import text

from foundation.database import worker_session
from foundation.settings import get_settings
from identity.permissions import Role
from publishing.approvals import reminders
from publishing.approvals.models import Standing
from publishing.approvals.steps import Needs, Step
from tests.identity.letters import letters_to
from tests.publishing.approvals.conftest import CLIENT, Team, happened, kinds, of_client


def pass_hours(hours: int) -> None:
    with worker_session() as session:
        session.execute(
            text("UPDATE approval_rounds SET asked_at = asked_at - make_interval(hours => :hours)"),
            {"hours": hours},
        )


def remind() -> int:
    return reminders.remind(get_settings())


def test_who_has_not_decided_is_asked_again_once_per_interval(team: Team) -> None:
    team.use(Step("Editors", role=Role.EDITOR, needs=Needs.ALL, remind_after_hours=5))
    post_id = team.write()
    team.decide(post_id, team.anna)
    pass_hours(4)
    assert remind() == 0
    pass_hours(1)
    assert (remind(), remind()) == (1, 0)
    assert happened(post_id)[-1][1]["person_ids"] == [str(team.bela)]
    assert happened(post_id)[-1][1]["reminder"] is True
    pass_hours(5)
    assert remind() == 1
    assert team.decide(post_id, team.bela) is Standing.APPROVED
    pass_hours(50)
    assert remind() == 0
    assert kinds(post_id) == ["needs_approval"] * 3 + ["approved"]


def test_a_client_gets_a_new_link(team: Team) -> None:
    team.use(of_client())
    team.write()
    pass_hours(24)
    assert remind() == 1
    first, second = letters_to(CLIENT)
    assert "Still waiting for you" in second.subject
    assert first.text != second.text


def test_the_hours_begin_anew_at_each_step_and_0_is_never(team: Team) -> None:
    team.use(Step("Editors", role=Role.EDITOR), Step("Owner", role=Role.OWNER, remind_after_hours=0))
    post_id = team.write()
    pass_hours(30)
    team.decide(post_id, team.anna)
    assert remind() == 0
    pass_hours(1000)
    assert remind() == 0


def test_two_who_remind_at_once_remind_once(team: Team) -> None:
    team.use(Step("Editors", role=Role.EDITOR))
    post_id = team.write()
    pass_hours(24)
    threads = [Thread(target=remind) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kinds(post_id) == ["needs_approval"] * 2


def test_a_deleted_organization_is_left_alone(team: Team) -> None:
    team.use(of_client())
    team.write()
    pass_hours(24)
    with worker_session() as session:
        session.execute(text("UPDATE organizations SET deleted_at = now()"))
    assert remind() == 0
