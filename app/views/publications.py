"""A publication as a card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from markupsafe import Markup

from app.views import networks
from app.views.html import joined, markup
from app.views.times import moment_with_utc, zone_or_utc
from publishing.listing import PublicationView
from publishing.states import State

# State -> (its word, the chip's tone in the style sheet).
WORDS: Final[dict[State, tuple[str, str]]] = {
    State.DRAFT: ("Draft", "off"),
    State.IN_REVIEW: ("In review", "wait"),
    State.APPROVED: ("Approved", "wait"),
    State.SCHEDULED: ("Scheduled", "wait"),
    State.PUBLISHING: ("Publishing", "busy"),
    State.PUBLISHED: ("Published", "good"),
    State.FAILED: ("Failed", "bad"),
    State.UNKNOWN: ("Unknown", "busy"),
    State.MISSED: ("Missed", "bad"),
    State.CANCELLED: ("Cancelled", "off"),
}
NOTHING: Final = Markup("")


def chip(state: State) -> Markup:
    """The state as a coloured word."""
    word, tone = WORDS[state]
    return markup('<span class="chip {tone}">{word}</span>', tone=tone, word=word)


def time_line(view: PublicationView) -> str:
    """When it went out, or when it will, on the brand's clock."""
    zone: ZoneInfo = zone_or_utc(view.timezone)
    if view.published_at is not None:
        return f"Published {moment_with_utc(view.published_at, zone)}"
    return f"Due {moment_with_utc(view.due_at, zone)}" if view.due_at else "No time yet"


def card(view: PublicationView, *, with_text: bool = True, picture: Markup = NOTHING) -> Markup:
    """State, account, time, text, what went wrong and what to do about it, and the live post.

    `picture` is a small look at its first file.
    """
    return markup(
        '<div class="pub">{picture}<div class="line">{chip}{net}<b>{account}</b>'
        '<span class="sub">{brand}</span><span class="sub">{part}</span></div>'
        '<div class="sub">{time}</div>{text}{link}{tags}{problem}{live}</div>',
        picture=picture,
        chip=chip(view.state),
        net=networks.chip(view.network),
        account=view.account_name,
        brand=view.brand_name if with_text and view.brand_name != view.account_name else "",
        part=f"part {view.part + 1}" if view.part else "",
        time=time_line(view),
        text=markup('<p class="text">{text}</p>', text=view.text) if with_text else NOTHING,
        link=_link(view.link, view.link) if with_text and view.link else NOTHING,
        tags=tags(view.labels) if with_text else NOTHING,
        problem=_problem(view),
        live=_link(view.permalink, "See the live post") if view.permalink else NOTHING,
    )


def said(view: PublicationView, picture: Markup = NOTHING) -> Markup:
    """The brand, and what is said for it; `picture` is a small look at its first file."""
    return markup(
        '<div class="pub">{picture}<div class="line"><b>{brand}</b></div>{text}{link}{tags}</div>',
        picture=picture,
        brand=view.brand_name,
        text=markup('<p class="text">{text}</p>', text=view.text),
        link=_link(view.link, view.link) if view.link else NOTHING,
        tags=tags(view.labels),
    )


def by_account(view: PublicationView) -> tuple[str, str, str, int]:
    """To sort the publications of a post: those of an account together, its parts in their order."""
    return view.network, view.account_name, str(view.account_id), view.part


def tags(labels: Sequence[str]) -> Markup:
    """Labels, beside each other."""
    if not labels:
        return NOTHING
    each = joined([markup('<span class="tag">{label}</span>', label=label) for label in labels])
    return markup('<div class="tags">{each}</div>', each=each)


def _problem(view: PublicationView) -> Markup:
    if not view.problem:
        return NOTHING
    return markup(
        '<div class="problem"><b>{problem}</b> {advice}</div>', problem=view.problem, advice=view.advice or ""
    )


def _link(address: str | None, text: str | None) -> Markup:
    """Only web addresses become links: a network's or a person's text never becomes a script."""
    if not address or not address.startswith(("https://", "http://")):
        return markup('<div class="sub">{text}</div>', text=text or "")
    return markup(
        '<div class="sub"><a href="{address}" target="_blank" rel="noopener noreferrer">{text}</a></div>',
        address=address,
        text=text or address,
    )
