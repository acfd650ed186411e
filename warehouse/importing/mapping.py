"""Which column of a file is which canonical one, and how its times are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from publishing.importing.entries import Place, Problem
from warehouse.importing.columns import COLUMNS, Kind, Reads, normal
from warehouse.importing.moments import Order
from warehouse.importing.presets import Preset, canonical
from warehouse.importing.tables import Table

SHOWN: Final = 40  # columns that a message names
NONE: Final = ""  # a column chosen by hand that the file does not have


@dataclass(frozen=True)
class Chosen:
    """What a person says about a file, beyond what it says itself.

    `columns` are headers by canonical column. `account` and `network` are where the file names none. `zone`
    is an IANA zone for times without offset, `order` which of day and month comes first.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    account: str = ""
    network: str = ""
    zone: str = ""
    order: Order = Order.ASK


@dataclass(frozen=True)
class Mapped:
    """Where each canonical column stands: places of cells (from 0), the first with something in it counts.

    `zone` None: the account's own clock; "" : an offset is needed.
    """

    preset: Preset
    places: Mapping[str, tuple[int, ...]]
    network: str
    account: str
    zone: str | None
    order: Order


def mapped(table: Table, kind: Kind, preset: Preset | None, chosen: Chosen) -> tuple[Mapped, list[Problem]]:
    """How the file is read, and what keeps it from being read: columns that lack, or are there twice."""
    base = preset or canonical(kind)
    by_name: dict[str, list[int]] = {}
    for place, header in enumerate(table.header):
        if header:
            by_name.setdefault(normal(header), []).append(place)
    problems: list[Problem] = []
    places: dict[str, tuple[int, ...]] = {}
    for one in COLUMNS[kind]:
        asked = chosen.columns.get(one.name)
        headers = base.columns.get(one.name, ()) if asked is None else (asked,)
        found = [by_name[normal(header)] for header in headers if normal(header) in by_name]
        for several in found:
            if len(several) > 1:
                problems.append(_twice(table, several))
        if asked and not found:
            words = f"There is no column {asked}. The columns are: {_listed(table.header)}."
            problems.append(Problem(Place(table.line, 1, one.name), words))
        places[one.name] = tuple(place for several in found for place in several)
    result = Mapped(
        base,
        places,
        chosen.network or base.network or "",
        chosen.account,
        _zone(base, chosen),
        chosen.order if chosen.order is not Order.ASK else base.order,
    )
    return result, problems or _lacking(table, kind, result)


def _zone(preset: Preset, chosen: Chosen) -> str | None:
    if chosen.zone:
        return chosen.zone
    return "" if preset.key == "canonical" else preset.zone


def _twice(table: Table, several: Sequence[int]) -> Problem:
    numbers = " and ".join(str(place + 1) for place in several)
    name = table.header[several[0]]
    words = f"The column {name} is there twice (columns {numbers}). Rename the one that is not meant."
    return Problem(Place(table.line, several[1] + 1, name), words)


def _listed(header: Sequence[str]) -> str:
    names = [name if len(name) <= 40 else f"{name[:40]}…" for name in header if name]
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def _lacking(table: Table, kind: Kind, result: Mapped) -> list[Problem]:
    given = {Reads.PLATFORM: bool(result.network), Reads.ACCOUNT: bool(result.account)}
    lacking = [
        one.name
        for one in COLUMNS[kind]
        if one.needed and not result.places[one.name] and not given.get(one.reads)
    ]
    if "account" in lacking and result.places["account_id"]:
        lacking.remove("account")
    known = _listed(table.header)
    return [
        Problem(
            Place(table.line, 1, name),
            f"No column says {_SAYS.get(name, name)}. Name the column that does; the columns are: {known}.",
        )
        for name in lacking
    ]


_SAYS: Final = {
    "account": "which account this is (account); or choose the account",
    "platform": "which network this is (platform); or choose the network",
    "post_id": "which post this is (post_id)",
    "published_at": "when the post appeared (published_at)",
    "date": "which day this is (date)",
    "followers": "how many followers there were (followers)",
}
