"""Models of brands."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, with_config
from typing_extensions import TypedDict

from app.api.schemas.common import IN, STORABLE, At, Colour, Id, In, Name, Out
from identity.brands import MAX_TEXT

TimeZone = Annotated[
    str,
    Field(
        strict=True,
        min_length=1,
        max_length=100,
        pattern=STORABLE,
        description="An IANA name.",
        examples=["Europe/Berlin"],
    ),
]
Words = Annotated[str, Field(strict=True, max_length=MAX_TEXT, pattern=STORABLE)]
Voice = Annotated[Words, Field(description="How it speaks.", examples=["Warm and plain; no jargon."])]
Audience = Annotated[Words, Field(description="Whom it speaks to.", examples=["Families near the coast."])]


class Brand(Out):
    """A client of the organization. Its logo is at `/brands/{brand_id}/logo`."""

    id: Id
    name: str = Field(examples=["Nordlicht"])
    timezone: str = Field(examples=["Europe/Berlin"])
    colour: str = Field(examples=["#2456e6"])
    accent_colour: str | None = Field(examples=["#f2a900"])
    voice: str
    audience: str
    created_at: At


class NewBrand(In):
    """A brand to make."""

    name: Name
    timezone: TimeZone
    colour: Colour = "#2456e6"
    accent_colour: Colour | None = None
    voice: Voice = ""
    audience: Audience = ""


@with_config(IN)
class BrandChanges(TypedDict, total=False):
    """What to change of a brand; the rest stays."""

    name: Name
    timezone: TimeZone
    colour: Colour
    accent_colour: Colour | None
    voice: Voice
    audience: Audience
