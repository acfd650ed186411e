"""A plain generated mark for a brand that has brought no logo."""

from __future__ import annotations

import hashlib

# Shapes without text, so that they look the same on a machine without fonts.
_SHAPES = (
    '<circle cx="48" cy="48" r="22"/>',
    '<path d="M26 66 L48 26 L70 66 Z"/>',
    '<path d="M24 58 Q36 30 48 48 T72 38"/>',
    '<path d="M30 68 V48 M48 68 V28 M66 68 V40"/>',
    '<path d="M48 24 L72 48 L48 72 L24 48 Z"/>',
)


def generated_logo(name: str, colour: str) -> bytes:
    """An SVG of 96 x 96: a shape picked by the name, white on the brand's colour (#rrggbb)."""
    shape = _SHAPES[hashlib.sha256(name.encode()).digest()[0] % len(_SHAPES)]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96" viewBox="0 0 96 96">'
        f'<rect width="96" height="96" rx="22" fill="{colour}"/>'
        '<g fill="none" stroke="#fff" stroke-width="10" stroke-linecap="round" stroke-linejoin="round">'
        f"{shape}</g></svg>"
    ).encode()
