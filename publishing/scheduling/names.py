"""Names that people give to queues and campaigns."""

from __future__ import annotations

from publishing.changes import DraftError

LENGTH = 80  # characters


def checked(name: str) -> str:
    """The name without blanks around it.

    Raises:
        DraftError: it can't be used.
    """
    name = " ".join(name.split())
    if not name:
        raise DraftError(["Give it a name."])
    if len(name) > LENGTH:
        raise DraftError([f"A name has up to {LENGTH} characters."])
    if not name.isprintable():
        raise DraftError(["The name has characters that can't be shown."])
    return name
