"""Files that people name: fetched within bounds, looked at, kept once."""

from __future__ import annotations

import io
import os
import struct
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from foundation.outgoing import guarded_client
from foundation.settings import Settings
from platforms import media
from platforms.media import MediaError, Shape, fetch, keep, look
from tests.foundation.web import Answer, Server, serving


def picture(form: str = "JPEG", size: tuple[int, int] = (40, 30)) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "#2456e6").save(written, form)
    return written.getvalue()


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def movie(seconds: float = 12.5, width: int = 1080, height: int = 1920, *, version: int = 0) -> bytes:
    """A film without a picture: boxes alone (ISO/IEC 14496-12)."""
    if version:
        mvhd = bytes([1]) + bytes(19) + struct.pack(">IQ", 1_000, int(seconds * 1_000)) + bytes(80)
    else:
        mvhd = bytes(12) + struct.pack(">II", 1_000, int(seconds * 1_000)) + bytes(80)
    sound = box(b"tkhd", bytes(76) + struct.pack(">II", 0, 0))
    sight = box(b"tkhd", bytes(76) + struct.pack(">II", width << 16, height << 16))
    moov = box(b"moov", box(b"mvhd", mvhd) + box(b"trak", sight) + box(b"trak", sound))
    return box(b"ftyp", b"isom" + bytes(4)) + box(b"mdat", b"\0" * 5_000) + moov


@pytest.mark.parametrize(
    ("content", "shape"),
    [
        (picture(), Shape("image/jpeg", 40, 30)),
        (picture("PNG"), Shape("image/png", 40, 30)),
        (picture("GIF"), Shape("image/gif", 40, 30)),
        (picture("WEBP"), Shape("image/webp", 40, 30)),
        (movie(), Shape("video/mp4", 1080, 1920, 12.5)),
        (movie(version=1), Shape("video/mp4", 1080, 1920, 12.5)),
        (b"%PDF-1.7\n...", Shape("application/pdf")),
        (b"\x1a\x45\xdf\xa3" + b"\0" * 40, Shape("video/webm")),
    ],
)
def test_the_bytes_say_what_it_is(content: bytes, shape: Shape, tmp_path: Path) -> None:
    (tmp_path / "file.exe").write_bytes(content)
    assert look(tmp_path / "file.exe") == shape


@pytest.mark.parametrize(
    "content", [b"", b"<svg/>", b"MZ" * 40, picture()[:60], picture("TIFF"), picture("BMP")]
)
def test_what_no_post_can_show_is_refused(content: bytes, settings: Settings) -> None:
    organization = uuid4()
    with pytest.raises(MediaError, match="neither an image"):
        keep(content, organization, settings)
    assert list((settings.home / "media" / str(organization)).iterdir()) == []


def test_an_image_that_unpacks_to_far_more_is_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "LARGEST_IMAGE", 100)
    with pytest.raises(MediaError, match="too many pixels"):
        keep(picture(size=(11, 10)), uuid4(), settings)


@given(st.binary(max_size=300), st.integers(0, 250))
def test_torn_films_are_films_without_a_length(noise: bytes, cut: int) -> None:
    whole = movie()
    path = Path("/dev/shm") / f"allin-{uuid4()}"  # noqa: S108 - many small files
    for content in (whole[: len(whole) - cut], whole[:20] + noise):
        path.write_bytes(content)
        try:
            assert look(path).mime == "video/mp4"
        finally:
            path.unlink()


def test_films_of_nothing_but_boxes_are_soon_done_with(tmp_path: Path) -> None:
    path = tmp_path / "film"
    nested = b"".join(struct.pack(">I4s", 8 * (5_000 - depth), b"moov") for depth in range(5_000))
    path.write_bytes(box(b"ftyp", b"isom" + bytes(4)) + nested)
    assert look(path) == Shape("video/mp4")
    path.write_bytes(box(b"ftyp", b"isom" + bytes(4)) + box(b"free", b"") * 4_000_000)
    began = time.monotonic()
    assert look(path) == Shape("video/mp4")
    assert time.monotonic() - began < 2


def test_the_same_file_is_kept_once(settings: Settings) -> None:
    organization = uuid4()
    first, second = (keep(picture(), organization, settings, alt=alt) for alt in ("a", "b"))
    assert (first.path, first.key) == (second.path, second.key)
    assert (first.alt, second.alt, first.size) == ("a", "b", len(picture()))
    assert [path.name for path in first.path.parent.iterdir()] == [first.key]
    assert keep(picture(), uuid4(), settings).path != first.path, "no organization shares a file"


@pytest.mark.parametrize(
    "url",
    ["http://example.com/a.jpg", "https://127.0.0.1/a.jpg", "https://localhost/a.jpg", "https://10.0.0.1/", "ftp://x/",
     "https://[::1]/a.jpg", "not an address", "", "file:///etc/passwd"],
)  # fmt: skip
def test_addresses_within_are_not_asked(url: str, settings: Settings) -> None:
    with pytest.raises(MediaError, match=r"can't be used|could not be fetched"):
        fetch(url, uuid4(), settings)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that stands for a public one: its own address is let through."""
    with serving() as found:
        monkeypatch.setattr(media, "guarded_client", partial(guarded_client, allow=[found.url]))
        yield found


def test_a_file_is_fetched_and_kept(server: Server, settings: Settings) -> None:
    server.answers["/a"] = Answer(302, {"Location": "/b"}, [])
    server.answers["/b"] = Answer(chunks=[picture()])
    organization = uuid4()
    found = fetch(f"{server.url}/a", organization, settings, alt="a square")
    assert (found.mime, found.width, found.alt, found.path.read_bytes()) == (
        "image/jpeg",
        40,
        "a square",
        picture(),
    )
    assert [path.name for path in found.path.parent.iterdir()] == [found.key]


def test_no_redirect_leads_within(server: Server, settings: Settings) -> None:
    with serving() as within:
        within.answers["/a"] = Answer(chunks=[picture()])
        for target in (f"{within.url}/a", "https://127.0.0.1/a", "http://169.254.169.254/"):
            server.answers["/out"] = Answer(302, {"Location": target}, [])
            with pytest.raises(MediaError, match="can't be used"):
                fetch(f"{server.url}/out", uuid4(), settings)
        assert within.connections == 0


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(404), "no file at this address"),
        (Answer(302, {"Location": "/it"}, []), "without end"),
        (Answer(chunks=[b"x" * 10_000] * 30), "larger than"),
        (Answer(chunks=[b"<html>"]), "neither an image"),
        (Answer(headers={"Content-Encoding": "gzip"}), "could not be fetched"),
    ],
)
def test_what_is_no_file_leaves_nothing_behind(
    server: Server, settings: Settings, answer: Answer, words: str
) -> None:
    server.answers["/it"] = answer
    organization = uuid4()
    with pytest.raises(MediaError, match=words):
        fetch(f"{server.url}/it", organization, settings, largest=200_000)
    assert list((settings.home / "media" / str(organization)).iterdir()) == []
    assert server.sent < 2_000_000


def test_what_a_killed_process_left_is_swept_up_and_nothing_else(settings: Settings) -> None:
    kept = keep(picture(), uuid4(), settings)
    folder = kept.path.parent
    old, new = folder / f"{media.DRAFT}1", folder / f"{media.DRAFT}2"
    for draft in (old, new):
        draft.write_bytes(b"half")
    for path in (old, kept.path):
        os.utime(path, times=(0, 0))
    assert media.tidy(settings) == 1
    assert set(folder.iterdir()) == {kept.path, new}
    assert media.tidy(settings) == 0
