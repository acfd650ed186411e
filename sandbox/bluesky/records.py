"""What a post's record may be, checked as a host checks it against the lexicon app.bsky.feed.post."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rich.cells import split_graphemes

from sandbox.bluesky.errors import invalid

POST = "app.bsky.feed.post"
GRAPHEMES, BYTES, IMAGE_BYTES = 300, 3_000, 1_000_000


class _Open(BaseModel):
    """A lexicon object: further fields are allowed."""

    model_config = ConfigDict(extra="allow", strict=True)


class Ref(_Open):
    """A record by address and content hash."""

    uri: Annotated[str, Field(pattern=r"^at://[^/]+/[^/]+/[^/]+$")]
    cid: Annotated[str, Field(pattern=r"^b[a-z2-7]{20,}$")]


class Reply(_Open):
    """What a post answers."""

    root: Ref
    parent: Ref


class Link(_Open):
    """A blob's content hash."""

    link: Annotated[str, Field(alias="$link")]


class Blob(_Open):
    """A file that was uploaded."""

    type: Annotated[Literal["blob"], Field(alias="$type")]
    ref: Link
    mimeType: str  # noqa: N815 - the lexicon's name
    size: int


class Aspect(_Open):
    """Width by height."""

    width: Annotated[int, Field(ge=1)]
    height: Annotated[int, Field(ge=1)]


class Image(_Open):
    """One image; its description has to be there, if only empty."""

    image: Blob
    alt: str
    aspectRatio: Aspect | None = None  # noqa: N815 - the lexicon's name


class Card(_Open):
    """The card of a link."""

    uri: str
    title: str
    description: str
    thumb: Blob | None = None


class Embed(_Open):
    """What hangs on a post."""

    type: Annotated[str, Field(alias="$type")]
    images: Annotated[list[Image], Field(max_length=4)] | None = None
    external: Card | None = None
    video: Blob | None = None
    aspectRatio: Aspect | None = None  # noqa: N815 - the lexicon's name


class Slice(_Open):
    """A place in the text, in bytes of UTF-8."""

    byteStart: Annotated[int, Field(ge=0)]  # noqa: N815 - the lexicon's name
    byteEnd: Annotated[int, Field(ge=0)]  # noqa: N815 - the lexicon's name


class Facet(_Open):
    """What a place in the text is."""

    index: Slice
    features: list[dict[str, Any]]


class PostRecord(_Open):
    """The record of a post."""

    type: Annotated[Literal["app.bsky.feed.post"], Field(alias="$type")]
    text: str
    createdAt: str  # noqa: N815 - the lexicon's name
    facets: list[Facet] = []
    reply: Reply | None = None
    embed: Embed | None = None
    langs: Annotated[list[str], Field(max_length=3)] = []
    tags: Annotated[list[str], Field(max_length=8)] = []

    def blobs(self) -> list[Blob]:
        """The files it uses."""
        if self.embed is None:
            return []
        thumb = [self.embed.external.thumb] if self.embed.external and self.embed.external.thumb else []
        video = [self.embed.video] if self.embed.video else []
        return [*thumb, *video, *(image.image for image in self.embed.images or ())]


_NEEDS = {
    "app.bsky.embed.images": "images",
    "app.bsky.embed.external": "external",
    "app.bsky.embed.video": "video",
}


def read_post(record: dict[str, Any]) -> PostRecord:
    """The record, checked. Raises XrpcError 400 in a host's words."""
    try:
        post = PostRecord.model_validate(record)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise _refused(_words(first["type"], first["loc"], first["msg"])) from None
    size, (spans, _) = len(post.text.encode()), split_graphemes(post.text)
    if size > BYTES:
        raise _refused(f"string too big (maximum {BYTES}, got {size}) at $.record.text")
    if len(spans) > GRAPHEMES:
        raise _refused(f"grapheme too big (maximum {GRAPHEMES}, got {len(spans)}) at $.record.text")
    try:
        datetime.fromisoformat(post.createdAt)
    except ValueError:
        raise _refused("Invalid datetime at $.record.createdAt") from None
    if post.embed:
        needed = _NEEDS.get(post.embed.type)
        if needed and getattr(post.embed, needed) is None:
            raise _refused(f'Missing required key "{needed}" at $.record.embed')
    for blob in post.blobs():
        if blob.mimeType.startswith("image/") and blob.size > IMAGE_BYTES:
            raise _refused(f"blob too big (maximum {IMAGE_BYTES}, got {blob.size}) at $.record.embed")
    return post


def cid(content: object) -> str:
    """A content hash (CIDv1, SHA-256): of bytes as they are, of anything else as canonical JSON."""
    raw = isinstance(content, bytes)
    written = content if isinstance(content, bytes) else json.dumps(content, sort_keys=True).encode()
    head = bytes((1, 0x55 if raw else 0x71, 0x12, 0x20))
    return "b" + base64.b32encode(head + hashlib.sha256(written).digest()).decode().lower().rstrip("=")


def _refused(words: str) -> Exception:
    return invalid(f"Invalid {POST} record: {words}")


def _words(kind: str, place: tuple[int | str, ...], message: str) -> str:
    path = "$.record" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    if kind == "missing":
        return f'Missing required key "{place[-1]}" at {path.rpartition(".")[0]}'
    return f"{message} at {path}"
