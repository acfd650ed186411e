"""A file as a table: its header, and its rows one after the other in bounded memory."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from publishing.importing.entries import Place, Problem
from warehouse.importing.encodings import NoTextError, encoding_of

SEPARATORS: Final = ",;\t|"
LOOKED_AT: Final = 60  # rows in which the header is looked for: some exports begin with words of their own
LARGEST_CELL: Final = 131_072  # characters; a longer one is a quotation mark that was never closed
LARGEST_LINE: Final = 1_000_000  # characters, so that memory is bounded whatever the file is
TOP: Final = Place(1, 1)
_SAYS_SEPARATOR: Final = re.compile(r"sep=(.)", re.IGNORECASE)
# Excel's way to keep a long number as text; every other formula stays the text that it is.
_KEPT_AS_TEXT: Final = re.compile(r'="(.*)"', re.DOTALL)

Row = tuple[int, list[str]]  # the line it begins on (from 1), its cells


class UnreadableError(ValueError):
    """The file can't be read as a table; `problems` say where and why."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(" ".join(problem.words for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class Table:
    """A file whose header is known. `line` is where the header stands, `size` the file's in bytes.

    `is_section`: the header was found below other words, so the table ends at the next empty line.
    """

    path: Path
    encoding: str
    separator: str
    header: tuple[str, ...]
    line: int
    size: int
    is_section: bool = False


def opened(path: Path, is_header: Callable[[Sequence[str]], bool], encoding: str | None = None) -> Table:
    """Look at a file: its encoding, what parts its cells, and where its header stands.

    The header is the first row that `is_header` takes for one, or else the first that is not empty.

    Raises:
        UnreadableError: it is no text or has no row; the message is for people.
        OSError: it can't be read.
    """
    size = path.stat().st_size
    try:
        encoding = encoding or encoding_of(path)
    except NoTextError as error:
        raise UnreadableError(Problem(TOP, str(error))) from None
    first = _first_lines(path, encoding)
    said = _SAYS_SEPARATOR.fullmatch(first[0].strip("\r\n")) if first else None
    tried = [said[1]] if said else sorted(SEPARATORS, key=lambda sign: -_count(first, sign))
    for separator in tried:
        above = False
        for line, cells in _looked_at(path, encoding, separator):
            if is_header(_plain_all(cells)):
                return Table(path, encoding, separator, _plain_all(cells), line, size, above)
            above = above or (any(cells) and not (said and line == 1))
    for line, cells in islice(_read(path, encoding, tried[0], None), LOOKED_AT):
        if any(cell.strip() for cell in cells) and not (said and line == 1):
            return Table(path, encoding, tried[0], _plain_all(cells), line, size)
    raise UnreadableError(Problem(TOP, "The table is empty."))


def rows(
    table: Table, at: Callable[[int], None] | None = None, left: Callable[[int], None] | None = None
) -> Iterator[Row]:
    """The rows below the header; lines without anything are left out.

    `at` hears how many bytes are read, `left` on which line something begins that is no part of the table.

    Raises:
        UnreadableError: the file can't be read any further.
    """
    ended = False
    for line, cells in _read(table.path, table.encoding, table.separator, at):
        if line <= table.line:
            continue
        if not any(cells) or not any(cell.strip() for cell in cells):
            ended = table.is_section
        elif not ended:
            yield line, cells
        else:
            if left is not None:
                left(line)
            return


def plain(cell: str) -> str:
    """A cell without outer blanks and without what Excel puts around a number kept as text."""
    value = cell.strip()
    if value.startswith('="'):
        kept = _KEPT_AS_TEXT.fullmatch(value)
        if kept and '"' not in kept[1].replace('""', ""):
            return kept[1].replace('""', '"')
    return value


def _plain_all(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(plain(cell).lstrip("\ufeff") for cell in cells)  # some programs write the mark twice


def _looked_at(path: Path, encoding: str, separator: str) -> Iterator[Row]:
    try:
        for number, row in enumerate(_read(path, encoding, separator, None)):
            if number >= LOOKED_AT:
                return
            yield row
    except UnreadableError:
        return  # told where it matters


def _read(path: Path, encoding: str, separator: str, at: Callable[[int], None] | None) -> Iterator[Row]:
    csv.field_size_limit(LARGEST_CELL)
    with path.open("rb") as file:
        # Half a letter becomes a surrogate, which the checks of the cells find.
        errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
        text = io.TextIOWrapper(file, encoding, errors, newline="")
        reader = csv.reader(_lines(text), delimiter=separator, strict=True)
        line = 1
        while True:
            try:
                cells = next(reader, None)
            except csv.Error as error:
                raise UnreadableError(Problem(Place(line, 1), _why(error))) from None
            except UnicodeError:
                raise UnreadableError(
                    Problem(Place(line, 1), "From here on the letters can't be read.")
                ) from None
            if cells is None:
                return
            yield line, cells
            line = reader.line_num + 1
            if at is not None and not line % 1000:
                at(file.tell())


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(LARGEST_LINE):
        if len(line) == LARGEST_LINE:
            raise csv.Error("line too long")
        yield line


def _why(error: csv.Error) -> str:
    if "line too long" in str(error):
        return f"A line here has {LARGEST_LINE:,} characters and more. A table has a line for each row."
    if "field larger" in str(error) or "unexpected end" in str(error):
        return "A quotation mark that opens here is never closed, so the rest can't be told apart."
    if "expected after" in str(error):
        return "A cell goes on after its closing quotation mark. Within a text the mark is written twice."
    return "This row can't be read."


def _first_lines(path: Path, encoding: str) -> list[str]:
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        return file.read(65_536).splitlines()[:LOOKED_AT]


def _count(lines: Sequence[str], separator: str) -> int:
    return sum(line.count(separator) for line in lines)
