"""What is being composed in this browser session, beside the words: files, own words of accounts, parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
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
    """The post that is being changed, where it stands on each account, and what it belongs to.

    `seen` is when it fell due on each account (aware UTC) as it was opened.
    """

    post_id: UUID
    version: int
    states: dict[UUID, State]
    seen: dict[UUID, datetime | None]
    queue_id: UUID | None = None
    campaign_id: UUID | None = None
    campaign_offset: timedelta | None = None
    recurrence_id: UUID | None = None
    occurrence: datetime | None = None


@dataclass
class Composition:
    """One post being composed; `id` is that of its draft, and part of the keys of all its widgets.

    `own_files` are those of accounts that show other ones. `brought` holds fields of accounts that were
    composed elsewhere and have no place here, kept as they are. `zone` is that of the brand's clock.
    """

    id: UUID
    files: list[File] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)  # of files, by key
    cover: File | None = None
    own_files: dict[UUID, list[File]] = field(default_factory=dict)
    own_words: dict[UUID, Draft] = field(default_factory=dict)
    brought: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    parts: list[Draft] = field(default_factory=list)
    comment: Draft = field(default_factory=Draft)
    stored: Stored | None = None
    uploads: int = 0  # how often files were taken: the next upload is another widget
    zone: str = "UTC"

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

    def files_of(self, account_id: UUID | None) -> list[File]:
        """The files that an account has of its own; None: those of all the others."""
        return self.files if account_id is None else self.own_files.setdefault(account_id, [])

    @property
    def is_empty(self) -> bool:
        """Whether nothing but the words can have been entered."""
        own = any(self.own_files.values())
        return not (self.files or own or self.parts or self.comment.touched or self.stored)


def only(account_id: UUID | None) -> tuple[UUID, ...]:
    """The last part of the keys of what an account has of its own; None: of what all the others have."""
    return () if account_id is None else (account_id,)


def current() -> Composition:
    """The composition of the present draft."""
    kept: Composition | None = st.session_state.get(COMPOSITION)
    if kept is None or kept.id != words.draft().id:
        kept = Composition(words.draft().id)
        st.session_state[COMPOSITION] = kept
    return kept
