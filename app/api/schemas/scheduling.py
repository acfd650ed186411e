"""Models of queues, recurrences, campaigns and clashes."""

from __future__ import annotations

from datetime import time
from typing import Annotated

from pydantic import Field, WithJsonSchema, with_config
from typing_extensions import TypedDict

from app.api.schemas.common import EXAMPLE_ID, IN, At, Id, In, LocalAt, Moment, Name, Out, SomeIds
from app.api.schemas.posts import NewPost
from publishing.scheduling.clashes import Clash
from publishing.states import State

Version = Annotated[int, Field(ge=1, le=2**31 - 1, description="The one that you changed.", examples=[1])]
# Of a whole year and a bit, either way.
OffsetS = Annotated[
    int,
    Field(
        ge=-40_000_000,
        le=40_000_000,
        description="Seconds from the launch, on the brand's clock.",
        examples=[0],
    ),
]
LocalTime = Annotated[
    str,
    Field(
        strict=True,
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?$",
        description="On the brand's clock, so without an offset.",
        examples=["2026-03-02T09:30:00"],
    ),
]
Clock = Annotated[str, Field(strict=True, pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["09:30"])]
Rule = Annotated[
    str,
    Field(
        strict=True,
        min_length=1,
        max_length=1_000,
        pattern=r"^[\x20-\x7e]*$",
        description="RFC 5545, section 3.3.10.",
        examples=["FREQ=WEEKLY;BYDAY=MO,TH"],
    ),
]


class SlotIn(In):
    """A weekday (1 is Monday) and a time on the brand's clock."""

    weekday: Annotated[int, Field(ge=1, le=7, examples=[1])]
    at: Clock


Slots = Annotated[list[SlotIn], Field(max_length=500)]


class SlotOut(Out):
    """A weekday (1 is Monday) and a time on the brand's clock."""

    weekday: int = Field(examples=[1])
    at: Annotated[time, WithJsonSchema({"type": "string", "examples": ["09:30:00"]})]


class NewQueue(In):
    """A queue to make."""

    brand_id: Id
    name: Name
    slots: Slots = Field(default=[])


@with_config(IN)
class _Version(TypedDict):
    version: Version


@with_config(IN)
class QueueChanges(_Version, total=False):
    """What to change of a queue; the rest stays."""

    name: Name
    slots: Slots


class OfVersion(In):
    """The version that was looked at."""

    version: Version


class Order(OfVersion):
    """All posts of the queue that wait, in the order that they shall have."""

    post_ids: SomeIds


class Queue(Out):
    """A queue; `waiting` counts its posts."""

    id: Id
    brand_id: Id
    name: str = Field(examples=["Everyday"])
    zone: str = Field(examples=["Europe/Berlin"])
    slots: list[SlotOut]
    paused_at: At | None
    waiting: int = Field(examples=[3])
    version: int = Field(examples=[1])


class Placed(Out):
    """A post and the slot it has; null while the queue is paused."""

    post_id: Id
    queue_id: Id | None
    slot_at: At | None


class QueueInFull(Queue):
    """A queue with the posts that wait, in their order, and the slots that the next posts would take."""

    places: list[Placed]
    next_free: list[At]


class NewRecurrence(In):
    """A post that comes again; its own time and campaign have no meaning here."""

    post: NewPost
    rule: Rule
    starts: LocalTime


class AskedRule(In):
    """A rule to look at."""

    brand_id: Id
    rule: Rule
    starts: LocalTime


@with_config(IN)
class RecurrenceChanges(_Version, total=False):
    """What to change of a recurrence, from now on; the rest stays."""

    post: NewPost
    rule: Rule
    starts: LocalTime


class Occurrence(In):
    """One of its times."""

    occurrence: LocalTime


class Coming(Out):
    """A time of a rule; `notice` says what to know where the clock skips it or shows it twice."""

    local: LocalAt
    at: At
    notice: str | None


class Recurrence(Out):
    """A post that comes again. `problem` says why its next posts could not be made."""

    id: Id
    brand_id: Id
    rule: str = Field(examples=["FREQ=WEEKLY;BYDAY=MO,TH"])
    zone: str = Field(examples=["Europe/Berlin"])
    starts: LocalAt
    skipped: list[LocalAt]
    account_ids: list[Id]
    text: str
    next: list[Coming]
    problem: str | None
    ended_at: At | None
    version: int = Field(examples=[1])


class NewCampaign(In):
    """A campaign to make."""

    brand_id: Id
    name: Name
    launch_at: Moment | None = None


class CampaignChanges(OfVersion):
    """Another name for it."""

    name: Name


class Launch(OfVersion):
    """When it begins; null: not known for now."""

    launch_at: Moment | None


class AskedLaunch(In):
    """A launch to look at; null: not known for now."""

    launch_at: Moment | None


class Offset(In):
    """How far a post stands from the launch."""

    offset_s: OffsetS


class NewCampaignPost(Offset):
    """A post of a campaign; its own time has no meaning here."""

    post: NewPost


class Campaign(Out):
    """Posts around a launch."""

    id: Id
    brand_id: Id
    name: str = Field(examples=["Spring menu"])
    zone: str = Field(examples=["Europe/Berlin"])
    launch_at: At | None
    posts: int = Field(examples=[4])
    version: int = Field(examples=[1])


class Moved(Out):
    """The posts that have new times; `notices` tell of times that the clock skips or shows twice."""

    version: int = Field(examples=[2])
    post_ids: list[Id] = Field(examples=[[EXAMPLE_ID]])
    notices: list[str]


class Move(Out):
    """What a move would do on one account; where the new time `is_past`, nothing can be moved."""

    post_id: Id
    publication_id: Id
    network: str = Field(examples=["x"])
    account_name: str
    text: str
    before: At | None
    after: Coming | None
    is_past: bool


class LaunchPreview(Out):
    """What a move would do, the soonest first. `stays` counts publications that are done or being sent;
    `problem` says why the move would be refused.
    """

    moves: list[Move]
    stays: int = Field(examples=[0])
    problem: str | None


class FoundClash(Out):
    """A post that another one clashes with on an account; `words` say how."""

    clash: Clash
    account_id: Id
    account_name: str
    post_id: Id
    state: State
    at: At | None
    likeness: float = Field(description="0 to 1.", examples=[0.8])
    text: str
    words: str


class Clashes(Out):
    """What a draft clashes with."""

    items: list[FoundClash]
