"""An e-mail as its writer gives it: to whom, which template, and whose name and colours it bears."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

Value = str | Sequence[Mapping[str, str]]

LONGEST_ADDRESS = 254  # RFC 5321 4.5.3.1.3, without the angle brackets

# ASCII, one @, and nothing that means something in a header or an SMTP command.
_ADDRESS = re.compile(r"[!#-'*+\-./0-9=?A-Z^-~]+@[A-Za-z0-9.\-]+")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class Look:
    """Whose name and colour (#rrggbb) an e-mail bears: the product's own, or an organization's."""

    name: str = "AllIN"
    colour: str = "#2456e6"
    organization_id: UUID | None = None

    def __post_init__(self) -> None:
        if not _COLOUR.fullmatch(self.colour):
            raise ValueError("the colour of an e-mail is #rrggbb")


@dataclass(frozen=True)
class Email:
    """What is to be sent; `values` fill the template in `mail/templates`.

    Values whose name begins with ``link`` are addresses of pages; all others are inserted as text. A list
    holds values of the same kinds.

    Raises:
        ValueError: `to` is not one plain ASCII address; the message does not repeat it.
    """

    to: str
    template: str
    values: Mapping[str, Value] = field(repr=False)
    look: Look = Look()

    def __post_init__(self) -> None:
        if len(self.to) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(self.to):
            raise ValueError("an e-mail needs one plain ASCII address to go to")
