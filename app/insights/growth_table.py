"""How the followers of each account grew, as a table."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

import polars as pl
from markupsafe import Markup

from app.views import networks, numbers
from app.views.accounts_table import head
from app.views.html import joined, markup
from warehouse.catalogue import definition


def growth_table(rows: pl.DataFrame, days: int, broken: Set[str] = frozenset()) -> Markup:
    """One row an account, most followers first: the columns of `Reader.growth` over so many days.

    `broken`: the networks of which followers began to mean something else in these days.
    """
    ordered = rows.sort("followers_last", "account_name", descending=[True, False], nulls_last=True)
    return markup(
        '<div class="scroll"><table class="data"><thead><tr><th>Account</th>{heads}</tr></thead>'
        "<tbody>{body}</tbody></table></div>",
        heads=joined([head(name, meaning) for name, meaning in _heads()]),
        body=joined([_row(row, days, row["network"] in broken) for row in ordered.iter_rows(named=True)]),
    )


def _heads() -> tuple[tuple[str, str], ...]:
    return (
        ("Followers", definition("followers")),
        ("Net", "The last count known in these days, less the first."),
        ("Gained", definition("follows")),
        ("Lost", definition("unfollows")),
        ("At this pace, in a year", "What the last 28 known days come to in a year, compounded."),
    )


def _row(row: dict[str, Any], days: int, broken: bool) -> Markup:
    first, last, rate = row["followers_first"], row["followers_last"], row["annualised_rate"]
    net = None if first is None or last is None or row["known_days"] < 2 else last - first
    return markup(
        '<tr><td><b>{name}</b><div class="sub">{chip}{brand}</div></td><td class="num">{last}'
        '<div class="sub">{known}</div></td>{net}<td class="num">{gained}<div class="sub">{told}</div></td>'
        '<td class="num">{lost}</td>{rate}</tr>',
        name=row["account_name"],
        chip=networks.chip(row["network"]),
        brand="" if row["brand_name"] == row["account_name"] else f" · {row['brand_name']}",
        last=numbers.whole(last),
        known="" if row["known_days"] == days else f"known on {row['known_days']} of {days} days",
        net=_signed(None if broken else net, broken),
        gained=numbers.whole(row["gained"]),
        told=_told(row, days),
        lost=numbers.whole(row["lost"]),
        rate=_rate(None if broken else rate, broken),
    )


def _told(row: dict[str, Any], days: int) -> str:
    if row["gained"] is None:
        return "not told for these days"
    return "" if row["gained_days"] == days else f"of {row['gained_days']} days"


def _signed(value: int | None, broken: bool) -> Markup:
    if value is None:
        return _unknown(broken)
    tone = "flat" if not value else "up" if value > 0 else "down"
    text = f"{value:+,}".replace("-", numbers.MINUS) if value else "0"
    return markup('<td class="num"><span class="delta {tone}">{text}</span></td>', tone=tone, text=text)


def _rate(value: float | None, broken: bool) -> Markup:
    return (
        _unknown(broken) if value is None else markup('<td class="num">{it}</td>', it=numbers.change(value))
    )


def _unknown(broken: bool) -> Markup:
    why, text = ("followers changed their meaning", "n/a") if broken else ("unknown", numbers.UNKNOWN)
    return markup('<td class="num unknown" title="{why}">{text}</td>', why=why, text=text)
