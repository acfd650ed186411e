"""Which days of raw answers can be parsed again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import duckdb

from foundation.settings import Settings
from platforms.registry import NETWORK_KEYS, network

# Of each network: the oldest day there is, and whether there is anything of these days.
LANDED: Final = """
SELECT network, min(observed_hour)::DATE, bool_or(observed_hour::DATE BETWEEN ? AND ?)
FROM lake.raw.answers WHERE network = coalesce(?, network) GROUP BY network ORDER BY network
"""


class ReplayError(RuntimeError):
    """These days can't be parsed again; a sentence for the operator."""


@dataclass(frozen=True)
class Replay:
    """The answers observed from `first` to `last` (days in UTC, both included) of a network; None: of all.

    Raises:
        ReplayError: the days are the wrong way round, or there is no such network.
    """

    first: date
    last: date
    network: str | None = None

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ReplayError(f"{self.last} is before {self.first}: give the first day first")
        if self.network is not None and self.network not in NETWORK_KEYS:
            raise ReplayError(f"there is no network {self.network!r}; there are {', '.join(NETWORK_KEYS)}")

    @property
    def variables(self) -> dict[str, str | None]:
        """dbt's variables for it; see the macro `landed_answers`."""
        return {
            "replay_from": self.first.isoformat(),
            "replay_to": self.last.isoformat(),
            "replay_network": self.network,
        }


def parsed_days(first: str, last: str = "") -> tuple[date, date]:
    """Two days from ISO text; an empty last one is the first.

    Raises:
        ReplayError: one is no day.
    """
    days = []
    for text in (first, last or first):
        try:
            days.append(date.fromisoformat(text))
        except ValueError:
            raise ReplayError(f"{text!r} is no day: write it as 2026-11-01") from None
    return days[0], days[1]


def require_raw(connection: duckdb.DuckDBPyConnection, replay: Replay, settings: Settings) -> None:
    """Go on only if the raw answers of these days are all there.

    The models replace what they have of these days by what the answers say, so numbers whose answers were
    forgotten (``ALLIN_<NETWORK>_RAW_DAYS``) would be lost.

    Raises:
        ReplayError: a network's answers reach less far back, or there is none of these days.
    """
    found = connection.execute(LANDED, [replay.first, replay.last, replay.network]).fetchall()
    if not any(has_some for _, _, has_some in found):
        raise ReplayError("no raw answer of these days is there, so there is nothing to parse again")
    for key, oldest, _ in found:
        whole = oldest + timedelta(days=1)  # of the oldest day some may be gone
        if key in NETWORK_KEYS and settings.raw_days(key) and replay.first < whole:
            raise ReplayError(
                f"{network(key).label}'s raw answers are kept for {settings.raw_days(key)} days, and those "
                f"before {whole} are gone: begin then, or choose another network with --network"
            )
