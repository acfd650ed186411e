"""Files for posts: fetched from where people say, looked at, and kept by what is in them.

An address that people name is asked through the guard of `foundation.outgoing`: no private address, also not
behind a redirect, and no more bytes than a file may have. What a file is, its bytes say, not its name.
"""

from __future__ import annotations

import hashlib
import os
import struct
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID, uuid4

import httpx2
from PIL import Image, UnidentifiedImageError

from foundation.outgoing import AddressRefusedError, AnswerTooLargeError, guarded_client
from foundation.settings import Settings
from platforms.media_links import address
from platforms.message import Media

MIB: Final = 1024 * 1024
LARGEST: Final = 512 * MIB  # bytes
LARGEST_IMAGE: Final = 100_000_000  # pixels: more is a bomb
MOST_BOXES: Final = 100_000  # of a film that are looked at: a file can be nothing but boxes
REDIRECTS: Final = 5
DRAFT: Final = ".draft-"  # how the name of a file begins that is being written
UNFINISHED: Final = timedelta(days=1)  # nobody writes at one file for that long
TIMEOUT_S: Final = 120.0
IMAGES: Final = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp"}


class MediaError(ValueError):
    """The file can't be used; the message is for people."""


@dataclass(frozen=True)
class Shape:
    """What the bytes say: MIME type, pixels and seconds; None is not known."""

    mime: str
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None


def fetch(
    url: str, organization_id: UUID, settings: Settings, *, alt: str = "", largest: int = LARGEST
) -> Media:
    """The file at an https address that a person named, kept for the organization.

    Raises:
        MediaError: it can't be fetched, is too large, or is nothing that a post can show.
    """
    with _draft(organization_id, settings) as draft:
        following: str | None = url
        for _ in range(REDIRECTS + 1):
            following = _received(following or "", draft, largest)
            if following is None:
                return _kept(draft, alt)
    raise MediaError("The address leads from one to another without end.")


def keep(content: bytes, organization_id: UUID, settings: Settings, *, alt: str = "") -> Media:
    """Keep a file under what is in it: the same file twice is one. On return it is on the disk.

    Raises:
        MediaError: it is nothing that a post can show.
    """
    with _draft(organization_id, settings) as draft:
        draft.write_bytes(content)
        return _kept(draft, alt)


def kept(
    organization_id: UUID,
    settings: Settings,
    *,
    key: str,
    mime: str,
    size: int,
    width: int | None = None,
    height: int | None = None,
    duration_s: float | None = None,
    alt: str = "",
) -> Media:
    """A file that was kept before, with the address where networks that fetch for themselves find it."""
    path = folder_of(organization_id, settings) / key
    url = address(organization_id, key, mime, settings)
    return Media(key, path, mime, size, width, height, duration_s, alt, url)


def folder_of(organization_id: UUID, settings: Settings) -> Path:
    """Where an organization's files are."""
    return settings.home / "media" / str(organization_id)


def tidy(settings: Settings, older_than: timedelta = UNFINISHED) -> int:
    """Remove what killed processes left unfinished; how many files. May be repeated at any time."""
    before, removed = time.time() - older_than.total_seconds(), 0
    for draft in (settings.home / "media").glob(f"*/{DRAFT}*"):
        with suppress(FileNotFoundError):  # somebody else was quicker
            if draft.stat().st_mtime < before:
                draft.unlink()
                removed += 1
    return removed


def look(path: Path) -> Shape:
    """What a file is.

    Raises:
        MediaError: neither an image, a video nor a PDF.
    """
    with path.open("rb") as file:
        head = file.read(16)
        if head.startswith(b"%PDF-"):
            return Shape("application/pdf")
        if head[4:8] == b"ftyp":
            return _movie(file, head, path.stat().st_size)
        if head.startswith(b"\x1a\x45\xdf\xa3"):
            return Shape("video/webm")
    return _image(path)


def _received(url: str, draft: Path, largest: int) -> str | None:
    """Write what is at the address to the draft, a piece at a time; or the address it leads on to."""
    try:
        with (
            guarded_client(max_bytes=largest, timeout_s=TIMEOUT_S) as client,
            client.stream("GET", url) as answer,
        ):
            if answer.next_request is not None:
                return str(answer.next_request.url)
            if answer.status_code != 200:
                raise MediaError(f"There is no file at this address (HTTP {answer.status_code}).")
            with draft.open("wb") as file:
                for piece in answer.iter_bytes():
                    file.write(piece)
            return None
    except AddressRefusedError:
        words = "This address can't be used: it has to be a public one that begins with https://."
        raise MediaError(words) from None
    except AnswerTooLargeError:
        raise MediaError(f"The file is larger than {largest / MIB:g} MB.") from None
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise MediaError(f"The file could not be fetched ({type(error).__name__}).") from None


@contextmanager
def _draft(organization_id: UUID, settings: Settings) -> Iterator[Path]:
    """A place to write to, that is gone at the end unless the file was kept."""
    folder = folder_of(organization_id, settings)
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{DRAFT}{uuid4()}"
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _kept(draft: Path, alt: str) -> Media:
    shape, size = look(draft), draft.stat().st_size
    with draft.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    path = draft.with_name(digest)
    draft.replace(path)
    return Media(digest, path, shape.mime, size, shape.width, shape.height, shape.duration_s, alt)


def _image(path: Path) -> Shape:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=tuple(IMAGES)) as image:
                if image.width * image.height > LARGEST_IMAGE:
                    raise MediaError("The image has too many pixels.")
                return Shape(IMAGES[str(image.format)], image.width, image.height)
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise MediaError("This is neither an image (JPEG, PNG, GIF, WebP), a video nor a PDF.") from None


def _movie(file: BinaryIO, head: bytes, size: int) -> Shape:
    """An ISO base media file (ISO/IEC 14496-12): its duration and the size of its picture."""
    mime = "video/quicktime" if head[8:12] == b"qt  " else "video/mp4"
    duration_s: float | None = None
    width = height = None
    for kind, start, end in islice(_boxes(file, 0, size, ("moov", "trak")), MOST_BOXES):
        if kind == "mvhd":
            duration_s = _duration(_read(file, start, end))
        elif kind == "tkhd":
            wide, high = (value >> 16 for value in struct.unpack(">II", _read(file, start, end)[-8:]))
            width, height = (wide, high) if wide and high else (width, height)
    return Shape(mime, width, height, duration_s)


def _boxes(file: BinaryIO, start: int, end: int, inside: tuple[str, ...]) -> Iterator[tuple[str, int, int]]:
    """The boxes from `start` to `end` (bytes), and those `inside` the first named, and so on inwards."""
    while start + 8 <= end:
        file.seek(start)
        length, kind = struct.unpack(">I4s", file.read(8))
        body = start + 8
        if length == 1:
            length, body = struct.unpack(">Q", file.read(8))[0], start + 16
        stop = end if length == 0 else start + length
        if stop <= body - 8 or stop > end:
            return  # torn or lying: what was read so far stands
        name = kind.decode("latin-1")
        yield name, body, stop
        if inside and name == inside[0]:
            yield from _boxes(file, body, stop, inside[1:])
        start = stop


def _read(file: BinaryIO, start: int, end: int) -> bytes:
    file.seek(start)
    return file.read(min(end - start, 4_096)).rjust(8, b"\0")


def _duration(body: bytes) -> float | None:
    """Of ``mvhd``: 32-bit times in version 0, 64-bit ones in version 1."""
    layout, at = (">IQ", 20) if body[:1] == b"\x01" else (">II", 12)
    if len(body) < at + struct.calcsize(layout):
        return None
    scale, units = struct.unpack_from(layout, body, at)
    return units / scale if scale else None
