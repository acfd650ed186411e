"""The run that makes the coming posts of recurrences."""

from __future__ import annotations

from datetime import datetime

import dagster as dg
from sqlalchemy import func, select, text

from foundation.database import Tenant, tenant_session, worker_session
from pipelines.publishing.definitions import defs
from pipelines.publishing.recurring import hourly_recurring, recurring
from publishing.drafts import Draft
from publishing.models import Post
from publishing.scheduling import recurrences
from tests.publishing.conftest import make_tenant
from tests.publishing.network import MemoryNetwork, MemorySenders


def posts() -> int:
    with worker_session() as session:
        return session.scalar(select(func.count()).select_from(Post)) or 0


def test_a_run_makes_what_is_not_made_yet_and_a_second_one_nothing(settings: object) -> None:
    assert settings
    tenant = make_tenant(MemorySenders({"facebook": MemoryNetwork()}))
    with tenant_session(Tenant(tenant.organization_id)) as session:
        draft = Draft(tenant.brand_id, [tenant.facebook], "again")
        starts = datetime(2026, 1, 5, 9)
        make = recurrences.create
        make(session, tenant.organization_id, draft, "FREQ=WEEKLY", starts, senders=tenant.senders)
    made = posts()
    assert made in (8, 9)
    with worker_session() as session:
        session.execute(text("DELETE FROM publications"))
        session.execute(text("DELETE FROM posts"))
        session.execute(text("UPDATE recurrences SET made_until = NULL"))
    for _ in range(2):
        assert recurring.execute_in_process().success
        assert posts() == made


def test_it_runs_every_hour_on_the_share_of_publishing() -> None:
    assert defs.schedules == [hourly_recurring]
    assert hourly_recurring.default_status is dg.DefaultScheduleStatus.RUNNING
    assert (hourly_recurring.job_name, recurring.tags["allin/kind"]) == ("recurring", "publishing")
