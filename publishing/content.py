"""What a post says: the content of the post, what an account has of its own, and the message it becomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from uuid import UUID

from foundation.settings import Settings
from platforms.media import kept
from platforms.message import Kind, Media, Message, ReplyTo
from publishing.models import Post, Publication


@dataclass(frozen=True)
class File:
    """A file of a post, by the key it is kept under (see `platforms.media`), with its description.

    `made_from` is the key of the file that a network could not take as it was (see `publishing.fitting`).
    """

    key: str
    mime: str
    size: int
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    alt: str = ""
    made_from: str | None = None


@dataclass(frozen=True)
class Content:
    """What is said. `options` are the network's own; `cover` stands for a video."""

    text: str = ""
    link: str | None = None
    kind: Kind = Kind.TEXT
    title: str = ""
    media: tuple[File, ...] = ()
    cover: File | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self) | {"kind": self.kind.value, "options": dict(self.options)}

    def with_own(self, own: Mapping[str, Any]) -> Content:
        """The content with what an account has of its own: the fields named in `own` instead of these."""
        read: dict[str, Any] = dict(own)
        if "kind" in own:
            read["kind"] = Kind(own["kind"])
        if "media" in own:
            read["media"] = files(own["media"])
        if own.get("cover"):
            read["cover"] = File(**own["cover"])
        return replace(self, **read)

    def message(
        self, organization_id: UUID, settings: Settings, *, reply_to: ReplyTo | None = None
    ) -> Message:
        """As a network takes it, the files where they are kept on this machine."""

        def media(file: File) -> Media:
            known = asdict(file)
            known.pop("made_from")
            return kept(organization_id, settings, **known)

        return Message(
            text=self.text,
            link=self.link,
            kind=self.kind,
            title=self.title,
            media=tuple(media(file) for file in self.media),
            cover=media(self.cover) if self.cover else None,
            options=self.options,
            reply_to=reply_to,
        )


def files(stored: Sequence[Mapping[str, Any]]) -> tuple[File, ...]:
    """Files as they are stored."""
    return tuple(File(**one) for one in stored)


def of_post(post: Post) -> Content:
    """What all accounts have in common."""
    return Content(post.text, post.link, Kind(post.kind), post.title, files(post.media))


def of_publication(post: Post, publication: Publication) -> Content:
    """What is said on one account, by this part of it; once sent, what was sent."""
    if publication.sent is not None:
        return Content().with_own(publication.sent)
    whole = of_post(post) if publication.part == 0 else Content()
    return whole.with_own(publication.own)
