"""What a post says, said before, and said when it was sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from uuid import UUID
from zoneinfo import ZoneInfo

import streamlit as st
from markupsafe import Markup

from app.composing.kinds import NAMES
from app.views import thumbnails
from app.views.html import joined, markup
from app.views.publications import tags
from app.views.times import moment_with_utc
from platforms.message import Kind
from platforms.registry import network
from publishing.content import Content, File, files
from publishing.models import Post, PostRevision


def post(organization_id: UUID, of: Post) -> Markup:
    """What all accounts have in common."""
    return _content(
        organization_id,
        of.kind,
        of.title,
        of.text,
        of.link,
        files(of.media),
        of.parts,
        of.first_comment,
        of.labels,
    )


def revision(organization_id: UUID, of: PostRevision, names: Mapping[UUID, str], zone: ZoneInfo) -> Markup:
    """What it said until somebody changed it."""
    said = of.content
    name = names.get(of.made_by) if of.made_by else None
    return markup(
        '<div class="revision"><div class="sub">Until {when}, changed{by}</div>{content}</div>',
        when=moment_with_utc(of.made_at, zone),
        by=f" by {name}" if name else "",
        content=_content(
            organization_id, said["kind"], said["title"], said["text"], said["link"], files(said["media"]),
            said["parts"], said["first_comment"], said["labels"],
        ),
    )  # fmt: skip


def sent(organization_id: UUID, key: str, said: Content) -> Markup:
    """What went to the network, with its settings; it is frozen."""
    words = [("Description", file.alt) for file in said.media if file.alt]
    words += _settings(key, said)
    pairs = joined(
        [markup("<dt>{name}</dt><dd>{value}</dd>", name=name, value=value) for name, value in words]
    )
    return markup(
        "{content}{pairs}",
        content=_content(
            organization_id, said.kind, said.title, said.text, said.link, said.media, [], "", []
        ),
        pairs=markup('<dl class="terms">{pairs}</dl>', pairs=pairs) if words else "",
    )


def composer_page() -> st.Page:
    """The composer, as Streamlit links to it; it is loaded by name, for it links to the posts itself."""
    draw: Callable[[], None] = import_module("app.pages.composer").page
    return st.Page(draw, url_path="composer")


def _content(
    organization_id: UUID,
    kind: str,
    title: str,
    text: str,
    link: str | None,
    media: Sequence[File],
    parts: Sequence[str],
    comment: str,
    labelled: Sequence[str],
) -> Markup:
    following = [(f"Part {number}", part) for number, part in enumerate(parts, 2)]
    following += [("First comment", comment)] if comment.strip() else []
    return markup(
        '<div class="pub">{kind}{title}<p class="text">{text}</p>{media}{link}{following}{labels}</div>',
        kind=markup('<div class="sub">{name}</div>', name=NAMES[Kind(kind)]) if kind else "",
        title=markup("<b>{title}</b>", title=title) if title else "",
        text=text,
        media=thumbnails.row(organization_id, media) if media else "",
        link=markup('<div class="sub">{link}</div>', link=link) if link else "",
        following=joined(
            [
                markup('<div class="lbl">{name}</div><p class="text">{text}</p>', name=name, text=words)
                for name, words in following
            ]
        ),
        labels=tags(labelled),
    )


def _settings(key: str, said: Content) -> list[tuple[str, str]]:
    """The network's own settings, in its words."""
    known = {option.key: option for rule in network(key).capabilities.kinds for option in rule.options}
    found = []
    for name, value in said.options.items():
        option = known.get(name)
        shown = (
            "yes" if value is True else option.choices.get(str(value), str(value)) if option else str(value)
        )
        found.append((option.label if option else name, shown))
    return found
