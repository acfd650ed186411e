"""Which files may become a logo, and what is left of them."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from identity.errors import InvalidError
from identity.logos import generated_logo, logo
from tests.identity.pictures import picture

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{}</svg>'


@pytest.mark.parametrize(("form", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("JPEG", "CMYK"), ("WEBP", "RGB")])
def test_pictures_become_small_pngs(form: str, mode: str) -> None:
    with Image.open(io.BytesIO(logo(picture(form, (2000, 1000), mode)))) as kept:
        assert (kept.format, kept.size) == ("PNG", (512, 256))


def test_a_pictures_data_about_itself_is_left_out() -> None:
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    Image.new("RGB", (9, 9)).save(file, "JPEG", exif=exif)
    assert b"taken at home" in file.getvalue()
    assert b"taken at home" not in logo(file.getvalue())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        picture()[:60],
        b"GIF89a",
        b"%PDF-1.7",
        b"<html><body/></html>",
        b"<svg",
        SVG.format("").encode("utf-16"),
        picture(size=(4097, 1)),
        picture() + b"x" * 600_000,
        SVG.format("<g/>" * 30_000).encode(),
        SVG.format("<g>" * 60 + "</g>" * 60).encode(),
    ],
)
def test_what_is_no_small_picture_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidError) as refusal:
        logo(data)
    assert refusal.value.field == "logo"


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        "<g><script href='https://evil.example/x.js'/></g>",
        "<foreignObject><div/></foreignObject>",
        "<image href='https://evil.example/pixel.png'/>",
        "<a href='https://evil.example'><path/></a>",
        "<use href='#x'/>",
        "<style>@import url(https://evil.example/x.css)</style>",
        "<animate attributeName='href' to='javascript:alert(1)'/>",
        "<set attributeName='onload' to='alert(1)'/>",
        "<linearGradient href='https://evil.example/x.svg#a'/>",
        "<linearGradient xmlns:x='http://www.w3.org/1999/xlink' x:href='javascript:alert(1)'/>",
        "<path fill='url(https://evil.example/x)'/>",
        "<path fill='URL( \"//evil.example/x\")'/>",
        "<path style='fill: u\\72l(https://evil.example/x)'/>",
        "<path style='fill:#fff; mask:url(data:image/svg+xml,x)'/>",
    ],
)
def test_an_svg_that_does_more_than_draw_is_refused(inside: str) -> None:
    with pytest.raises(InvalidError, match="SVG"):
        logo(SVG.format(inside).encode())


@pytest.mark.parametrize(
    "head",
    ['<!DOCTYPE svg SYSTEM "file:///etc/passwd">', '<!DOCTYPE svg [<!ENTITY a "aaaa">]>', "<!ENTITY a 'b'>"],
)
def test_an_svg_with_entities_is_refused(head: str) -> None:
    with pytest.raises(InvalidError):
        logo((head + SVG.format("<text>&a;</text>")).encode())


def test_an_svg_keeps_its_drawing_and_loses_the_rest() -> None:
    drawing = (
        "<!-- made by a program --><metadata><x:y xmlns:x='urn:x'/></metadata>"
        "<x:view xmlns:x='urn:x' onload='alert(1)'/>"
        "<defs><linearGradient id='g'><stop offset='0' stop-color='#fff'/></linearGradient></defs>"
        "<path d='M0 0L9 9' onclick='alert(1)' data-name='x' style='fill:url(#g);-x-y:1;stroke:#000'/>"
    )
    kept = logo(b'\xef\xbb\xbf<?xml version="1.0"?>\n' + SVG.format(drawing).encode()).decode()
    assert kept == (
        '<svg viewBox="0 0 9 9" xmlns="http://www.w3.org/2000/svg">'
        '<defs><linearGradient id="g"><stop offset="0" stop-color="#fff" /></linearGradient></defs>'
        '<path d="M0 0L9 9" fill="url(#g)" stroke="#000" /></svg>'
    )
    assert logo(kept.encode()).decode() == kept


def test_the_generated_mark_is_a_logo_like_any_other() -> None:
    mark = generated_logo("Nordlicht", "#123456")
    assert logo(logo(mark)) == logo(mark)
