"""Reading a file without any store: what comes of its rows, and what is said about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from publishing.importing.entries import Problem
from warehouse.importing.accounts import Accounts, Known
from warehouse.importing.columns import Kind
from warehouse.importing.findings import Findings
from warehouse.importing.mapping import Chosen, mapped
from warehouse.importing.presets import recognised
from warehouse.importing.rows import FOLLOWER_FIELDS, POST_FIELDS, Reader
from warehouse.importing.tables import opened, rows

EXPORTED = datetime(2026, 11, 20, 12, tzinfo=UTC)
ORGANIZATION, BRAND = UUID(int=1), UUID(int=2)
PAGE = Known(UUID(int=3), "facebook", "1048", "Nordlicht", "nordlicht", BRAND, "Europe/Berlin")
HANDLE = Known(UUID(int=4), "x", "900", "Nordlicht", "@nordlicht", BRAND, "Europe/Berlin")


@dataclass
class Read:
    """Rows that are right by field, problems as text, and notices."""

    preset: str | None
    rows: list[dict[str, Any]]
    problems: list[str]
    notices: list[str]


def read(
    folder: Path, content: str | bytes, kind: Kind = Kind.POSTS, chosen: Chosen | None = None, **more: str
) -> Read:
    """What comes of a file with this content; `more` are fields of what is chosen by hand."""
    file = folder / "file.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    table = opened(file, lambda cells: recognised(cells) is not None)
    preset = recognised(table.header)
    how, problems = mapped(table, kind, preset, chosen or Chosen(**more))  # type: ignore[arg-type]
    if problems:
        return Read(preset.key if preset else None, [], _said(problems), [])
    accounts = Accounts([PAGE, HANDLE], ORGANIZATION, BRAND, "Europe/Berlin")
    fields = POST_FIELDS if kind is Kind.POSTS else FOLLOWER_FIELDS
    with Findings(folder / "problems.csv", file.name) as findings:
        reader = Reader(kind, how, table.header, accounts, EXPORTED, findings)
        found = [values for line, cells in rows(table) if (values := reader.read(line, cells))]
        right = [dict(zip(fields, values, strict=True)) for values in found]
        return Read(preset.key if preset else None, right, _said(findings.first), findings.told())


def _said(problems: list[Problem]) -> list[str]:
    return [f"{place}: {words}" for place, words in problems]
