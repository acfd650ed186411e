"""What was found wrong in a file: all of it in a file of its own, the first of it at hand."""

from __future__ import annotations

import csv
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from publishing.importing.entries import Problem

AT_HAND: Final = 200
# A spreadsheet takes a text that begins like this for a formula
# (https://owasp.org/www-community/attacks/CSV_Injection).
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
HEAD: Final = ("file", "line", "column", "name", "problem")


class Findings:
    """Problems of a file in the order they are found, written to `path` (CSV); a context manager.

    `rows` counts the rows that are wrong, `notices` are words of what a person should know, with how often
    and where first.
    """

    def __init__(self, path: Path, file_name: str) -> None:
        self.path = path
        self.first: list[Problem] = []
        self.total = 0
        self.rows = 0
        self.notices: dict[str, tuple[int, int]] = {}
        self._file_name = file_name
        self._line = 0

    def __enter__(self) -> Self:
        self._file = self.path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(HEAD)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, problem: Problem) -> None:
        """Take note of a problem. Those of a row come one after the other."""
        self.total += 1
        self.rows += problem.place.line != self._line
        self._line = problem.place.line
        if len(self.first) < AT_HAND:
            self.first.append(problem)
        place = problem.place
        cells = (self._file_name, place.line, place.column, place.name, problem.words)
        self._writer.writerow([unarmed(cell) if isinstance(cell, str) else cell for cell in cells])

    def notice(self, words: str, line: int) -> None:
        """Take note of what keeps no row from being imported."""
        count, first = self.notices.get(words, (0, line))
        self.notices[words] = (count + 1, first)

    def told(self) -> list[str]:
        """The notices as lines for people."""
        return [
            f"Line {first}: {words}" if count == 1 else f"{words} ({count:,} rows, the first in line {first})"
            for words, (count, first) in self.notices.items()
        ]


def unarmed(cell: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
