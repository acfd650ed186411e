"""What is known of the numbers' health, as the page and the API tell it: bounded to who asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from app.health import words
from app.health.words import Light, Line
from foundation.database import utc_now
from identity.work import Work
from warehouse import releases
from warehouse.gates import quarantine, results
from warehouse.gates.quarantine import Batch
from warehouse.releases import Build, BuildStatus, Release

LATELY: Final = timedelta(days=1)
DAYS: Final = 14
BUILDS: Final = 5
DECIDED: Final = 10


@dataclass(frozen=True)
class Waiting:
    """What waits of one account for one reason, decided together: its batches, the newest first."""

    batches: tuple[Batch, ...]

    @property
    def newest(self) -> Batch:
        """The one that a verdict names."""
        return self.batches[0]

    @property
    def first_hour(self) -> datetime:
        """The hour of the first of them (aware UTC): since then the account's newest numbers wait."""
        return min(batch.hour for batch in self.batches)


@dataclass(frozen=True)
class Health:
    """Everything. `raw` and `marts` are the checks of the two gates, their `days` the `days` here (UTC)."""

    release: Release | None
    builds: tuple[Build, ...]
    waiting: tuple[Waiting, ...]
    decided: tuple[Batch, ...]
    raw: tuple[Line, ...]
    marts: tuple[Line, ...]
    days: tuple[date, ...]

    @property
    def light(self) -> Light:
        """All in all: red where numbers wait or are held back, yellow where something is to be looked at."""
        ended = next((build for build in self.builds if build.finished_at is not None), None)
        held_back = ended is not None and ended.status in (BuildStatus.REFUSED, BuildStatus.FAILED)
        lights = {line.light for line in (*self.raw, *self.marts)}
        if self.waiting or held_back or Light.RED in lights:
            return Light.RED
        return Light.YELLOW if Light.YELLOW in lights else Light.GREEN


def health(work: Work) -> Health:
    """What there is to tell to this member.

    Raises:
        ForbiddenError: they may not read numbers.
    """
    now = utc_now()
    days = tuple(now.date() - timedelta(days=back) for back in reversed(range(DAYS)))
    batches = quarantine.listed(work)
    waiting = [one for one in batches if one.verdict is None]
    by_day = results.by_day(work.session, datetime.combine(days[0], time(), UTC))
    raw = words.of_raw(
        results.newest(work.session, results.RAW),
        results.recent_findings(work.session, now - LATELY),
        waiting,
    )
    marts = words.of_marts(results.newest(work.session, results.MARTS))
    return Health(
        releases.current(),
        tuple(releases.last_builds(BUILDS)),
        tuple(together(waiting)),
        tuple(one for one in batches if one.verdict is not None)[:DECIDED],
        tuple(words.with_days(raw, results.RAW, by_day, days)),
        tuple(words.with_days(marts, results.MARTS, by_day, days)),
        days,
    )


def together(waiting: Sequence[Batch]) -> list[Waiting]:
    """What waits, by what is decided at once (`settling.settle`)."""
    found: dict[tuple[UUID, str, str], list[Batch]] = {}
    for batch in sorted(waiting, key=lambda one: one.hour, reverse=True):
        found.setdefault((batch.account_id, batch.entity, batch.checks[0]), []).append(batch)
    return [Waiting(tuple(batches)) for batches in found.values()]
