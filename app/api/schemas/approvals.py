"""Models of approvals and comments."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from app.api.schemas.common import STORABLE, At, Bool, Email, Id, In, Name, Out, SomeIds
from identity.permissions import Role
from publishing.approvals.models import Standing
from publishing.approvals.steps import Needs
from publishing.approvals.words import LONGEST

Words = Annotated[
    str, Field(strict=True, max_length=LONGEST, pattern=STORABLE, examples=["The price is missing."])
]


class StepIn(In):
    """A step of a workflow: people, or a role, or the client at an address, who gets a link."""

    name: Name
    person_ids: SomeIds = Field(default=[])
    role: Role | None = None
    client_email: Email | None = None
    needs: Needs = Needs.ANY
    remind_after_hours: Annotated[int, Field(ge=0, le=720, description="0: never.")] = 24


class WorkflowIn(In):
    """The steps in their order; none: posts need no approval."""

    steps: Annotated[list[StepIn], Field(max_length=10, examples=[[]])]


class Step(Out):
    """A step of a workflow."""

    name: str = Field(examples=["Editors"])
    person_ids: list[Id]
    role: Role | None
    client_email: str | None
    needs: Needs
    remind_after_hours: int


class Workflow(Out):
    """A brand's workflow."""

    steps: list[Step]


class Decision(Out):
    """What somebody decided at a step, the first being 0; without a person: by the client's link."""

    step: int = Field(examples=[0])
    by_name: str
    person_id: Id | None
    approves: bool
    words: str
    at: At


class Round(Out):
    """A submission of one version of a post, and what came of it."""

    id: Id
    post_id: Id
    version: int = Field(examples=[1])
    steps: list[Step]
    step: int = Field(examples=[0])
    standing: Standing
    submitted_by: Id | None
    submitted_at: At
    ended_at: At | None
    decisions: list[Decision]


class Waiting(Out):
    """A round that waits for a decision."""

    round: Round
    brand_id: Id
    brand_name: str
    submitter: str
    due_at: At | None


class Submission(In):
    """The version that is submitted."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1, examples=[1])]


class Decided(In):
    """A decision at a step of a round, the first being 0. Who asks for changes says which."""

    step: Annotated[int, Field(ge=0, le=100, examples=[0])]
    approves: Bool
    words: Words = ""


class Stands(Out):
    """Where the round stands now."""

    standing: Standing


class NewComment(In):
    """Something to say about a post; the client reads only what is `for_client`."""

    words: Words
    for_client: Bool = False


class Comment(Out):
    """What somebody said about a post."""

    id: Id
    by_name: str
    person_id: Id | None
    words: str
    for_client: bool
    at: At
