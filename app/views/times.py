"""Moments and periods on a brand's clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone_or_utc(name: str | None) -> ZoneInfo:
    """The zone a browser names, or UTC when it names none we know."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def abbreviation(at: datetime, zone: ZoneInfo) -> str:
    """How the zone is called at that moment: CET, EST, or UTC+09 where it has no letters."""
    name = at.astimezone(zone).tzname() or ""
    return name if name[:1].isalpha() else f"UTC{name}"


def moment(at: datetime, zone: ZoneInfo) -> str:
    """Day and minute on the zone's clock: ``Sat 21 Nov 2026, 03:12 CET``."""
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M} {abbreviation(at, zone)}"


def moment_with_utc(at: datetime, zone: ZoneInfo) -> str:
    """The same, followed by the time in UTC where that is another one (with the day where it differs)."""
    if not zone.utcoffset(at.astimezone(zone)):
        return moment(at, zone)
    local, utc = at.astimezone(zone), at.astimezone(UTC)
    day = "" if local.date() == utc.date() else f"{utc:%a} {utc.day} {utc:%b} "
    return f"{moment(at, zone)} ({day}{utc:%H:%M} UTC)"


def day(at: datetime, zone: ZoneInfo) -> str:
    """The day of a moment on the zone's clock: ``21 Nov 2026``."""
    on = at.astimezone(zone).date()
    return day_span(on, on)


def day_span(start: date, end: date) -> str:
    """A span of days: ``25 Oct – 21 Nov 2026``."""
    first = f"{start.day} {start:%b}" + ("" if start.year == end.year else f" {start:%Y}")
    last = f"{end.day} {end:%b %Y}"
    return last if start == end else f"{first} – {last}"


@dataclass(frozen=True)
class Period:
    """Days from `start` to `end`, both included."""

    start: date
    end: date

    @property
    def before(self) -> Period:
        """The equally long period right before."""
        length = self.end - self.start
        last = self.start - timedelta(days=1)
        return Period(last - length, last)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days + 1

    def __str__(self) -> str:
        return day_span(self.start, self.end)


def last_days(days: int, today: date) -> Period:
    """The `days` days that end today."""
    return Period(today - timedelta(days=days - 1), today)


def moments(day: date, clock: time, zone: ZoneInfo) -> list[datetime]:
    """When a wall clock of the zone shows this: UTC moments, in order.

    None when the clock skips it (daylight saving begins), two when it comes twice (it ends).
    """
    found: list[datetime] = []
    for fold in (0, 1):
        local = datetime.combine(day, clock, zone).replace(fold=fold)
        at = local.astimezone(UTC)
        exists = at.astimezone(zone).replace(tzinfo=None, fold=0) == local.replace(tzinfo=None, fold=0)
        if exists and at not in found:
            found.append(at)
    return sorted(found)
