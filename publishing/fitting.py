"""A post as a network can take it: the kind that stands for it there, and images in a form the network has.

What was brought stays as it is for the other networks. An image made for one names the file it was made
from, so that a later change of the post finds its way back.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from PIL import Image, ImageOps

from foundation.settings import get_settings
from platforms import media
from platforms.capabilities import Capabilities, KindRule, MediaRule
from platforms.message import Kind, Message
from publishing.content import Content, File

JPEG: Final = "image/jpeg"
QUALITIES: Final = (92, 85, 75)  # of JPEG; below, fewer pixels look better than coarser ones
SMALLER: Final = 0.8  # of the side, where no quality makes it light enough
WHITE: Final = (255, 255, 255)
# The kinds that say the same on networks which have not both.
ALIKE: Final[Mapping[Kind, Kind]] = {
    Kind.IMAGE: Kind.CAROUSEL,
    Kind.CAROUSEL: Kind.IMAGE,
    Kind.VIDEO: Kind.REEL,
    Kind.REEL: Kind.VIDEO,
}


def natural_kind(files: Sequence[File]) -> Kind:
    """The kind of a post with these files, unless its author says another one."""
    if not files:
        return Kind.TEXT
    if len(files) > 1:
        return Kind.CAROUSEL
    mime = files[0].mime
    if mime.startswith("video/"):
        return Kind.VIDEO
    return Kind.IMAGE if mime.startswith("image/") else Kind.DOCUMENT


def kind_on(capabilities: Capabilities, kind: Kind, count: int) -> Kind:
    """How a post of a kind with `count` files is called on a network: itself, or what stands for it there."""
    names = [one for one in (kind, ALIKE.get(kind)) if one is not None and capabilities.rule(one)]
    for one in names:
        rule = capabilities.rule(one)
        if rule and rule.count[0] <= count <= rule.count[1]:
            return one
    return names[0] if names else kind


def rule_on(capabilities: Capabilities, content: Content) -> KindRule | None:
    """The network's rule for the content; None where it has no such post."""
    return capabilities.rule(capabilities.fitting(Message("", content.link, content.kind)).kind)


def fitted(
    content: Content, own: Mapping[str, Any], capabilities: Capabilities, organization_id: UUID
) -> dict[str, Any]:
    """`own`, and what else has to differ from the content on this network: its kind and its files.

    An image that can't be made to fit stays as it is: the network's check says what is wrong with it.
    """
    said = content.with_own(own)
    found = dict(own)
    if "kind" not in own and (kind := kind_on(capabilities, said.kind, len(said.media))) is not said.kind:
        found["kind"], said = kind.value, replace(said, kind=kind)
    rule = rule_on(capabilities, said)
    if rule is None:
        return found
    made = [_made(file, _of_type(rule, file), organization_id) for file in said.media]
    if made != list(said.media):
        found["media"] = [asdict(file) for file in made]
    if said.cover is not None and (cover := _made(said.cover, rule.cover, organization_id)) != said.cover:
        found["cover"] = asdict(cover)
    return found


def left_out(content: Content, capabilities: Capabilities) -> dict[str, Any]:
    """Fields of `own` that leave out what the network does not show with this kind of post."""
    rule = rule_on(capabilities, content)
    if rule is None:
        return {}
    found: dict[str, Any] = {}
    if content.text.strip() and not rule.text_limit:
        found["text"] = ""
    if content.title and not rule.title_limit:
        found["title"] = ""
    if content.link and not rule.link:
        found["link"] = None
    return found


def originals(files: Sequence[File]) -> list[str]:
    """The keys of the files these were made from, or their own."""
    return [file.made_from or file.key for file in files]


def _of_type(rule: KindRule, file: File) -> MediaRule | None:
    return rule.image if file.mime.startswith("image/") else None


def _made(file: File, rule: MediaRule | None, organization_id: UUID) -> File:
    if rule is None or not _needs_change(file, rule) or JPEG not in rule.formats:
        return file
    folder = media.folder_of(organization_id, get_settings())
    made = _jpeg_of(folder, replace(file, alt="", made_from=None), rule, organization_id)
    return replace(made, alt=file.alt) if made is not None else file


def _needs_change(file: File, rule: MediaRule) -> bool:
    return (
        file.mime not in rule.formats
        or file.size > rule.bytes_of(file.mime)
        or bool(rule.max_width and (file.width or 0) > rule.max_width)
        or bool(rule.max_height and (file.height or 0) > rule.max_height)
    )


@lru_cache(maxsize=1_024)
def _jpeg_of(folder: Path, file: File, rule: MediaRule, organization_id: UUID) -> File | None:
    """The file as a JPEG that the rule takes, kept beside it. Made once, however often a page asks."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # looked at when it was kept
            content = _encoded(folder / file.key, rule)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None  # damaged behind its head; the network would refuse it as well
    if content is None:
        return None
    kept = media.keep(content, organization_id, get_settings())
    return File(kept.key, kept.mime, kept.size, kept.width, kept.height, made_from=file.key)


def _encoded(path: Path, rule: MediaRule) -> bytes | None:
    with Image.open(path, formats=tuple(media.IMAGES)) as opened:
        if getattr(opened, "is_animated", False):
            return None  # a still would say something else
        profile = opened.info.get("icc_profile") if opened.mode in ("RGB", "RGBA") else None
        picture = _flat(ImageOps.exif_transpose(opened))
    for side in _sides(picture.size, rule):
        smaller = picture.copy()
        smaller.thumbnail(side, Image.Resampling.LANCZOS)
        for quality in QUALITIES:
            buffer = io.BytesIO()
            smaller.save(buffer, "JPEG", quality=quality, optimize=True, icc_profile=profile)
            if buffer.tell() <= rule.max_bytes:
                return buffer.getvalue()
    return None


def _sides(size: tuple[int, int], rule: MediaRule) -> Iterator[tuple[int, int]]:
    """Width and height at most, ever smaller, as long as both are enough for the rule."""
    width, height = min(size[0], rule.max_width or size[0]), min(size[1], rule.max_height or size[1])
    least = rule.min_width or 1, rule.min_height or 1
    while width >= least[0] and height >= least[1]:
        yield width, height
        width, height = int(width * SMALLER), int(height * SMALLER)


def _flat(image: Image.Image) -> Image.Image:
    """In three colours; what is transparent is white."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    ground = Image.new("RGB", layer.size, WHITE)
    ground.paste(layer, mask=layer.getchannel("A"))
    return ground
