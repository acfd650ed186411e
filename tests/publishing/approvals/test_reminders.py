from __future__ import annotations

import re
from datetime import timedelta
from threading import Thread
from zoneinfo import ZoneInfo

from sqlalchemy import text

from foundation.database import tenant_session, utc_now, worker_session
from foundation.settings import get_settings
from identity.permissions import Role
from publishing.approvals import reminders
from publishing.approvals.models import Standing
from publishing.approvals.steps import Needs, Step
from publishing.drafts import Draft
from publishing.scheduling import recurrences
from publishing.scheduling.walltime import wall
from tests.publishing.approvals.conftest import Team, happened, kinds, of_client, written_to


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
    assert len(written_to()) == 1
    pass_hours(24)
    assert remind() == 1
    first, second = written_to()
    assert "Still waiting for you" in second.subject
    assert first.text != second.text


def test_a_client_gets_one_letter_about_all_that_is_near(team: Team) -> None:
    """A post that comes every day is made for 60 of them."""
    team.use(of_client())
    team.write("once, in a month", in_=timedelta(days=30))
    at = wall((utc_now() + timedelta(hours=2)).replace(second=0, microsecond=0), ZoneInfo("Europe/Berlin"))
    ids, senders = team.agency, team.agency.senders
    draft = Draft(ids.brand_id, [ids.facebook], "every day")
    with tenant_session(team.tenant) as session:
        recurrences.create(session, ids.organization_id, draft, "FREQ=DAILY", at, senders=senders)
    (letter,) = written_to()
    assert "Please look at 8 posts for Brand" in letter.subject
    assert letter.text.count("“every day”") == len(re.findall("token=", letter.text)) - 1 == 7
    assert letter.text.count("“once, in a month”") == 1
    assert len(written_to()) == 1, "what is far is left for later"
    pass_hours(24)
    assert remind() == 8
    assert "Still waiting for you: 8 posts" in written_to()[-1].subject
    assert len(written_to()) == 2
    with worker_session() as session:  # a day goes by
        session.execute(text("UPDATE publications SET due_at = due_at - interval '1 day'"))
    assert "Please look at a post" in written_to()[-1].subject


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
