"""Kinds of values that several models share. Each has a longest length; nothing is quietly converted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Final, Generic, TypeVar
from uuid import UUID

from fastapi import Query
from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    WithJsonSchema,
)

from identity import inputs
from identity.paging import DEFAULT_LIMIT, MAX_CURSOR, MAX_LIMIT, Page

M = TypeVar("M", bound=BaseModel)

EXAMPLE_ID: Final = "0d9b7a52-3f1e-4b5f-9a57-5b1f0c6f1b1a"
PASSWORD: Final = "quiet river under stones"  # noqa: S105 - an example
TOKEN: Final = "kT3mPq0bZ2wV8yF6sJ4nR1xC5dH7gL9aE0uW2iO4pQY"  # noqa: S105 - an example
EXAMPLE_TIME: Final = "2026-03-02T09:30:00Z"
IN: Final = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Quiet(BaseModel):
    """A model whose `repr` names no values, for some are secrets."""

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """Nothing."""
        return []


class In(Quiet):
    """Base of what is sent: fields that do not exist are refused."""

    model_config = IN


class Out(Quiet):
    """Base of what is answered, made from what identity gives."""

    model_config = ConfigDict(from_attributes=True)


def _written(value: Any) -> Any:
    """A moment comes as text; pydantic would take a number for seconds since 1970."""
    if not isinstance(value, str) or value.strip().lstrip("+-").replace(".", "").isdigit():
        raise ValueError("Write a time as 2026-03-02T09:30:00Z")
    return value


def _sorted(value: Iterable[Any] | None) -> list[Any] | None:
    return None if value is None else sorted(value)


# PostgreSQL's text holds every character but this one.
STORABLE: Final = r"^[^\x00]*$"

Name = Annotated[
    str,
    Field(
        strict=True,
        min_length=1,
        max_length=inputs.LONGEST_NAME,
        pattern=STORABLE,
        description="Characters that can't be seen are refused.",
        examples=["Nordlicht"],
    ),
]
Email = Annotated[
    str,
    Field(
        strict=True,
        min_length=3,
        max_length=inputs.LONGEST_ADDRESS,
        pattern=STORABLE,
        description="ASCII before the @; a domain may be in letters of any script.",
        examples=["person@example.com"],
    ),
]
NewPassword = Annotated[
    str,
    Field(
        strict=True,
        min_length=inputs.SHORTEST_PASSWORD,
        max_length=inputs.LONGEST_PASSWORD,
        pattern=STORABLE,
        description=inputs.PASSWORD_RULE,
        examples=[PASSWORD],
    ),
]
Password = Annotated[
    str,
    Field(
        strict=True,
        min_length=1,
        max_length=inputs.LONGEST_PASSWORD,
        pattern=STORABLE,
        examples=[PASSWORD],
    ),
]
Token = Annotated[
    str,
    Field(strict=True, min_length=1, max_length=200, pattern=STORABLE, examples=[TOKEN]),
]
Code = Annotated[
    str,
    Field(
        strict=True,
        min_length=1,
        max_length=50,
        pattern=STORABLE,
        description="Of the authenticator, or a recovery code.",
        examples=["492039"],
    ),
]
Colour = Annotated[
    str, Field(strict=True, pattern="^#[0-9a-fA-F]{6}$", description="#rrggbb", examples=["#2456e6"])
]
Moment = Annotated[AwareDatetime, BeforeValidator(_written), Field(examples=[EXAMPLE_TIME])]
At = Annotated[datetime, Field(examples=[EXAMPLE_TIME])]
# On a brand's clock: without an offset, so not what JSON Schema calls a date-time.
LocalAt = Annotated[
    datetime,
    WithJsonSchema(
        {"type": "string", "description": "On the brand's clock.", "examples": ["2026-03-02T09:30:00"]}
    ),
]
Id = Annotated[UUID, Field(examples=[EXAMPLE_ID])]
Ids = Annotated[list[UUID], BeforeValidator(_sorted), Field(examples=[[EXAMPLE_ID]])]
SomeIds = Annotated[list[UUID], Field(max_length=1000, examples=[[EXAMPLE_ID]])]
Bool = StrictBool

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many at most.", examples=[DEFAULT_LIMIT])]
Cursor = Annotated[
    str | None,
    Query(
        max_length=MAX_CURSOR,
        description="`next_cursor` of the page before.",
    ),
]


class Listed(BaseModel, Generic[M]):
    """A page of a list; `next_cursor` asks for what follows, and is null at the end."""

    items: list[M]
    next_cursor: str | None = Field(examples=[None])


def listed(found: Page[Any], model: type[M]) -> Listed[M]:
    """The page as it is answered."""
    whole = {"items": found.items, "next_cursor": found.next_cursor}
    return Listed[model].model_validate(whole, from_attributes=True)  # type: ignore[valid-type]
