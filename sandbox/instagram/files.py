"""The files of a post, fetched by their address and looked at as Instagram does."""

from __future__ import annotations

import io

from PIL import Image, UnidentifiedImageError

from sandbox.facebook.errors import GraphError
from sandbox.pull import Pulled, Unreachable, pull

_MIB = 1024 * 1024
_VIDEOS = ("video/mp4", "video/quicktime")
_NARROWEST, _WIDEST = 0.8, 1.91


async def photo(url: str, *, any_shape: bool = False) -> None:
    """Fetch an image. Raises GraphError for one that can't be had or is not as it has to be."""
    try:
        found = await pull(url)
    except Unreachable as error:
        raise GraphError(
            9004,
            "Only photo or video can be accepted as media type.",
            subcode=2207052,
            user_message=(
                "Media download has failed.",
                f"The media could not be fetched from this URI: {error}",
            ),
        ) from None
    if len(found.content) > 8 * _MIB:
        raise GraphError(36000, "The image is too large to download.", subcode=2207004)
    width, height = _size(found)
    if not any_shape and not _NARROWEST - 0.001 <= width / height <= _WIDEST + 0.01:
        raise GraphError(36003, "The aspect ratio is not supported.", subcode=2207009)


async def film_problem(url: str, *, largest_mib: int) -> int | None:
    """Fetch a video: the subcode of what is wrong with it, or None."""
    try:
        found = await pull(url)
    except Unreachable:
        return 2207052
    if found.mime not in _VIDEOS or not found.content or len(found.content) > largest_mib * _MIB:
        return 2207026
    return None


def _size(found: Pulled) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(found.content)) as image:
            if image.format == "JPEG":
                return image.size
    except (UnidentifiedImageError, OSError):
        pass
    raise GraphError(36001, "The image format is not supported.", subcode=2207005)
