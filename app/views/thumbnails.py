"""Files of posts as people see them in lists: small, and light on a phone."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from markupsafe import Markup
from PIL import Image, ImageOps

from app.views.html import joined, markup
from foundation.settings import get_settings
from platforms.media import IMAGES, folder_of, kept
from publishing.content import File

SIDE: Final = 240  # pixels
MIB: Final = 1024 * 1024


def thumbnail(organization_id: UUID, file: File) -> Markup:
    """A small look at a file: the image, the video's first moment, or what kind of document it is."""
    if file.mime.startswith("image/"):
        picture = _small(folder_of(organization_id, get_settings()) / file.key)
        if picture is not None:
            return markup('<img class="thumb" alt="{alt}" src="{src}">', alt=file.alt, src=picture)
    if file.mime.startswith("video/"):
        return markup(
            '<video class="thumb" muted playsinline preload="metadata" src="{src}#t=0.1"></video>',
            src=address(organization_id, file),
        )
    return markup('<span class="thumb doc">{name}</span>', name=file.mime.rpartition("/")[2].upper())


def row(organization_id: UUID, files: Sequence[File]) -> Markup:
    """Several, beside each other."""
    return markup(
        '<div class="thumbs">{all}</div>', all=joined([thumbnail(organization_id, f) for f in files])
    )


def large(organization_id: UUID, files: Sequence[File]) -> Markup:
    """The files as they are, for whoever has to judge them; each opens by itself."""
    return markup(
        '<div class="shown">{all}</div>', all=joined([_whole(organization_id, file) for file in files])
    )


def _whole(organization_id: UUID, file: File) -> Markup:
    where, words = address(organization_id, file), file.alt or facts(file)
    if file.mime.startswith("video/"):
        return markup(
            '<video src="{src}" controls playsinline preload="metadata" aria-label="{words}"></video>',
            src=where,
            words=words,
        )
    image = '<img src="{src}" alt="{words}" loading="lazy">' if file.mime.startswith("image/") else "{words}"
    return markup(
        '<a href="{src}" target="_blank" rel="noopener">{inner}</a>',
        src=where,
        inner=markup(image, src=where, words=words),
    )


def address(organization_id: UUID, file: File) -> str:
    """Where this app serves the file, whatever address it is reached at."""
    media = kept(organization_id, get_settings(), key=file.key, mime=file.mime, size=file.size)
    return urlsplit(media.url or "").path


def facts(file: File) -> str:
    """Its kind, size and length: ``JPEG · 1080 × 1350 · 0.4 MB``."""
    parts = [file.mime.rpartition("/")[2].upper()]
    if file.width and file.height:
        parts.append(f"{file.width} × {file.height}")
    if file.duration_s is not None:
        parts.append(f"{file.duration_s:.0f} s")
    parts.append(f"{file.size / MIB:.1f} MB" if file.size >= MIB / 10 else f"{max(1, file.size // 1024)} KB")
    return " · ".join(parts)


@lru_cache(maxsize=512)
def _small(path: Path) -> str | None:
    """The image as an address that carries it; None where it can't be read (any more)."""
    try:
        with Image.open(path, formats=tuple(IMAGES)) as image:
            image.draft("RGB", (SIDE * 2, SIDE * 2))  # JPEG: reads no more than is needed
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((SIDE, SIDE))
            buffer = io.BytesIO()
            upright.convert("RGBA" if upright.has_transparency_data else "RGB").save(
                buffer, "WEBP", quality=75
            )
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    return f"data:image/webp;base64,{b64encode(buffer.getvalue()).decode()}"
