"""What every network's connector gives and takes. The rest of AllIN knows networks only through this."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


# ---------------------------------------------------------------- connecting
@dataclass(frozen=True)
class Credentials:
    """Tokens of one account. `expires_at` is aware UTC; None means no known end."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True)
class RemoteAccount:
    """An account as the network names it: one that can be connected."""

    network: str
    external_id: str
    name: str
    credentials: Credentials


@dataclass(frozen=True)
class Account:
    """A connected account, ready to be used: identity and usable credentials."""

    id: str
    organization_id: str
    network: str
    external_id: str
    name: str
    credentials: Credentials


class Connector(Protocol):
    """``connect.py`` of a network."""

    def accounts(self, credentials: Credentials) -> list[RemoteAccount]:
        """The accounts these credentials reach, each with the credentials to use for it."""

    def refresh(self, credentials: Credentials) -> Credentials:
        """New credentials from a refresh token. Raises NeedsReconnect when it is dead for good."""


# ---------------------------------------------------------------- publishing
@dataclass(frozen=True)
class Message:
    """What is to be published on one account, frozen before sending."""

    text: str
    link: str | None = None


@dataclass(frozen=True)
class Published:
    """A post the network confirms: its id, its address, and when it appeared (aware UTC)."""

    external_id: str
    permalink: str | None
    published_at: datetime | None


class Finding(StrEnum):
    """The answer of a search for a post whose sending was never answered."""

    FOUND = "found"
    ABSENT = "absent"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True)
class Found:
    """Result of `Publisher.find`; `post` is set only with FOUND."""

    finding: Finding
    post: Published | None = None


class Publisher(Protocol):
    """``publish.py`` of a network. Every method may raise a NetworkError of `platforms.errors`."""

    def check(self, message: Message) -> list[str]:
        """What the network would refuse, in words for the composer; empty when fine."""

    def length(self, message: Message) -> int:
        """How much of the network's `text_limit` the message uses, as the network counts."""

    def prepare(self, account: Account, message: Message, prepared: Mapping[str, Any]) -> dict[str, Any]:
        """Upload media, make containers; may be repeated. Returns the ids to keep (JSON)."""

    def submit(self, account: Account, message: Message, prepared: Mapping[str, Any]) -> Published:
        """The one call that makes the post public. Never repeated blindly by anyone."""

    def confirm(self, account: Account, external_id: str) -> Published:
        """Read the post back, once it is known by id."""

    def find(self, account: Account, message: Message, sent_at: datetime) -> Found:
        """Look for a post sent at `sent_at` (aware UTC) whose answer was lost."""


# ---------------------------------------------------------------- collecting
class Entity(StrEnum):
    """What is collected of an account; each is one kind of raw answer."""

    ACCOUNT = "account"  # the account itself now: name, followers
    POSTS = "posts"  # its posts with the metrics the listing carries
    ACCOUNT_METRICS = "account_metrics"  # daily series of the account, where the network has them


@dataclass(frozen=True)
class Answer:
    """One HTTP answer as it came. `request` holds path and parameters, never a token."""

    entity: Entity
    request: Mapping[str, Any]
    requested_at: datetime
    status: int
    body: str
    next_cursor: str | None = None  # where to go on; None after the last page


class Collector(Protocol):
    """``collect.py`` of a network."""

    entities: tuple[Entity, ...]

    def collect(
        self, account: Account, entity: Entity, since: datetime | None, until: datetime, cursor: str | None
    ) -> Iterator[Answer]:
        """Yield the answers of an entity page by page, from `cursor` on (None: from the start).

        Posts: those published at or after `since` (None: as far back as the network gives), newest first.
        Account metrics: the days from `since` to `until`. A failing page raises a NetworkError;
        what was yielded before stays valid, and its last `next_cursor` is where to go on.
        """


@dataclass(frozen=True)
class Network:
    """A network's connector, assembled. `label` is its name for people."""

    key: str
    label: str
    text_limit: int
    connect: Connector
    publish: Publisher
    collect: Collector
