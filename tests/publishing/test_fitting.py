"""Images are made to fit the network that needs it, and stay as they are for all others."""

from __future__ import annotations

import io
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from PIL import Image

from foundation.settings import Settings
from platforms import media
from platforms.capabilities import MediaRule
from platforms.message import Kind
from platforms.registry import network
from publishing.content import Content, File, files
from publishing.fitting import fitted, kind_on, left_out, natural_kind, originals

ORGANIZATION = UUID("6f6e65aa-0000-4000-8000-000000000001")
INSTAGRAM, X, FACEBOOK, BLUESKY = (
    network(key).capabilities for key in ("instagram", "x", "facebook", "bluesky")
)


def kept(image: Image.Image, form: str, settings: Settings, **saved: object) -> File:
    written = io.BytesIO()
    image.save(written, form, **saved)
    one = media.keep(written.getvalue(), ORGANIZATION, settings)
    return File(one.key, one.mime, one.size, one.width, one.height, alt="A square")


def opened(file: File, settings: Settings) -> Image.Image:
    return Image.open(media.folder_of(ORGANIZATION, settings) / file.key)


def on_instagram(file: File) -> File:
    content = Content("Hello", kind=Kind.IMAGE, media=(file,))
    (made,) = files(fitted(content, {}, INSTAGRAM, ORGANIZATION)["media"])
    return made


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_a_transparent_image_becomes_a_jpeg_on_white(settings: Settings, form: str) -> None:
    image = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    image.paste((200, 0, 0, 255), (0, 0, 100, 200))
    file = kept(image, form, settings)
    made = on_instagram(file)
    assert (made.mime, made.made_from, made.alt) == ("image/jpeg", file.key, "A square")
    with opened(made, settings) as shown:
        assert shown.format == "JPEG"
        right, left = shown.getpixel((150, 100)), shown.getpixel((50, 100))
        assert isinstance(right, tuple)
        assert isinstance(left, tuple)
        assert min(right) > 250
        assert left[0] > 180
        assert left[1] < 20
    with opened(file, settings) as original:
        assert original.format == form
    content = Content("Hello", kind=Kind.IMAGE, media=(file,))
    assert fitted(content, {}, BLUESKY, ORGANIZATION) == {}  # takes both as they are


def test_how_the_camera_was_held_is_applied(settings: Settings) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010E] = "taken at home"
    file = kept(Image.new("RGB", (400, 300)), "PNG", settings, exif=exif)
    made = on_instagram(file)
    assert (made.width, made.height) == (300, 400)
    with opened(made, settings) as shown:
        assert not shown.getexif()


def test_what_is_too_heavy_or_wide_is_made_smaller(settings: Settings) -> None:
    noise = Image.effect_noise((900, 700), 90).convert("RGB")
    file = kept(noise, "JPEG", settings, quality=98)
    rule = MediaRule(frozenset({"image/jpeg"}), max_bytes=60_000, max_width=800)
    (kind,) = (one for one in INSTAGRAM.kinds if one.kind is Kind.IMAGE)
    narrow = replace(INSTAGRAM, kinds=(replace(kind, image=rule),))
    content = Content(kind=Kind.IMAGE, media=(file,))
    (made,) = files(fitted(content, {}, narrow, ORGANIZATION)["media"])
    assert made.size <= 60_000
    assert made.width
    assert made.height
    assert made.width <= 800
    assert made.width / made.height == pytest.approx(9 / 7, rel=0.01)
    impossible = replace(rule, min_width=790, max_bytes=500)
    strict = replace(INSTAGRAM, kinds=(replace(kind, image=impossible),))
    assert fitted(content, {}, strict, ORGANIZATION) == {}  # the network's check says so


def test_a_still_for_x_is_made_lighter_and_a_gif_may_weigh_more(settings: Settings) -> None:
    heavy = kept(Image.effect_noise((1_500, 1_500), 90).convert("RGB"), "PNG", settings)
    assert heavy.size > 5 * 1024 * 1024
    (made,) = files(fitted(Content("Hello", kind=Kind.IMAGE, media=(heavy,)), {}, X, ORGANIZATION)["media"])
    assert (made.mime, made.made_from) == ("image/jpeg", heavy.key)
    assert made.size <= 5 * 1024 * 1024
    gif = replace(heavy, mime="image/gif")
    assert fitted(Content("Hello", kind=Kind.IMAGE, media=(gif,)), {}, X, ORGANIZATION) == {}


def test_what_moves_and_what_is_damaged_stays(settings: Settings) -> None:
    frames = [Image.new("RGB", (90, 90), colour) for colour in ("red", "blue")]
    moving = kept(frames[0], "GIF", settings, save_all=True, append_images=frames[1:])
    whole = kept(Image.effect_noise((300, 300), 90), "PNG", settings)
    path = media.folder_of(ORGANIZATION, settings) / whole.key
    path.write_bytes(path.read_bytes()[:2_000])
    for file in (moving, whole):
        content = Content(kind=Kind.IMAGE, media=(file,))
        assert fitted(content, {}, INSTAGRAM, ORGANIZATION) == {}


def test_own_files_and_covers_are_made_to_fit_too(settings: Settings) -> None:
    file = kept(Image.new("RGB", (600, 600), "green"), "PNG", settings)
    film = File("0" * 64, "video/mp4", 1_000, 1080, 1920, 9.0)
    own = {"media": [vars(file)], "text": "Only here"}
    found = fitted(Content("Hello", kind=Kind.IMAGE, media=(film,)), own, INSTAGRAM, ORGANIZATION)
    assert found["text"] == "Only here"
    assert originals(files(found["media"])) == [file.key]
    content = Content("Hello", kind=Kind.VIDEO, media=(film,), cover=file)
    found = fitted(content, {}, INSTAGRAM, ORGANIZATION)
    assert (found["kind"], found["cover"]["mime"], "media" in found) == ("reel", "image/jpeg", False)


@pytest.mark.parametrize(
    ("capabilities", "kind", "count", "there"),
    [
        (X, Kind.CAROUSEL, 3, Kind.IMAGE),
        (X, Kind.CAROUSEL, 9, Kind.IMAGE),  # too many, and told so as images
        (FACEBOOK, Kind.CAROUSEL, 3, Kind.CAROUSEL),
        (FACEBOOK, Kind.CAROUSEL, 1, Kind.IMAGE),
        (INSTAGRAM, Kind.VIDEO, 1, Kind.REEL),
        (X, Kind.REEL, 1, Kind.VIDEO),
        (X, Kind.STORY, 1, Kind.STORY),  # there are none, and nothing stands for them
        (INSTAGRAM, Kind.TEXT, 0, Kind.TEXT),
    ],
)
def test_the_kind_that_stands_for_another(capabilities: object, kind: Kind, count: int, there: Kind) -> None:
    assert kind_on(capabilities, kind, count) is there  # type: ignore[arg-type]


def test_the_natural_kind_of_files() -> None:
    image, film, paper = (
        File(str(uuid4()), mime, 1) for mime in ("image/png", "video/mp4", "application/pdf")
    )
    found = [natural_kind(some) for some in ((), (image,), (film,), (paper,), (image, film))]
    assert found == [Kind.TEXT, Kind.IMAGE, Kind.VIDEO, Kind.DOCUMENT, Kind.CAROUSEL]


def test_what_a_network_does_not_show_is_left_out() -> None:
    image = File("0" * 64, "image/jpeg", 1_000, 900, 900)
    content = Content("Hello", "https://example.test", Kind.IMAGE, "Title", (image,))
    assert left_out(content, INSTAGRAM) == {"title": "", "link": None}
    assert left_out(content, X) == {"title": ""}
    assert left_out(replace(content, kind=Kind.STORY), INSTAGRAM) == {"text": "", "title": "", "link": None}
    assert left_out(replace(content, kind=Kind.DOCUMENT), X) == {}  # X's check says that it has none
