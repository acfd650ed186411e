"""What can go wrong between AllIN and a network, by what may be done next."""

from __future__ import annotations

from datetime import datetime
from typing import Literal


class NetworkError(RuntimeError):
    """Base: `message` is for people and never carries a token; `code` is the network's own."""

    def __init__(self, message: str, *, code: str | None = None, status: int | None = None) -> None:
        super().__init__(message)
        self.message, self.code, self.status = message, code, status


class Rejected(NetworkError):
    """Refused before anything was written, for good: the request itself has to change."""


class TemporarilyRejected(NetworkError):
    """Surely nothing was written (connection refused, a transient refusal): may be tried again."""


class RateLimited(TemporarilyRejected):
    """Too many requests; nothing was written. Try again at `until` (aware UTC).

    `of` is whose requests are too many: one account's, or all of the app's.
    """

    def __init__(
        self,
        message: str,
        *,
        until: datetime,
        code: str | None = None,
        status: int | None = None,
        of: Literal["app", "account"] = "account",
    ) -> None:
        super().__init__(message, code=code, status=status)
        self.until, self.of = until, of


class NotReady(TemporarilyRejected):
    """The network still works on what was prepared. Ask again at `until` (aware UTC); nothing is wrong."""

    def __init__(self, message: str, *, until: datetime) -> None:
        super().__init__(message)
        self.until = until


class TokenRefused(TemporarilyRejected):
    """The access token was refused and nothing was written; a new one from the refresh token may be taken."""


class Ambiguous(NetworkError):
    """Sent, but not answered (time-out, reset, 5xx): it may or may not be public."""


class Duplicate(NetworkError):
    """The network says it already has this post: maybe ours, from an answer that was lost."""


class NeedsReconnect(NetworkError):
    """The token is dead for good; a person has to connect the account again."""


class NeedsPerson(NetworkError):
    """Only a person can go on: a missing permission, no credit, a blocked account."""
