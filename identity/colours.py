"""Colours as people give them."""

from __future__ import annotations

import re

from identity.errors import InvalidError

_COLOUR = re.compile(r"#[0-9a-f]{6}")


def colour(value: str, field: str = "colour") -> str:
    """The colour as it is stored: #rrggbb in lower case.

    Raises:
        InvalidError: it is not written like that.
    """
    found = value.strip().lower()
    if _COLOUR.fullmatch(found) is None:
        raise InvalidError("Write a colour as # and six digits, such as #2456e6.", field=field)
    return found
