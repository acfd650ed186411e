"""What every network's connector gives and takes. The rest of AllIN knows networks only through this."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from platforms.capabilities import Capabilities
from platforms.message import Message


# ---------------------------------------------------------------- connecting
@dataclass(frozen=True)
class Credentials:
    """Tokens of one account. `expires_at` is aware UTC; None means no known end.

    `scopes` are those the network granted, None where it does not say. `extra` is what else is needed to
    use or renew them (an instance's client secret); it is encrypted like the tokens.
    """

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    scopes: frozenset[str] | None = None
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class RemoteAccount:
    """An account as the network names it: one that can be connected.

    `server` is the base URL of an instance (Mastodon, a Bluesky host) or the way in where a network has
    several (Instagram's two logins), else empty.
    """

    network: str
    external_id: str
    name: str
    credentials: Credentials
    handle: str = ""
    server: str = ""


@dataclass(frozen=True)
class Account:
    """A connected account, ready to be used: identity and usable credentials."""

    id: str
    organization_id: str
    network: str
    external_id: str
    name: str
    credentials: Credentials
    server: str = ""


@dataclass(frozen=True)
class Field:
    """Something a person types before the consent: a Mastodon server, a Bluesky app password."""

    key: str
    label: str
    help: str = ""
    secret: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)  # value to words; none is free text
    optional: bool = False  # may be left empty


@dataclass(frozen=True)
class Consent:
    """Where a person is sent to consent, and what is kept until they come back.

    Without a `url` nothing is to be consented: `Connector.finish` can be called at once.
    `kept` (a PKCE verifier, an instance's client) is sealed by the caller and never shown.
    """

    url: str | None
    kept: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Standing:
    """What a network says of an account's access now. Times are aware UTC; None is unknown or never.

    `options` are those of a message that hold for all of the account's, as what it may do goes beyond what
    others may (longer posts).
    """

    scopes: frozenset[str] | None = None
    ends_at: datetime | None = None  # when a person has to consent again, whatever is refreshed
    options: Mapping[str, Any] = field(default_factory=dict)


class Connector(Protocol):
    """``connect.py`` of a network. Every method may raise a NetworkError."""

    fields: tuple[Field, ...]

    def begin(self, inputs: Mapping[str, str], callback: str, state: str) -> Consent:
        """Start to connect: `inputs` are the fields' values, `callback` our address for the answer.

        `state` (at most 500 characters) comes back in the answer. Raises Rejected for inputs that can't be.
        """

    def finish(self, consent: Consent, answer: Mapping[str, str], callback: str) -> Credentials:
        """The credentials for what came back to `callback` (its query parameters).

        Raises:
            NeedsPerson: the person said no, or left out what is needed.
        """

    def accounts(self, credentials: Credentials) -> list[RemoteAccount]:
        """The accounts these credentials reach, each with the credentials to use for it."""

    def refresh(self, credentials: Credentials) -> Credentials:
        """New credentials from a refresh token. Raises NeedsReconnect when it is dead for good."""

    def standing(self, account: Account) -> Standing:
        """Ask whether the account can still be used. Raises NeedsReconnect or NeedsPerson when not."""

    def revoke(self, account: Account) -> None:
        """Give the access back to the network; without effect where it has no such call."""


# ---------------------------------------------------------------- publishing
@dataclass(frozen=True)
class Published:
    """A post the network confirms: its id, its address, and when it appeared (aware UTC).

    `settled` is False while the network still works on it or looks at it: `confirm` tells how it ends,
    and may name the post's final id.
    """

    external_id: str
    permalink: str | None
    published_at: datetime | None
    settled: bool = True


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
    """``publish.py`` of a network. Every method but `check` and `length` may raise a NetworkError."""

    def check(self, message: Message) -> list[str]:
        """What the network would refuse, in words for the composer; empty when fine."""

    def length(self, message: Message) -> int:
        """How much of a kind's `text_limit` the message uses, as the network counts."""

    def prepare(
        self, account: Account, message: Message, prepared: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Upload media, make containers: everything that publishes nothing yet.

        Yields all ids known so far (JSON) after each step, and before a step that must not be done twice;
        the caller keeps them before it asks for the next. Called again with what was kept, it goes on from
        there. A message that needs nothing yields nothing.

        Raises:
            NotReady: the network works on it; call again at the moment it names.
        """

    def submit(self, account: Account, message: Message, prepared: Mapping[str, Any]) -> Published:
        """The one call that makes the post public. Never repeated blindly by anyone."""

    def confirm(self, account: Account, external_id: str) -> Published:
        """Read the post back, by the id `submit` or `find` gave.

        Raises:
            Rejected: the network took the post back while it processed or reviewed it.
        """

    def find(
        self, account: Account, message: Message, sent_at: datetime, prepared: Mapping[str, Any]
    ) -> Found:
        """Look for a post sent at `sent_at` (aware UTC) whose answer was lost."""


@runtime_checkable
class Offering(Protocol):
    """A publisher of a network where some option's values are the account's own: its boards, say."""

    def choices(self, account: Account, option_key: str) -> dict[str, str]:
        """What can be chosen for an option now: values, and words for each. May raise a NetworkError."""


# ---------------------------------------------------------------- collecting
class Entity(StrEnum):
    """What is collected of an account; each is one kind of raw answer."""

    ACCOUNT = "account"  # the account itself now: name, followers
    POSTS = "posts"  # its posts with the metrics the listing carries
    POST_METRICS = "post_metrics"  # the posts' numbers that the listing does not carry
    ACCOUNT_METRICS = "account_metrics"  # daily series of the account, where the network has them
    DEMOGRAPHICS = "demographics"  # who follows, by country, age or the like


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

        Posts and their metrics: those published at or after `since` (None: as far back as the network
        gives), newest first. An answer to several posts names them in `request`.
        Account metrics: the days from `since` to `until`. A failing page raises a NetworkError;
        what was yielded before stays valid, and its last `next_cursor` is where to go on.
        """


@dataclass(frozen=True)
class Network:
    """A network's connector, assembled. `label` is its name for people."""

    key: str
    label: str
    capabilities: Capabilities
    connect: Connector
    publish: Publisher
    collect: Collector
