"""Running people's SQL: in a process of its own, on a file of their own, within limits of rows, memory and
time.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import polars as pl
import pyarrow as pa

from foundation.settings import Settings, get_settings
from warehouse.analysts import frames
from warehouse.analysts.frames import UnshownError

CHILD: Final = Path(__file__).with_name("child.py")
ROWS: Final = 100_000
ANSWER_MB: Final = 256
LONGEST: Final = 100_000  # characters of a statement
AT_ONCE: Final = 4  # of the installation
OF_ONE: Final = 2  # of one organization

ENDED: Final = (
    "The query was ended: it needed more memory than it may use, or did something that is not possible here."
)

_running: Counter[Hashable] = Counter()
_lock = threading.Lock()


class QueryError(RuntimeError):
    """There is no answer; the message is for whoever wrote the SQL."""


@dataclass(frozen=True)
class Answer:
    """The rows of the last statement, in `seconds`; `cut` when there were more than may be shown."""

    frame: pl.DataFrame
    cut: bool
    seconds: float


class Running:
    """A statement under way in its own process. It ends by itself: done, failed, stopped, or out of time."""

    def __init__(self, path: Path, statement: str, owner: Hashable, rows: int, settings: Settings) -> None:
        self._owner, self._settings = owner, settings
        self._started = time.monotonic()
        self._ended: float | None = None
        self._stopped = False
        self._error: str | None = None
        self._said: dict[str, object] = {}
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - read when the process has ended
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(CHILD)],
            stdin=subprocess.PIPE,
            stdout=self._output,
            stderr=subprocess.PIPE,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},  # nothing of ours: it holds passwords
            cwd="/",
            start_new_session=True,
        )
        self._thread = threading.Thread(
            target=self._wait, args=(_job(path, statement, rows, settings),), daemon=True
        )
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether `answer` has something to say."""
        return not self._thread.is_alive()

    @property
    def seconds(self) -> float:
        """How long it has been running, or did."""
        return (self._ended or time.monotonic()) - self._started

    def stop(self) -> None:
        """End it now; `answer` then says that it was stopped."""
        self._stopped = True
        self._process.kill()

    def answer(self) -> Answer:
        """Wait for the rows.

        Raises:
            QueryError: the SQL is wrong or not allowed here, took too long or too much memory, or was
                stopped.
        """
        self._thread.join()
        if self._error is not None:
            raise QueryError(self._error)
        self._output.seek(0)
        try:
            frame = _frame(self._output) if self._said.get("streamed", True) else pl.DataFrame()
        except UnshownError as error:
            raise QueryError(str(error)) from None
        except pa.ArrowException:  # what was written is no answer
            raise QueryError(ENDED) from None
        return Answer(frame, bool(self._said.get("cut")), self.seconds)

    def _wait(self, job: bytes) -> None:
        late = False
        try:
            try:
                _, said = self._process.communicate(job, timeout=self._settings.sql_seconds)
            except subprocess.TimeoutExpired:
                late = True
                self._process.kill()
                _, said = self._process.communicate()
            self._ended = time.monotonic()
            self._error = self._problem(said, late=late)
        finally:
            _give_back(self._owner)

    def _problem(self, said: bytes, *, late: bool) -> str | None:
        if self._stopped:
            return "The query was stopped."
        if late:
            return (
                f"The query took longer than {self._settings.sql_seconds} s and was stopped. Ask for fewer "
                "days or accounts, or for sums instead of rows."
            )
        try:
            self._said = json.loads(said)
        except ValueError:  # it said nothing: it was ended from outside, or by its limits
            return ENDED
        problem = self._said.get("error")
        if problem is None:
            return None
        kind = str(self._said.get("kind"))
        if kind in ("MemoryError", "OutOfMemoryException", "ArrowMemoryError"):
            return self._too_much()
        if self._said.get("too_large"):
            return f"The answer is larger than {ANSWER_MB} MB. Ask for fewer rows or shorter texts."
        return ENDED if str(problem).startswith(("INTERNAL", "FATAL")) else str(problem).strip()

    def _too_much(self) -> str:
        return (
            f"The query needs more than the {self._settings.sql_memory_mb} MB of memory that it may use. Ask "
            "for fewer days or accounts, or for sums instead of rows."
        )


def start(
    path: Path, statement: str, *, owner: Hashable, rows: int = ROWS, settings: Settings | None = None
) -> Running:
    """Run a statement (or several, divided by ``;``) on a copy; `owner` is the organization that it counts
    for.

    Raises:
        QueryError: there is nothing to run, it is too long, or too many queries are running.
    """
    if not statement.strip(" ;\r\n\t"):
        raise QueryError("Write a query first, such as SELECT * FROM dim_accounts.")
    if len(statement) > LONGEST:
        raise QueryError(f"A query can have at most {LONGEST:,} characters.")
    _take(owner)
    try:
        return Running(path, statement, owner, rows, settings or get_settings())
    except BaseException:
        _give_back(owner)
        raise


def run(
    path: Path, statement: str, *, owner: Hashable, rows: int = ROWS, settings: Settings | None = None
) -> Answer:
    """`start`, and wait for the answer.

    Raises:
        QueryError: there is no answer.
    """
    running = start(path, statement, owner=owner, rows=rows, settings=settings)
    try:
        return running.answer()
    except KeyboardInterrupt:
        running.stop()
        raise


def _frame(stream: IO[bytes]) -> pl.DataFrame:
    with pa.ipc.open_stream(stream) as reader:
        return frames.frame(reader.read_all())


def _job(path: Path, statement: str, rows: int, settings: Settings) -> bytes:
    job = {
        "path": str(path),
        "statement": statement,
        "rows": rows,
        "seconds": settings.sql_seconds,
        "memory_mb": settings.sql_memory_mb,
        "answer_mb": ANSWER_MB,
    }
    return json.dumps(job).encode()


def _take(owner: Hashable) -> None:
    with _lock:
        if _running[owner] >= OF_ONE:
            raise QueryError(
                f"{OF_ONE} queries of your organization are running already. Wait for one, or stop it."
            )
        if _running.total() >= AT_ONCE:
            raise QueryError("Too many queries are running at this moment. Try again in a few seconds.")
        _running[owner] += 1


def _give_back(owner: Hashable) -> None:
    with _lock:
        _running[owner] -= 1
        if _running[owner] <= 0:
            del _running[owner]
