"""What is being composed in this browser session, beside the words: files, own words of accounts, parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import streamlit as st

from app.composing import words
from app.widgets.text_editor import Draft
from publishing.content import File
from publishing.states import State

COMPOSITION: Final = "composer_composition"


@dataclass
class Stored:
    """The post that is being changed, and where it stands on each account."""

    post_id: UUID
    version: int
    states: dict[UUID, State]


@dataclass
class Composition:
    """One post being composed; `id` is that of its draft, and part of the keys of all its widgets.

    `brought` holds fields of accounts that were composed elsewhere (their own files), kept as they are.
    """

    id: UUID
    files: list[File] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)  # of files, by key
    cover: File | None = None
    own_words: dict[UUID, Draft] = field(default_factory=dict)
    brought: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    parts: list[Draft] = field(default_factory=list)
    comment: Draft = field(default_factory=Draft)
    stored: Stored | None = None
    uploads: int = 0  # how often files were taken: the next upload is another widget

    def key(self, name: str, *of: object) -> str:
        """The key of a widget of this post."""
        return "_".join(["composer", name, str(self.id), *map(str, of)])

    def value(self, name: str, *of: object) -> Any:
        """What was entered there, as the browser sent it; None where nothing was."""
        return st.session_state.get(self.key(name, *of))

    def enter(self, name: str, *of: object, value: object) -> None:
        """Put a value there before the widget is drawn."""
        st.session_state[self.key(name, *of)] = value

    def editors(self) -> list[tuple[str, Draft]]:
        """Every text of it but the first, with the key of its editor."""
        own = [(self.key("own_words", account_id), text) for account_id, text in self.own_words.items()]
        parts = [(self.key("part", part.id), part) for part in self.parts]
        return [*own, *parts, (self.key("comment"), self.comment)]

    def catch_up(self) -> None:
        """Take what the browser has just sent; for a callback, which runs before the page is drawn."""
        for key, text in self.editors():
            text.catch_up(key)

    @property
    def is_empty(self) -> bool:
        """Whether nothing but the words can have been entered."""
        return not (self.files or self.parts or self.comment.touched or self.stored)


def current() -> Composition:
    """The composition of the present draft."""
    kept: Composition | None = st.session_state.get(COMPOSITION)
    if kept is None or kept.id != words.draft().id:
        kept = Composition(words.draft().id)
        st.session_state[COMPOSITION] = kept
    return kept
