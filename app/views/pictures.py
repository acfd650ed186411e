"""Logos on a page: as they are kept, or the first letters of a name where there is none."""

from __future__ import annotations

from base64 import b64encode

from markupsafe import Markup

from app.views.html import markup
from identity.logos import media_type


def address(stored: bytes) -> str:
    """A stored logo as an address that carries the picture itself."""
    return f"data:{media_type(stored)};base64,{b64encode(stored).decode()}"


def logo(stored: bytes | None, name: str, *, side: int = 40) -> Markup:
    """The logo, `side` pixels wide and high; its name is written beside it, so it has no words of its own."""
    if stored is None:
        return initials(name, side=side)
    return markup(
        '<img class="logo" alt="" width="{side}" height="{side}" src="{address}">',
        side=side,
        address=address(stored),
    )


def initials(name: str, *, side: int = 40) -> Markup:
    """One or two letters of a name on a round ground."""
    words = [word for word in name.split() if word[0].isalnum()] or [name.strip() or "?"]
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return markup(
        '<span class="initials" aria-hidden="true" style="width:{side}px;height:{side}px">{letters}</span>',
        side=side,
        letters=letters.upper(),
    )
