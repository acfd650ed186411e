"""A process that tries one limit over and over: `python -m tests.identity.hammering COUNT WINDOW_S TRIES`.

It says when it is ready, begins at a line on its input, and prints how many of its tries passed.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

from identity.errors import TooManyTriesError
from identity.limits import Limit, count

THREADS = 4


def passes(limit: Limit) -> bool:
    """Whether one more try is let through."""
    try:
        count(limit, "the same for all")
    except TooManyTriesError:
        return False
    return True


def main() -> None:
    """Hammer."""
    limit = Limit("hammered", int(sys.argv[1]), int(sys.argv[2]))
    count(Limit("warm", 100, 60), "to connect")
    _say("ready")
    sys.stdin.readline()
    with ThreadPoolExecutor(THREADS) as pool:
        _say(str(sum(pool.map(passes, [limit] * int(sys.argv[3])))))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
