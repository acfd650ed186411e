"""What posts have in common, as bars beside the account's usual post."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import polars as pl
from markupsafe import Markup

from app.views.html import joined, markup

HEADINGS: Final = {
    "kind": "Kind of post",
    "length": "Characters of the text",
    "media": "Pictures and videos",
    "hashtags": "Hashtags",
    "link": "Links",
    "label": "Labels",
    "campaign": "Campaigns",
}
FEW: Final = 5  # posts, below which nothing is said about what they have in common
NOTABLE: Final = 1.1  # times the usual, below which nothing is made of it
LISTED: Final = 8
TOP: Final = 3.0  # the end of the scale


@dataclass(frozen=True)
class Finding:
    """The best value of a facet, in words."""

    heading: str
    value: str
    index: str
    posts: str


def has(found: pl.DataFrame, facet: str) -> bool:
    """Whether a facet tells anything: of all but labels and campaigns at least two values are needed."""
    values = found.filter(pl.col("facet") == facet).height
    return values > 1 or (values == 1 and facet in ("label", "campaign"))


def findings(found: pl.DataFrame, most: int = 4) -> list[Finding]:
    """The facets whose best value lies furthest above the usual, `most` at most; none from a few posts."""
    several = [facet for facet in HEADINGS if has(found, facet)]
    sure = found.filter(
        pl.col("facet").is_in(several) & (pl.col("compared") >= FEW) & (pl.col("index") >= NOTABLE)
    )
    best = sure.sort("index", "compared", descending=True).unique("facet", keep="first", maintain_order=True)
    return [
        Finding(
            HEADINGS[row["facet"]],
            row["value"][:1].upper() + row["value"][1:],
            times(row["index"]),
            f"the usual, over {row['compared']:,} posts",
        )
        for row in best.head(most).iter_rows(named=True)
    ]


def bars(rows: pl.DataFrame) -> Markup:
    """A line a value: its bar, how many times the usual, and on how many posts that stands.

    `rows` has facet, value, posts, compared, index, above. What has no order of its own comes best first.
    """
    named = rows["facet"].is_in(["label", "campaign", "kind"]).any()
    ordered = rows.sort("index", "posts", descending=True, nulls_last=True) if named else rows
    left = ordered.height - LISTED
    rest = markup('<div class="sub">and {left} more</div>', left=left) if left > 0 else ""
    lines = joined([_line(row) for row in ordered.head(LISTED).iter_rows(named=True)])
    return markup('<div class="facets">{lines}{rest}</div>', lines=lines, rest=rest)


def times(index: float) -> str:
    """How many times the usual: ``1.5 ×``."""
    return f"{index:.1f} ×" if index < 10 else f"{index:,.0f} ×"


def _line(row: dict[str, Any]) -> Markup:
    posts = f"{row['posts']:,} post{'s' if row['posts'] != 1 else ''}"
    sure = row["index"] is not None and row["compared"] >= FEW
    return markup(
        '<div class="facet{faint}" title="{title}"><span class="name">{value}</span>'
        '<span class="bar"><i class="{tone}" style="width:{width:.0f}%"></i></span><b>{index}</b>'
        '<span class="sub">{posts}</span></div>',
        faint="" if sure else " faint",
        title=f"{row['above']} of {row['compared']} did better than usual"
        if sure
        else "too few posts to tell",
        value=row["value"],
        tone="up" if sure and row["index"] > 1 else "",
        width=0 if row["index"] is None else 100 * min(row["index"], TOP) / TOP,
        index="–" if row["index"] is None else times(row["index"]),
        posts=posts,
    )
