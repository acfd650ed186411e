"""What can go wrong for a person here. Each message is written for them: what happened, what to do next."""

from __future__ import annotations


class IdentityError(Exception):
    """Base of all; `str()` is the message to show. `field` names the input it is about, if there is one."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class InvalidError(IdentityError):
    """An input can't be used as it is."""


class ForbiddenError(IdentityError):
    """The caller may not do this."""

    def __init__(self, message: str = "Your role does not allow this. Ask an administrator.") -> None:
        super().__init__(message)


class NotFoundError(IdentityError):
    """There is none, or none that the caller may see."""


class ConflictError(IdentityError):
    """It does not fit with how things stand now."""


class LinkError(IdentityError):
    """A link that is unknown, used, withdrawn or expired."""

    def __init__(self, message: str = "This link is no longer valid. Ask for a new one.") -> None:
        super().__init__(message)


class SignInError(IdentityError):
    """Nobody is signed in by this: wrong password, code or token."""


class TooManyTriesError(IdentityError):
    """Wait before the next try; `retry_after_s` says how long, in seconds."""

    def __init__(self, retry_after_s: int) -> None:
        minutes = max(1, round(retry_after_s / 60))
        unit = "minute" if minutes == 1 else "minutes"
        super().__init__(f"Too many tries. Please try again in {minutes} {unit}.")
        self.retry_after_s = retry_after_s
