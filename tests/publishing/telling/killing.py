"""A process that dies between two steps of what it does."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from foundation import database


def killed(do: Callable[[], Any], at: str, number: int) -> bool:
    """Do it in a process that dies (as by kill -9) at its `number`th event; whether it got that far."""
    child = os.fork()
    if child == 0:
        database._engine.cache_clear()  # the parent's connections are not ours
        seen = 0

        def die(*_: Any) -> None:
            nonlocal seen
            seen += 1
            if seen == number:
                os._exit(9)

        event.listen(Engine, at, die)
        try:
            do()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 9
