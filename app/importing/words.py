"""What is told about imports, for the page and the command line alike."""

from __future__ import annotations

from warehouse.importing.columns import Kind
from warehouse.importing.examining import Examined
from warehouse.importing.records import Import, State

STATES = {State.LANDING: "interrupted", State.LANDED: "imported", State.UNDONE: "undone"}


def count(number: int, noun: str) -> str:
    """``1 row``, ``2,000 rows``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def rows(kind: str, number: int) -> str:
    """How many rows, as what they are about."""
    return count(number, "post" if kind == Kind.POSTS else "day")


def state(row: Import) -> str:
    """How far an import came, in a word."""
    return STATES[State(row.state)]


def what(row: Import) -> str:
    """File, rows, accounts and days of an import."""
    parts = [row.file_name, rows(row.kind, row.row_count), count(row.account_count, "account")]
    if row.first_day and row.last_day:
        parts.append(f"{row.first_day} to {row.last_day}")
    if row.left_out:
        parts.append(f"{row.left_out:,} wrong rows left out")
    return ", ".join(parts)


def summary(examined: Examined) -> str:
    """What was found in a file: how it is read, and how much of it is right."""
    if examined.blocked:
        return "it can't be read as it is"
    label = examined.preset.label if examined.preset else "AllIN's own columns"
    accounts = count(len(examined.found) + len(examined.made), "account")
    parts = [label, f"{rows(examined.wanted.kind, examined.right)} of {accounts}"]
    if examined.days:
        parts.append(f"{examined.days[0]} to {examined.days[1]}")
    if examined.wrong:
        parts.append(f"{count(examined.wrong, 'row')} wrong")
    parts.append(f"as of {examined.exported_at:%Y-%m-%d %H:%M} UTC")
    return ", ".join(parts)
