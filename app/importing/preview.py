"""What is shown of a file before it is imported: how it is read, its first rows, and everything wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl
import streamlit as st

from app.importing import words
from app.views import networks
from app.views.html import joined, markup
from app.views.notices import escaped
from app.views.times import day_span, moment, moment_with_utc, zone_or_utc
from identity.models import Brand
from publishing.importing.entries import Place
from warehouse.importing.columns import Kind
from warehouse.importing.examining import Examined

SHOWN: Final = 50  # problems
UNKNOWN: Final = "–"
ORDER: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.POSTS: (
        "line", "account", "published_at", "kind", "text", "impressions", "reach", "reactions", "comments",
        "shares", "saves", "clicks", "post_id", "link", "permalink",
    ),
    Kind.FOLLOWERS: ("line", "account", "date", "followers"),
}  # fmt: skip


def draw(examined: Examined, brand: Brand) -> None:
    """Draw it."""
    st.html(_facts(examined, brand))
    for line in examined.notices:
        st.caption(escaped(line))
    if examined.problem_count:
        _problems(examined)
    if examined.right:
        st.markdown("#### The first rows, as they are read")
        st.dataframe(_rows(examined, zone_or_utc(brand.timezone)), hide_index=True, key="import_rows")


def _facts(examined: Examined, brand: Brand) -> str:
    zone = zone_or_utc(brand.timezone)
    accounts = [f"{one.name} ({networks.label(one.network)})" for one in examined.found]
    new = [f"{one.name} ({networks.label(one.network)}), new" for one in examined.made]
    facts = [
        ("Read as", examined.preset.label if examined.preset else ""),
        ("Right", words.rows(examined.wanted.kind, examined.right)),
        ("Wrong", words.count(examined.wrong, "row") if not examined.blocked else "the file as a whole"),
        ("Accounts", _some([*accounts, *new])),
        ("Days", day_span(*examined.days) if examined.days else ""),
        ("As of", moment_with_utc(examined.exported_at, zone)),
        (
            "Columns",
            _some([_column(*one) for one in examined.columns.items()], 20),
        ),
        ("Letters", examined.encoding.upper()),
    ]
    rows = [
        markup("<dt>{name}</dt><dd>{value}</dd>", name=name, value=value) for name, value in facts if value
    ]
    return markup('<dl class="terms">{rows}</dl>', rows=joined(rows))


def _some(names: list[str], most: int = 6) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def _problems(examined: Examined) -> None:
    shown = examined.problems[:SHOWN]
    noun = words.count(examined.problem_count, "problem")
    st.markdown(
        f"#### {noun} in the file" if not examined.blocked else "#### The file can't be read as it is"
    )
    lines = [
        markup('<div class="move"><b>{place}</b><div>{said}</div></div>', place=_place(place), said=said)
        for place, said in shown
    ]
    st.html(markup('<div class="moves">{lines}</div>', lines=joined(lines)))
    if examined.problem_count > len(shown):
        st.caption(f"These are the first {len(shown)}. The file below has all of them.")
    st.download_button(
        "All problems (CSV)",
        examined.told.read_bytes,
        "problems.csv",
        "text/csv",
        icon=":material/download:",
        key="import_told",
    )


def _place(place: Place) -> str:
    return str(place).capitalize()


def _rows(examined: Examined, zone: ZoneInfo) -> pl.DataFrame:
    """The first rows as texts, for what is not known is no number; columns without anything are left out."""
    names = {str(one.id): f"{one.name} · {networks.label(one.network)}" for one in examined.found}
    names |= {str(one.id): f"{one.name} · {networks.label(one.network)} (new)" for one in examined.made}
    frame = examined.first.with_columns(account=pl.col("account_id").replace_strict(names, default=""))
    chosen = frame.select(ORDER[examined.wanted.kind])
    known = [name for name in chosen.columns if chosen[name].null_count() < chosen.height]
    return pl.DataFrame({name: [_cell(value, zone) for value in chosen[name]] for name in known})


def _cell(value: object, zone: ZoneInfo) -> str:
    if value is None:
        return UNKNOWN
    if isinstance(value, datetime):
        return moment(value, zone)
    return f"{value:,}" if isinstance(value, int) else str(value)


def _column(name: str, headers: tuple[str, ...]) -> str:
    others = [header for header in headers if header != name]
    return f"{name} ← {' / '.join(others)}" if others else name
