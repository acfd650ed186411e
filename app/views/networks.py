"""How the networks look in charts and chips: their own colours."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

from app.views.html import markup
from platforms.registry import network

COLOURS: Final = {
    "facebook": "#1877f2",
    "instagram": "#d6249f",
    "x": "#0f1419",
    "linkedin": "#0a66c2",
    "tiktok": "#00b3ad",
    "youtube": "#e62117",
    "pinterest": "#bd081c",
    "threads": "#444444",
    "bluesky": "#1185fe",
    "mastodon": "#6364ff",
}
OTHER: Final = "#5b6b88"


def colour(key: str) -> str:
    """The network's colour, #rrggbb."""
    return COLOURS.get(key, OTHER)


def label(key: str) -> str:
    """The network's name for people."""
    return network(key).label


def chip(key: str) -> Markup:
    """A small coloured label."""
    return markup(
        '<span class="net"><i style="background:{colour}"></i>{label}</span>',
        colour=colour(key),
        label=label(key),
    )
