"""Models of posts, and of what they are on each account."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BaseModel, Field, with_config
from typing_extensions import TypedDict

from app.api.schemas.common import EXAMPLE_ID, IN, STORABLE, At, Bool, Id, In, LocalAt, Moment, Out
from identity.paging import DEFAULT_LIMIT, MAX_CURSOR, MAX_LIMIT
from platforms.message import Kind
from publishing.drafts import LABEL_LENGTH, LABELS
from publishing.reading import Wanted
from publishing.states import PostState, State

LONGEST_TEXT: Final = 100_000  # characters; what a network takes is checked for each account
MOST_ACCOUNTS: Final = 200
MOST_FILES: Final = 35
MOST_PARTS: Final = 50
LARGEST_NUMBER: Final = 10**12

Text = Annotated[
    str, Field(strict=True, max_length=LONGEST_TEXT, pattern=STORABLE, examples=["We open at eight."])
]
Title = Annotated[str, Field(strict=True, max_length=1_000, pattern=STORABLE, examples=["Opening hours"])]
Link = Annotated[
    str, Field(strict=True, max_length=2_000, pattern=STORABLE, examples=["https://example.com/hours"])
]
Alt = Annotated[str, Field(strict=True, max_length=5_000, pattern=STORABLE, examples=["The open door."])]
Label = Annotated[
    str, Field(strict=True, max_length=LABEL_LENGTH, pattern=STORABLE, examples=["opening hours"])
]
Labels = Annotated[list[Label], Field(max_length=LABELS)]
Parts = Annotated[
    list[Text],
    Field(
        max_length=MOST_PARTS,
        description="Continue it as a thread. Where there are no threads, the post goes out without them.",
    ),
]
FirstComment = Annotated[
    Text, Field(description="Goes below it. Where there are no comments, the post goes out without it.")
]
Key = Annotated[
    str,
    Field(strict=True, pattern="^[0-9a-f]{64}$", description="See POST /media.", examples=["6f0c" * 16]),
]
OptionName = Annotated[str, Field(strict=True, max_length=100, pattern=STORABLE)]
OptionText = Annotated[str, Field(strict=True, max_length=2_000, pattern=STORABLE)]
OptionNumber = Annotated[int, Field(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)]
Options = Annotated[
    dict[OptionName, OptionText | Bool | OptionNumber],
    Field(
        max_length=50,
        description="The network's own: see the reference.",
        examples=[{}],
        json_schema_extra={"additionalProperties": False},  # of names with other characters there are none
    ),
]
Due = Annotated[Moment | None, Field(description="null: now.", examples=["2026-03-02T09:30:00Z"])]

OwnDue = Annotated[
    Moment | None, Field(description="null: when the post does.", examples=["2026-03-02T12:00:00Z"])
]


class FileIn(In):
    """A file of a post: one that was uploaded."""

    key: Key
    alt: Alt = ""


Files = Annotated[list[FileIn], Field(max_length=MOST_FILES)]


@with_config(IN)
class Own(TypedDict, total=False):
    """What differs on an account; what is left out is as in the post."""

    text: Text
    link: Link | None
    kind: Kind
    title: Title
    media: Files
    cover: FileIn | None
    options: Options


class AccountIn(In):
    """An account that a post goes to, and what it says of its own there."""

    id: Id
    own: Own = Field(default_factory=lambda: Own(), examples=[{"text": "We open at 8!"}])
    due_at: OwnDue = None


Accounts = Annotated[list[AccountIn], Field(max_length=MOST_ACCOUNTS, examples=[[{"id": EXAMPLE_ID}]])]


class NewPost(In):
    """A post to make. `unfinished` keeps it as a draft: nothing is sent."""

    brand_id: Id
    accounts: Accounts
    text: Text = ""
    link: Link | None = None
    kind: Kind = Kind.TEXT
    title: Title = ""
    media: Files = Field(default=[])
    parts: Parts = Field(default=[])
    first_comment: FirstComment = ""
    labels: Labels = Field(default=[])
    campaign_id: Id | None = None
    due_at: Due = None
    unfinished: Bool = False


@with_config(IN)
class _Version(TypedDict):
    version: Annotated[
        int,
        Field(ge=1, le=2**31 - 1, description="The one that you changed.", examples=[1]),
    ]


@with_config(IN)
class PostChanges(_Version, total=False):
    """What to change of a post; the rest stays. `accounts` are all that it then goes to."""

    accounts: Accounts
    text: Text
    link: Link | None
    kind: Kind
    title: Title
    media: Files
    parts: Parts
    first_comment: FirstComment
    labels: Labels
    campaign_id: Id | None
    due_at: Due
    unfinished: Bool


class FileOut(Out):
    """A file of a post. Sizes are bytes, pixels and seconds; null is not known."""

    key: str = Field(examples=["6f0c" * 16])
    mime: str = Field(examples=["image/jpeg"])
    size: int = Field(examples=[48_213])
    width: int | None = Field(default=None, examples=[1080])
    height: int | None = Field(default=None, examples=[1080])
    duration_s: float | None = Field(default=None, examples=[None])
    alt: str = Field(default="", examples=["The open door."])
    made_from: str | None = Field(
        default=None, description="The key of the file that the network could not take as it was."
    )


class Says(Out):
    """What is said, on an account or in a revision."""

    text: str = Field(default="", examples=["We open at eight."])
    link: str | None = None
    kind: Kind = Kind.TEXT
    title: str = ""
    media: list[FileOut] = Field(default=[])
    cover: FileOut | None = None
    options: dict[str, Any] = Field(default={})


class Attempt(Out):
    """One step taken for a publication; `outcome` is null while it runs, and for ever if it crashed."""

    id: int = Field(examples=[412])
    step: str = Field(description="prepare, submit, confirm or find.", examples=["submit"])
    started_at: At
    finished_at: At | None
    outcome: str | None = Field(examples=["published"])
    detail: str | None = Field(examples=[None])


class Publication(Out):
    """A post on one account. `problem` says what went wrong, `advice` what to do.

    A `part` above 0 continues the publication `follows_id`. `sent` says whether `content` is what was sent.
    `asks_person`: looking can't tell whether it is public, so someone has to say. While `confirm_at` is set,
    the network may still take it back.
    """

    id: Id
    post_id: Id
    account_id: Id
    account_name: str = Field(examples=["Nordlicht"])
    network: str = Field(examples=["facebook"])
    part: int = Field(examples=[0])
    follows_id: Id | None
    state: State
    due_at: At | None
    sent_at: At | None
    published_at: At | None
    confirm_at: At | None
    external_id: str | None = Field(examples=["104800000000101_1"])
    permalink: str | None = Field(examples=["https://www.facebook.com/1"])
    problem: str | None
    advice: str | None
    asks_person: bool
    attempt_count: int = Field(examples=[1])
    content: Says
    sent: bool


class PublicationInFull(Publication):
    """A publication with the ledger of its attempts, oldest first."""

    attempts: list[Attempt]


class Revision(Out):
    """What a post said before it was changed; `version` is the one that it had."""

    version: int = Field(examples=[1])
    content: Says
    parts: list[str] = Field(default=[])
    first_comment: str = ""
    labels: list[str] = Field(default=[])
    made_by: Id | None
    made_at: At


class _Post(Out):
    """What all answers tell of a post."""

    id: Id
    brand_id: Id
    state: PostState
    version: int = Field(examples=[1])
    text: str = Field(examples=["We open at eight."])
    link: str | None
    kind: Kind
    title: str
    media: list[FileOut]
    parts: list[str]
    first_comment: str
    labels: list[str] = Field(examples=[["opening hours"]])
    campaign_id: Id | None
    campaign_offset_s: int | None = Field(description="From the launch of the campaign.", examples=[None])
    recurrence_id: Id | None
    occurrence: LocalAt | None
    created_by: Id | None
    created_at: At
    updated_at: At


class Post(_Post):
    """A post with its publications."""

    publications: list[Publication]


class PostInFull(_Post):
    """Everything about a post."""

    publications: list[PublicationInFull]
    revisions: list[Revision]


class Asked(BaseModel):
    """Which of a list are asked for. `state`, `account_id`, `network` and the times are of a publication."""

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="How many at most.")] = DEFAULT_LIMIT
    cursor: Annotated[
        str | None, Field(max_length=MAX_CURSOR, description="`next_cursor` of the page before.")
    ] = None
    brand_id: UUID | None = None
    state: State | None = None
    account_id: UUID | None = None
    network: Annotated[str | None, Field(max_length=50, pattern=STORABLE)] = None
    campaign_id: UUID | None = None
    label: Annotated[str | None, Field(max_length=LABEL_LENGTH, pattern=STORABLE)] = None
    due_from: Moment | None = None
    due_before: Moment | None = None

    @property
    def wanted(self) -> Wanted:
        """As publishing takes it."""
        return Wanted(**self.model_dump(exclude={"limit", "cursor"}))


class NewTime(In):
    """Another time."""

    due_at: Due


class Answer(In):
    """Whether it is live, by someone who has looked. If not, it is sent now, unless `send_again` is false."""

    is_public: Bool
    permalink: Link | None = None
    send_again: Bool = True
