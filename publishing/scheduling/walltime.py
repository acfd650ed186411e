"""A time on the wall clock of an IANA zone, as the moment it stands for. Pure: it reads no clock.

A clock that is put forward skips times, one that is put back shows times twice. What is taken then follows
RFC 5545, section 3.3.5: a skipped time is read with the offset from before the gap (so 02:30 becomes 03:30),
and of a time that comes twice the first is taken. Either way it is told, with the choices there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class Happens(StrEnum):
    """How often the clock shows a time."""

    ONCE = "once"
    NEVER = "never"
    TWICE = "twice"


@dataclass(frozen=True)
class Reading:
    """What a wall-clock time comes to.

    `local` is as it was asked, without zone; `at` is the moment that is taken, `choices` are all that it may
    stand for, in order (aware UTC). Of a time that never happens these are the moments it would be by the
    clock before and after the change.
    """

    local: datetime
    zone: ZoneInfo
    happens: Happens
    at: datetime
    choices: tuple[datetime, ...]

    @property
    def notice(self) -> str | None:
        """What people are told of a time that is not plain; None where it is."""
        asked = _said(self.local)
        taken = self.at.astimezone(self.zone)
        if self.happens is Happens.NEVER:
            return (
                f"{asked} does not exist in {self.zone.key}: the clock is put forward over it. "
                f"{_said(taken)} {_name(taken)} is taken instead."
            )
        if self.happens is Happens.TWICE:
            number = "first" if self.at == self.choices[0] else "second"
            return (
                f"{asked} comes twice in {self.zone.key}: the clock is put back. "
                f"The {number} one is taken ({_name(taken)}, {self.at:%H:%M} UTC)."
            )
        return None


def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name.

    Raises:
        ValueError: there is no such zone; the message is for people.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("Choose a time zone by its name, such as Europe/Berlin.") from None


def read(local: datetime, zone: ZoneInfo, *, second: bool = False) -> Reading:
    """The moment a wall-clock time stands for; `second` takes the second one where it comes twice.

    Raises:
        ValueError: `local` carries a zone, or is at the edge of the calendar.
    """
    if local.tzinfo is not None:
        raise ValueError("a wall-clock time carries no zone")
    local = local.replace(fold=0)
    try:
        first, other = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    except OverflowError:
        raise ValueError("This time is too far away.") from None
    if first == other:
        return Reading(local, zone, Happens.ONCE, first, (first,))
    if wall(first, zone) == local:
        return Reading(local, zone, Happens.TWICE, other if second else first, (first, other))
    # In a gap `fold` turns round: 0 has the offset before it, which gives the later moment.
    return Reading(local, zone, Happens.NEVER, first, (other, first))


def wall(at: datetime, zone: ZoneInfo) -> datetime:
    """What the zone's clock shows at a moment (aware): without zone."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def shifted(at: datetime, by: timedelta, zone: ZoneInfo) -> datetime:
    """The moment (aware UTC) at which the zone's clock shows `by` more than at `at` (aware).

    A day later is the same time on the clock, also where that day has 23 or 25 hours.
    """
    return at.astimezone(UTC) if not by else read(wall(at, zone) + by, zone).at


def _said(local: datetime) -> str:
    return f"{local:%H:%M} on {local:%a} {local.day} {local:%b %Y}"


def _name(at: datetime) -> str:
    name = at.tzname() or ""
    return name if name[:1].isalpha() else f"UTC{name}"
