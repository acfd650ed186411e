"""A post as it is written in a file: with names, and with the place of everything that can be wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Place(NamedTuple):
    """Where something stands in a file: line and column, from 1, and the name of the column or field."""

    line: int
    column: int
    name: str = ""

    def __str__(self) -> str:
        where = f"line {self.line}, column {self.column}"
        return f"{where} ({self.name})" if self.name else where


class Problem(NamedTuple):
    """What is wrong, and where."""

    place: Place
    words: str


@dataclass(frozen=True)
class Entry:
    """A post as it is written. Nothing is looked up yet.

    `accounts` are names, handles or ids; `networks` narrow them or, alone, are all of the brand's accounts
    there. `at` is ISO 8601 with an offset, or a time on the brand's clock; "now"; empty is a draft. `media`
    are addresses, files beside this one, or keys of the library, each with its description. `own` is what
    differs on an account, by what it is called or by its network. `places` says where each field stands.
    `unread` are those that can't be read or are not known: it says the rest, and becomes no post.
    """

    place: Place
    accounts: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    text: str = ""
    link: str = ""
    at: str = ""
    kind: str = ""
    title: str = ""
    media: tuple[tuple[str, str], ...] = ()
    parts: tuple[str, ...] = ()
    first_comment: str = ""
    labels: tuple[str, ...] = ()
    campaign: str = ""
    own: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()

    def at_field(self, name: str) -> Place:
        """Where a field stands, or the post where the field is left out."""
        return self.places.get(name) or self.place._replace(name=name)


@dataclass(frozen=True)
class Contents:
    """What a file holds: its posts, and what in it can't be read."""

    entries: list[Entry]
    problems: list[Problem]


class UnreadableError(ValueError):
    """What is written can't be used; `problems` say why and where."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(words for _, words in problems))
        self.problems = list(problems)
