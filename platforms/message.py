"""What is published: a message with its media, frozen before it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class Kind(StrEnum):
    """The shapes a post can have. Which of them a network has, its `Capabilities` say."""

    TEXT = "text"  # words, with a link where the network makes one of an address in them
    LINK = "link"  # words with the card of a link
    IMAGE = "image"
    CAROUSEL = "carousel"  # several images, or images and videos, in one post
    VIDEO = "video"
    REEL = "reel"  # a short upright video: Reel, Short
    STORY = "story"  # one image or video that goes after 24 hours
    DOCUMENT = "document"


@dataclass(frozen=True)
class Media:
    """One file of a message, checked and kept on this machine.

    `path` is where its bytes are; `url` is where a network may fetch them itself, None where this
    installation has no public address. Sizes are bytes, pixels and seconds; None is not known.
    """

    key: str
    path: Path = field(repr=False)
    mime: str
    size: int
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    alt: str = ""
    url: str | None = field(default=None, repr=False)

    @property
    def is_image(self) -> bool:
        """Whether it is a still or moving image rather than a video or a document."""
        return self.mime.startswith("image/")

    @property
    def is_video(self) -> bool:
        """Whether it is a video."""
        return self.mime.startswith("video/")

    @property
    def aspect(self) -> float | None:
        """Width by height, or None where either is not known."""
        return self.width / self.height if self.width and self.height else None


@dataclass(frozen=True)
class ReplyTo:
    """The post that a message continues, as the next part of a thread or as a comment below it.

    Both are the network's ids: `parent` of what stands right before it, `root` of what it all began with.
    """

    parent: str
    root: str


@dataclass(frozen=True)
class Message:
    """What is to be published on one account, frozen before sending.

    `options` are the network's own (a board, who may see it), as its `Capabilities` declare them.
    """

    text: str
    link: str | None = None
    kind: Kind = Kind.TEXT
    title: str = ""
    media: tuple[Media, ...] = ()
    cover: Media | None = None  # the still image that stands for a video
    options: Mapping[str, Any] = field(default_factory=dict)
    reply_to: ReplyTo | None = None
