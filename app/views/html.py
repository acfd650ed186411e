"""HTML with every inserted text escaped."""

from __future__ import annotations

from markupsafe import Markup


def markup(template: str, **values: object) -> Markup:
    """Fill a template whose ``{name}`` places are escaped unless they are markup already."""
    return Markup(template).format(**values)  # noqa: S704 - templates are literals of ours


def joined(parts: list[Markup]) -> Markup:
    """Several pieces of markup, one after the other."""
    return Markup("").join(parts)
