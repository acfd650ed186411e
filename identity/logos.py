"""Logos: what people bring, made harmless and small, and a plain generated mark for who has brought none."""

from __future__ import annotations

import hashlib
import io
import struct
from typing import Final

from PIL import Image, ImageOps

from identity.errors import InvalidError
from identity.svg import harmless

MAX_BYTES: Final = 512 * 1024
MAX_SVG_BYTES: Final = 100 * 1024
MAX_SIDE: Final = 4096  # pixels, of what is brought
SIDE: Final = 512  # pixels, of what is kept

# Shapes without text, so that they look the same on a machine without fonts.
_SHAPES = (
    '<circle cx="48" cy="48" r="22"/>',
    '<path d="M26 66 L48 26 L70 66 Z"/>',
    '<path d="M24 58 Q36 30 48 48 T72 38"/>',
    '<path d="M30 68 V48 M48 68 V28 M66 68 V40"/>',
    '<path d="M48 24 L72 48 L48 72 L24 48 Z"/>',
)
_UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, struct.error, Image.DecompressionBombError)


def generated_logo(name: str, colour: str) -> bytes:
    """An SVG of 96 x 96: a shape picked by the name, white on the brand's colour (#rrggbb)."""
    shape = _SHAPES[hashlib.sha256(name.encode()).digest()[0] % len(_SHAPES)]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96" viewBox="0 0 96 96">'
        f'<rect width="96" height="96" rx="22" fill="{colour}"/>'
        '<g fill="none" stroke="#fff" stroke-width="10" stroke-linecap="round" stroke-linejoin="round">'
        f"{shape}</g></svg>"
    ).encode()


def logo(data: bytes) -> bytes:
    """A picture as it is stored: PNG of at most 512 x 512, or SVG that does nothing but draw.

    PNG, JPEG and WebP may have 512 KB and 4096 pixels a side, SVG 100 KB.

    Raises:
        InvalidError: it is larger, no such picture, or an SVG with more than a drawing in it.
    """
    if len(data) > MAX_BYTES:
        raise InvalidError("The logo may have at most 512 KB.", field="logo")
    if not data[:200].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _png(data)
    if len(data) > MAX_SVG_BYTES:
        raise InvalidError("An SVG logo may have at most 100 KB.", field="logo")
    return harmless(data)


def media_type(stored: bytes) -> str:
    """The media type of a stored logo."""
    return "image/svg+xml" if stored.startswith(b"<") else "image/png"


def described(stored: bytes | None) -> str | None:
    """A stored logo as the audit trail names it: which one it is, not the picture itself."""
    if stored is None:
        return None
    return f"{media_type(stored)}, {len(stored)} bytes, SHA-256 {hashlib.sha256(stored).hexdigest()[:12]}"


def _png(data: bytes) -> bytes:
    """Drawn anew, which also leaves out what cameras and programs add to pictures."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as picture:
            if max(picture.size) > MAX_SIDE:  # known before anything is unpacked
                raise InvalidError(f"The logo may have at most {MAX_SIDE} pixels a side.", field="logo")
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
        upright.thumbnail((SIDE, SIDE))
        file = io.BytesIO()
        upright.save(file, "PNG", optimize=True)
    except _UNREADABLE:
        raise InvalidError("Use a PNG, JPEG, WebP or SVG picture as the logo.", field="logo") from None
    return file.getvalue()
