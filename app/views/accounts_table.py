"""The table of accounts on the Overview."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl
from markupsafe import Markup

from app.views import networks, numbers
from app.views.html import joined, markup
from app.views.times import moment
from app.web.paths import DATA_HEALTH
from warehouse.catalogue import definition
from warehouse.reads import change

METRICS: Final = (
    ("followers", "Followers"),
    ("views", "Views"),
    ("engagement", "Engagement"),
    ("posts", "Posts"),
)


def accounts_table(rows: pl.DataFrame, zone: ZoneInfo) -> Markup:
    """One row an account, most followers first.

    `rows` has account_name, brand_name, network, status, last_observed_at (aware or null), is_waiting, and
    for each metric its value and ``<metric>_previous``; for some ``<metric>_at_age`` and its ``_previous``,
    which are compared instead where both are known, and ``<metric>_break``, why there is nothing to compare.
    """
    ordered = rows.sort("followers", "account_name", descending=[True, False], nulls_last=True)
    return markup(
        '<div class="scroll"><table class="data"><thead><tr><th>Account</th>{heads}'
        "<th>Newest number</th></tr></thead><tbody>{body}</tbody></table></div>",
        heads=joined([head(name, definition(key)) for key, name in METRICS]),
        body=joined([_row(row, zone) for row in ordered.iter_rows(named=True)]),
    )


def head(name: str, meaning: str) -> Markup:
    """The head of a column of numbers, with what they mean for who points at it."""
    return markup('<th class="num" title="{meaning}">{name}</th>', name=name, meaning=meaning)


def _row(row: dict[str, Any], zone: ZoneInfo) -> Markup:
    lost = Markup('<span class="chip bad">reconnect</span>') if row["status"] == "needs_reconnect" else ""
    return markup(
        '<tr><td><b>{name}</b> {lost}{waits}<div class="sub">{chip}{brand}</div></td>{cells}'
        '<td class="sub">{fresh}</td></tr>',
        name=row["account_name"],
        lost=lost,
        waits=waiting_chip() if row.get("is_waiting") else "",
        chip=networks.chip(row["network"]),
        brand="" if row["brand_name"] == row["account_name"] else f" · {row['brand_name']}",
        cells=joined([_cell(row, key) for key, _ in METRICS]),
        fresh=_fresh(row["last_observed_at"], zone),
    )


def waiting_chip() -> Markup:
    """Newer numbers of the account are held back; a way to what is the matter."""
    return markup(
        '<a class="chip busy" href="{health}" target="_self" title="Its newest numbers look wrong; these '
        'are the last good ones">newest numbers wait</a>',
        health=DATA_HEALTH,
    )


def _cell(row: dict[str, Any], key: str) -> Markup:
    value, broken = row[key], row.get(f"{key}_break")
    if value is None and broken:
        return markup('<td class="num unknown" title="{why}">n/a</td>', why=f"n/a: {broken}")
    if value is None:
        return Markup('<td class="num unknown" title="unknown">–</td>')
    aged, aged_previous = row.get(f"{key}_at_age"), row.get(f"{key}_at_age_previous")
    known = aged is not None and aged_previous is not None
    fraction = change(aged, aged_previous) if known else change(value, row[f"{key}_previous"])
    tone = "flat" if not fraction else "up" if fraction > 0 else "down"
    return markup(
        '<td class="num">{value}<div class="delta {tone}" title="{why}">{percent}</div></td>',
        value=numbers.whole(value),
        tone=tone,
        why=f"not compared: {broken}" if broken and fraction is None else "",
        percent=numbers.change(fraction),
    )


def _fresh(at: datetime | None, zone: ZoneInfo) -> str:
    return numbers.UNKNOWN if at is None else moment(at, zone)
