"""Models of the organization's files."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from app.api.schemas.common import STORABLE, At, In
from app.api.schemas.posts import FileOut

Address = Annotated[
    str,
    Field(
        strict=True,
        min_length=1,
        max_length=2_000,
        pattern=STORABLE,
        description="A public address that begins with https://.",
        examples=["https://example.com/door.jpg"],
    ),
]


class Fetched(In):
    """A file to fetch from where it is."""

    url: Address


class KeptFile(FileOut):
    """A file that posts can show; `name` is the one it came with."""

    name: str = Field(examples=["door.jpg"])
    created_at: At
