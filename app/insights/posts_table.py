"""Posts as a table, each beside its account's usual."""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl
from markupsafe import Markup

from app.insights.facets import times
from app.views import networks, numbers
from app.views.accounts_table import head
from app.views.html import joined, markup
from app.views.times import moment
from warehouse.catalogue import definition

LENGTH: Final = 160  # characters shown of a text
AT_7_DAYS: Final = "engagement_7d", "engagement_rate_by_views_7d"


def posts_table(posts: pl.DataFrame) -> Markup:
    """One row a post, in the order given: the columns of `Reader.content_posts`.

    What stands for seven days has no column where it is known of none of them.
    """
    known = [column for column in AT_7_DAYS if posts[column].count()]
    return markup(
        '<div class="scroll"><table class="data"><thead><tr><th>Post</th>{heads}</tr></thead>'
        "<tbody>{body}</tbody></table></div>",
        heads=joined([head(name, meaning) for name, meaning in _heads(known)]),
        body=joined([_row(row, known) for row in posts.iter_rows(named=True)]),
    )


def _heads(known: list[str]) -> list[tuple[str, str]]:
    week = {
        "engagement_7d": (
            "Engagement, 7 days",
            f"{definition('engagement')} Seven days after posting.",
        ),
        "engagement_rate_by_views_7d": (
            "Rate by views, 7 days",
            f"{definition('engagement_rate_by_views')} Seven days after posting.",
        ),
    }
    usual = "Engagement beside the median of the account's own posts of 90 days."
    return [
        ("Of the usual", usual),
        *(week[column] for column in known),
        ("Engagement so far", definition("engagement")),
        ("Views so far", definition("views")),
    ]


def _row(row: dict[str, Any], known: list[str]) -> Markup:
    rate = row["engagement_rate_by_views_7d"]
    week = {
        "engagement_7d": numbers.whole(row["engagement_7d"]),
        "engagement_rate_by_views_7d": numbers.UNKNOWN if rate is None else f"{100 * rate:.2f} %",
    }
    figures = (
        *(week[column] for column in known),
        numbers.whole(row["engagement"]),
        numbers.whole(row["views"]),
    )
    return markup(
        '<tr><td class="post">{said} {gone}<div class="sub">{chip} · {account} · {kind} · {when}</div></td>'
        '<td class="num"><b>{index}</b></td>{figures}</tr>',
        said=_said(row),
        gone=Markup('<span class="chip off">deleted there</span>') if row["is_deleted"] else "",
        chip=networks.chip(row["network"]),
        account=row["account_name"],
        kind=row["kind"],
        when=moment(row["published_at"], ZoneInfo(row["timezone"])),
        index=numbers.UNKNOWN if row["index"] is None else times(row["index"]),
        figures=joined([markup('<td class="num">{it}</td>', it=it) for it in figures]),
    )


def _said(row: dict[str, Any]) -> Markup | str:
    """The first words of a post, with the way to it while it is there."""
    text = " ".join((row["text"] or "").split())
    words = (text if len(text) <= LENGTH else f"{text[: LENGTH - 1].rstrip()}…") or "(no text)"
    address = row["permalink"] or ""
    if row["is_deleted"] or not address.startswith(("https://", "http://")):
        return words
    return markup('<a href="{to}" target="_blank" rel="noopener">{words}</a>', to=address, words=words)
