"""How a try to send ends, when it does not end well. Reasons are for the operator and hold no secret."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

LONGEST_REASON = 300
_WEB_ADDRESS = re.compile(r"(?i)\b(https?://[^\s?#<>\"]+)[?#][^\s<>\"]*")


class NotAccepted(Exception):
    """Nothing was accepted: it may be sent again, not before `wait` where the server named one."""

    def __init__(self, reason: str, wait: timedelta | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class Refused(Exception):
    """The server refused this e-mail for good."""


class Unanswered(Exception):
    """It was handed over and no clear answer came: it may have been accepted."""


class LeaseLost(Exception):
    """Another process holds the e-mail by now: leave it alone."""


HandOver = Callable[[], None]  # commits that the e-mail goes out now; raises LeaseLost


def reason(words: str | bytes, *secrets: str) -> str:
    """A server's own words on one line of at most 300 characters, without secrets and links' tokens."""
    line = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    for secret in filter(None, secrets):
        line = line.replace(secret, "[redacted]").replace(quote(secret, safe=""), "[redacted]")
    line = " ".join(_WEB_ADDRESS.sub(r"\1", line).split())
    return line if len(line) <= LONGEST_REASON else line[: LONGEST_REASON - 1] + "…"
