"""Tables of posts: CSV as programs and spreadsheets write it.

A spreadsheet may write a mark at the beginning, semicolons or tabs between the cells, a line ``sep=;`` that
says so, UTF-16 or Windows' own letters, formulas around texts, and empty rows and columns at the end.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from publishing.importing.entries import Contents, Entry, Place, Problem

MORE: Final = "|"  # between several accounts, files or labels in a cell
# Each column and the other names it may have.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "account": ("accounts",),
    "network": ("networks",),
    "text": ("message", "caption"),
    "link": ("url",),
    "at": ("time", "date", "due_at"),
    "media": ("image", "images", "file", "files"),
    "alt": ("alt_text", "description"),
    "labels": ("label", "tags"),
    "kind": ("type",),
    "title": (),
    "first_comment": (),
    "campaign": (),
}
_NAMES: Final = {other: name for name, others in COLUMNS.items() for other in (name, *others)}
_FORMULA: Final = re.compile(r'="(.*)"', re.DOTALL)
_SPOILT: Final = re.compile(r"#(NAME|REF|VALUE|DIV/0|N/A|NUM|NULL)[?!]?")
_SAYS_SEPARATOR: Final = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
TOP: Final = Place(1, 1)


def read_table(content: bytes) -> Contents:
    """The posts of a table, one a row; the first row names the columns.

    What can't be read is among the problems, by line and column; a cell may have several lines.
    """
    try:
        text = decoded(content)
    except UnicodeError:
        return Contents([], [Problem(TOP, "This is no text. Save the table as CSV (UTF-8).")])
    problems: list[Problem] = []
    entries: list[Entry] = []
    names: list[str] | None = None
    try:
        for line, cells in _rows(text):
            if not any(cell.strip() for cell in cells):
                continue
            if names is None:
                names = _header(line, cells, problems)
                if problems:
                    break
            else:
                entries.append(_entry(line, names, cells, problems))
    except csv.Error as error:
        place = Place(_line_of(error), 1)
        entries += [Entry(place, unread=frozenset(names))] if names else []
        problems.append(Problem(place, f"This row can't be read ({error.args[0]})."))
    if names is None and not problems:
        problems.append(Problem(TOP, "The table is empty."))
    return Contents(entries, problems)


def decoded(content: bytes) -> str:
    """The text of a file. Raises UnicodeError where it is none."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding)
    try:
        found = content.decode()
    except UnicodeDecodeError:
        found = content.decode("cp1252")  # what spreadsheets on Windows write unless told otherwise
    if "\x00" in found:
        raise UnicodeError("not a text")
    return found


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line it begins on."""
    before = 0
    if says := _SAYS_SEPARATOR.match(text):
        separator, text, before = says[1], text[says.end() :], 1
    else:
        separator = _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise csv.Error(str(error), before + line) from None
        if cells is None:
            return
        yield before + line, cells
        line = reader.line_num + 1


def _line_of(error: csv.Error) -> int:
    return int(error.args[1]) if len(error.args) > 1 else 1


def _separator(text: str) -> str:
    """The sign that stands most often in the first line."""
    first = text.lstrip("\r\n").partition("\n")[0]
    return max(",;\t", key=first.count)


def _header(line: int, cells: Sequence[str], problems: list[Problem]) -> list[str]:
    names = []
    for column, cell in enumerate(cells, 1):
        written = cell.strip().lower().replace(" ", "_")
        name = _NAMES.get(written, "")
        place = Place(line, column, cell.strip())
        if written and not name:
            known = ", ".join(COLUMNS)
            problems.append(Problem(place, f"This column is not known. The columns are: {known}."))
        elif name and name in names:
            problems.append(Problem(place, f"The column {name} is there twice."))
        names.append(name)
    if not problems and not {"account", "network"} & set(names):
        problems.append(Problem(Place(line, 1), "A column account or network has to say where posts go."))
    return names


def _entry(line: int, names: Sequence[str], cells: Sequence[str], problems: list[Problem]) -> Entry:
    row, places, unread = {}, {}, set()
    for column, cell in enumerate(cells, 1):
        name = names[column - 1] if column <= len(names) else ""
        value, place = _plain(cell), Place(line, column, name)
        if value and not name:
            words = (
                "There are more cells than columns. A text with the separator in it needs quotes around it."
            )
            problems.append(Problem(place, words))
            unread |= {*names}  # nobody knows which cell belongs to which column
        elif _SPOILT.fullmatch(value):
            unread.add(name)
            problems.append(Problem(place, "The spreadsheet has an error in place of what was written here."))
        elif name:
            row[name], places[name] = value, place
    if unread.issuperset(names):
        return Entry(Place(line, 1), unread=frozenset(unread))
    return _of_row(line, row, places, frozenset(unread))


def _of_row(line: int, row: Mapping[str, str], places: Mapping[str, Place], unread: frozenset[str]) -> Entry:
    alts = row.get("alt", "").split(MORE) if row.get("alt") else []
    files = _several(row.get("media", ""))
    described = [alts[number].strip() if number < len(alts) else "" for number in range(len(files))]
    return Entry(
        Place(line, 1),
        accounts=_several(row.get("account", "")),
        networks=_several(row.get("network", "")),
        media=tuple(zip(files, described, strict=True)),
        labels=_several(row.get("labels", "").replace(",", MORE)),
        text=row.get("text", ""),
        link=row.get("link", ""),
        at=row.get("at", ""),
        kind=row.get("kind", ""),
        title=row.get("title", ""),
        first_comment=row.get("first_comment", ""),
        campaign=row.get("campaign", ""),
        places=places,
        unread=unread,
    )


def _plain(cell: str) -> str:
    """A cell without what spreadsheets put around it."""
    value = cell.strip().replace("\r\n", "\n")
    formula = _FORMULA.fullmatch(value)
    return formula[1].replace('""', '"') if formula else value


def _several(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split(r"[|\n]", cell) if part.strip())
