"""What a network can do, declared as data: the composer, the API's validation and the docs read this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Literal

from platforms.message import Kind, Message


class Feature(StrEnum):
    """What people use an account for; each needs scopes of its own."""

    PUBLISH = "publish"
    COLLECT = "collect"
    DEMOGRAPHICS = "demographics"
    COMMENT = "comment"  # below its own posts


@dataclass(frozen=True)
class MediaRule:
    """What one file must be. Bytes, pixels, seconds; `aspect` is width by height, both ends allowed."""

    formats: frozenset[str]  # MIME types
    max_bytes: int
    gif_bytes: int | None = None  # of a GIF, where it may be larger
    min_width: int | None = None
    min_height: int | None = None
    max_width: int | None = None
    max_height: int | None = None
    aspect: tuple[float, float] | None = None
    duration_s: tuple[float, float] | None = None

    def bytes_of(self, mime: str) -> int:
        """How many bytes a file of this type may have."""
        return (self.gif_bytes if mime == "image/gif" else None) or self.max_bytes


@dataclass(frozen=True)
class Option:
    """A setting of a post that only this network has."""

    key: str
    label: str
    type: Literal["choice", "text", "flag", "number"]
    required: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)  # value to words
    limit: int | None = None  # characters of a text
    help: str = ""
    asked: bool = False  # its values are the account's own: `contract.Offering` tells them


@dataclass(frozen=True)
class KindRule:
    """What one kind of post takes. A limit of 0 is "none at all".

    `text_limit` is in the network's own count (`Publisher.length`); `count` is how many files, both ends
    allowed. Of `image`, `video` and `document` those that are None can't be part of it.
    """

    kind: Kind
    text_limit: int
    text_required: bool = False
    title_limit: int = 0
    title_required: bool = False
    link: bool = False
    link_required: bool = False
    count: tuple[int, int] = (0, 0)
    image: MediaRule | None = None
    video: MediaRule | None = None
    document: MediaRule | None = None
    mixed: bool = False  # images and videos in one post
    cover: MediaRule | None = None
    alt_limit: int = 0
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Quota:
    """So many calls or posts in a time, of the whole app or of each account.

    `calls` are the calls that count, each a method and a path as the network's documents write it;
    none is every call. `costs` are those of them that use up more than one. `name` is for people. A window
    begins with its first call, or at midnight in `zone`, where the network counts days of the calendar.
    """

    name: str
    count: int
    per: timedelta
    of: Literal["app", "account"]
    calls: tuple[str, ...] = ()
    costs: Mapping[str, int] = field(default_factory=dict)
    zone: str = ""  # of the IANA database


@dataclass(frozen=True)
class Capabilities:
    """All of it. Sources: the network's own documents, named in its `capabilities.py`."""

    kinds: tuple[KindRule, ...]
    scopes: Mapping[Feature, frozenset[str]]
    quotas: tuple[Quota, ...]
    counts: str  # how text is counted, in words: "characters", "weighted characters", "bytes"
    idempotent: bool  # whether the network itself refuses to publish the same request twice
    finds: str  # how a post is found whose answer was lost, in words
    threads: bool = False  # whether a message can continue another one of the same account
    comments: bool = False  # whether a message can be put below a post of the same account as a comment
    comment_limit: int = 0  # characters of such a comment
    history: str = ""  # how far back numbers go, in words

    def fitting(self, message: Message) -> Message:
        """The message as this network's kind: words with a link are a link post where there is one."""
        is_link = message.kind is Kind.TEXT and bool(message.link) and self.rule(Kind.LINK) is not None
        return replace(message, kind=Kind.LINK) if is_link else message

    def rule(self, kind: Kind) -> KindRule | None:
        """The rule of a kind, or None where the network has no such post."""
        return next((rule for rule in self.kinds if rule.kind is kind), None)
