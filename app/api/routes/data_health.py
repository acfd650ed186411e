"""Whether the numbers can be trusted: the checks, and what waits for a decision."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final

from app.api.callers import member
from app.api.route import Router
from app.api.schemas.health import DataHealth, HealthBuild, HealthCheck, SetAside, Standing
from app.health import words
from app.health.facts import Waiting, health
from app.health.words import Light, Line
from identity.permissions import Permission
from identity.work import Work

router = Router("data-health")
STANDING: Final = {
    Light.GREEN: Standing.GOOD,
    Light.YELLOW: Standing.LOOK,
    Light.RED: Standing.STOPPED,
}


@router.get("/data-health", summary="Whether the numbers can be trusted")
def get(work: Annotated[Work, member(Permission.ANALYTICS_READ)]) -> DataHealth:
    """What the page Data health tells: each check in words, what is set aside and why, and the newest builds.

    Of accounts, those you may see. What waits is accepted or rejected on that page.
    """
    found = health(work)
    release = found.release
    return DataHealth(
        standing=STANDING[found.light],
        release=release.id if release else None,
        numbers_of=release.numbers_at if release else None,
        waiting=[_waiting(group) for group in found.waiting],
        on_arrival=_checks(found.raw),
        before_showing=_checks(found.marts),
        days=list(found.days),
        builds=[
            HealthBuild(
                status=build.status,
                started_at=build.started_at,
                finished_at=build.finished_at,
                reasons=words.reasons(build),
            )
            for build in found.builds
        ],
    )


def _checks(lines: Iterable[Line]) -> list[HealthCheck]:
    return [
        HealthCheck(
            name=line.name,
            title=line.title,
            standing=STANDING[line.light],
            found=line.found,
            advice=line.advice,
            checked_at=line.at,
            days=[STANDING[light] if light else None for light in line.days],
        )
        for line in lines
    ]


def _waiting(group: Waiting) -> SetAside:
    newest = group.newest
    return SetAside(
        number=newest.id,
        account_id=newest.account_id,
        account_name=newest.account_name,
        network=newest.network,
        what=newest.entity,
        hours=len(group.batches),
        first_hour=group.first_hour,
        last_hour=newest.hour,
        reasons=list(newest.reasons),
        advice=newest.advice,
    )
