"""What the life of a post should be: a small model of its publications, and a network that watches for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from foundation.database import utc_now
from platforms import errors
from platforms.contract import Account, Published
from platforms.message import Message
from publishing.states import State
from tests.publishing.network import Accepted, MemoryNetwork

PlaceKey = tuple[UUID, int]  # an account, and a part of the post on it


class Fate(StrEnum):
    """What becomes of the one call that makes a post public."""

    ACCEPTED = "accepted"
    ANSWER_LOST = "answer_lost"  # accepted, and the answer never came
    CALL_LOST = "call_lost"
    REFUSED = "refused"
    THROTTLED = "throttled"
    DUPLICATE = "duplicate"
    KILLED_BEFORE = "killed_before"
    KILLED_AFTER = "killed_after"


KILLING = frozenset({Fate.KILLED_BEFORE, Fate.KILLED_AFTER})
DOUBTFUL = KILLING | {Fate.ANSWER_LOST, Fate.CALL_LOST}
CANCELLABLE = frozenset(
    {State.DRAFT, State.IN_REVIEW, State.APPROVED, State.SCHEDULED, State.FAILED, State.MISSED}
)
REVISABLE = CANCELLABLE | {State.CANCELLED}
HELD = frozenset({State.PUBLISHING, State.UNKNOWN})


class Killed(BaseException):
    """The publisher's process is gone: no line of it runs any more."""


@dataclass
class Place:
    """A post, or a part of it, on one account, as it should be. `lease` is who works on it."""

    post: PostModel
    account_id: UUID
    part: int
    words: str
    state: State
    due_at: datetime | None
    lease: object | None = None
    accepted: list[str] = field(default_factory=list)  # the words of it that became public
    external_id: str | None = None
    maybe_written: bool = False  # an earlier sending was not answered for certain
    aged: bool = False  # ... and is longer ago than any call can take
    answered: bool = False  # a person saw it on the network: its id there is not known

    @property
    def before(self) -> Place | None:
        """The part that this one continues."""
        return self.post.places[self.account_id, self.part - 1] if self.part else None

    @property
    def may_go(self) -> bool:
        """Whether what it continues is public."""
        return self.before is None or (self.before.state is State.PUBLISHED and not self.before.answered)

    def move(self, state: State) -> None:
        """Another state ends every lease."""
        self.state, self.lease = state, None


@dataclass
class PostModel:
    """A post as it should be."""

    id: UUID
    version: int = 1
    places: dict[PlaceKey, Place] = field(default_factory=dict)
    deleted: bool = False

    @property
    def is_held(self) -> bool:
        """Whether something of it is being sent, or may have been."""
        return any(place.state in HELD for place in self.places.values())


@dataclass
class WatchedNetwork(MemoryNetwork):
    """Accepts as `fate` says, tells `on_accept` of it, and lets the world go on before and after."""

    fate: Fate = Fate.ACCEPTED
    on_call: Callable[[Account, Message], None] = lambda _account, _message: None
    on_accept: Callable[[Account, Message, str], None] = lambda _account, _message, _id: None
    meanwhile: Callable[[str], None] = lambda _moment: None

    def submit(self, account: Account, message: Message, prepared: Mapping[str, Any]) -> Published:
        assert prepared["container"] == "c1"
        fate = self.fate
        self.on_call(account, message)
        self.meanwhile("before")
        if fate is Fate.KILLED_BEFORE:
            raise Killed
        if fate in UNWRITTEN:
            raise UNWRITTEN[fate]
        external_id, at = f"{account.id}_{len(self.accepted)}", utc_now()
        self.accepted.append(Accepted(account.id, message.text, at, external_id))
        self.on_accept(account, message, external_id)
        self.meanwhile("after")
        if fate is Fate.KILLED_AFTER:
            raise Killed
        if fate is Fate.ANSWER_LOST:
            raise errors.Ambiguous("no answer")
        return Published(external_id, f"https://example.test/{external_id}", at)

    def age(self, by: timedelta) -> None:
        """Everything happened so much earlier."""
        self.accepted = [
            Accepted(post.account_id, post.text, post.at - by, post.external_id) for post in self.accepted
        ]


UNWRITTEN: Mapping[Fate, errors.NetworkError] = {
    Fate.CALL_LOST: errors.Ambiguous("no answer"),
    Fate.REFUSED: errors.Rejected("not like this"),
    Fate.THROTTLED: errors.TemporarilyRejected("not now"),
    Fate.DUPLICATE: errors.Duplicate("there already"),
}
