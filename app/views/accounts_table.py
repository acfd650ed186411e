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
from warehouse.reads import change

METRICS: Final = (
    ("followers", "Followers"),
    ("views", "Views"),
    ("engagement", "Engagement"),
    ("posts", "Posts"),
)


def accounts_table(rows: pl.DataFrame, zone: ZoneInfo) -> Markup:
    """One row an account, most followers first.

    `rows` has account_name, brand_name, network, status, last_observed_at (aware or null) and for each
    metric its value and ``<metric>_previous``.
    """
    ordered = rows.sort("followers", "account_name", descending=[True, False], nulls_last=True)
    return markup(
        '<div class="scroll"><table class="data"><thead><tr><th>Account</th>{heads}'
        "<th>Newest number</th></tr></thead><tbody>{body}</tbody></table></div>",
        heads=joined([markup('<th class="num">{name}</th>', name=name) for _, name in METRICS]),
        body=joined([_row(row, zone) for row in ordered.iter_rows(named=True)]),
    )


def _row(row: dict[str, Any], zone: ZoneInfo) -> Markup:
    lost = Markup('<span class="chip bad">reconnect</span>') if row["status"] == "needs_reconnect" else ""
    return markup(
        '<tr><td><b>{name}</b> {lost}<div class="sub">{chip}{brand}</div></td>{cells}'
        '<td class="sub">{fresh}</td></tr>',
        name=row["account_name"],
        lost=lost,
        chip=networks.chip(row["network"]),
        brand="" if row["brand_name"] == row["account_name"] else f" · {row['brand_name']}",
        cells=joined([_cell(row[key], row[f"{key}_previous"]) for key, _ in METRICS]),
        fresh=_fresh(row["last_observed_at"], zone),
    )


def _cell(value: float | None, previous: float | None) -> Markup:
    if value is None:
        return Markup('<td class="num unknown" title="unknown">–</td>')
    fraction = change(value, previous)
    tone = "flat" if not fraction else "up" if fraction > 0 else "down"
    return markup(
        '<td class="num">{value}<div class="delta {tone}">{percent}</div></td>',
        value=numbers.whole(value),
        tone=tone,
        percent=numbers.change(fraction),
    )


def _fresh(at: datetime | None, zone: ZoneInfo) -> str:
    return numbers.UNKNOWN if at is None else moment(at, zone)
