"""What the post is: which kinds its files make possible, on the accounts that are chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

import streamlit as st

from app.composing.composition import Composition, only
from platforms.capabilities import Capabilities
from platforms.message import Kind
from publishing.content import File
from publishing.fitting import kind_on, natural_kind

NAMES: Final = {
    Kind.TEXT: "Text",
    Kind.LINK: "Link",
    Kind.IMAGE: "Image",
    Kind.CAROUSEL: "Carousel",
    Kind.VIDEO: "Video",
    Kind.REEL: "Reel or Short",
    Kind.STORY: "Story",
    Kind.DOCUMENT: "Document",
}


def possible(files: Sequence[File]) -> list[Kind]:
    """The kinds that these files can be, the natural one first."""
    natural = natural_kind(files)
    if natural is Kind.VIDEO:
        return [natural, Kind.REEL, Kind.STORY]
    return [natural, Kind.STORY] if natural is Kind.IMAGE else [natural]


def offered(files: Sequence[File], networks: Iterable[Capabilities]) -> list[Kind]:
    """Those that at least one of the networks has; the natural one in any case."""
    natural, *others = possible(files)
    known = list(networks)
    return [natural, *(kind for kind in others if any(one.rule(kind) for one in known))]


def brings(networks: Iterable[Capabilities]) -> str:
    """What files make of a post on these networks, in words."""
    found = {rule.kind for one in networks for rule in one.kinds} - {Kind.TEXT, Kind.LINK}
    names = [NAMES[kind].lower() for kind in NAMES if kind in found]
    return f"With files it becomes: {', '.join(names)}." if names else ""


def choose(post: Composition, networks: Iterable[Capabilities], of: UUID | None = None) -> None:
    """Draw the choice where there is one; `of` is the account whose own files these are."""
    kinds = offered(post.files_of(of), networks)
    key = post.key("as", *only(of))
    if st.session_state.get(key) not in kinds:
        usual = chosen(post, of)
        st.session_state[key] = usual if usual in kinds else kinds[0]
    if len(kinds) > 1:
        st.segmented_control(
            "Post it as",
            kinds,
            format_func=NAMES.__getitem__,
            key=key,
            required=True,
            persist_state="session",
        )


def chosen(post: Composition, of: UUID | None = None) -> Kind:
    """The kind of the post as entered now; an account's own files are what the post is, where they can be."""
    entered, kinds = post.value("as", *only(of)), possible(post.files_of(of))
    if of is not None and entered not in kinds:
        entered = chosen(post)
    return entered if entered in kinds else kinds[0]


def on(capabilities: Capabilities, post: Composition, of: UUID | None = None) -> Kind:
    """How it is called on one network."""
    return kind_on(capabilities, chosen(post, of), len(post.files_of(of)))
