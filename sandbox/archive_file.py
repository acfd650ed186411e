"""Reads the csv.gz of real Facebook posts, strictly: a bad file is named with its line and column."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast, get_args

from sandbox.model import Kind

_REACTIONS = ("num_likes", "num_loves", "num_wows", "num_hahas", "num_sads", "num_angrys")
_COLUMNS = (
    *("page", "status_id", "status_type", "status_published", "num_reactions", "num_comments", "num_shares"),
    *_REACTIONS,
    *("link_domain", "message_160"),
)
_FILE_OFFSET = "-05:00"
_DEFAULT_PAGES = 3
_KINDS = frozenset(get_args(Kind))


class ArchiveError(Exception):
    """The archive cannot be used; the message says which file, line and column."""


@dataclass(frozen=True, slots=True)
class Row:
    """One post of the file; `published_at` is UTC and not shifted."""

    id: str
    kind: Kind
    published_at: datetime
    reactions: tuple[int, int, int, int, int, int]
    stated_reactions: int
    comments: int
    shares: int
    link_domain: str
    text: str


def load_pages(path: Path, pages: Sequence[str]) -> dict[str, list[Row]]:
    """Rows by page, in the order asked for, each post once; without `pages` the three with most posts.

    Raises ArchiveError.
    """
    chosen = list(dict.fromkeys(pages)) or _largest(path)
    found: dict[str, dict[str, Row]] = {name: {} for name in chosen}
    known: set[str] = set()
    for line, fields in _lines(path):
        known.add(fields["page"])
        page = found.get(fields["page"])
        if page is not None:
            row = _row(path, line, fields)
            page.setdefault(row.id, row)
    unknown = [name for name in chosen if name not in known]
    if unknown:
        raise ArchiveError(f"{path}: no such page: {', '.join(unknown)}; it has {', '.join(sorted(known))}")
    _refuse_twins(path, found)
    return {name: list(rows.values()) for name, rows in found.items()}


def _largest(path: Path) -> list[str]:
    sizes = Counter(fields["page"] for _, fields in _lines(path))
    if not sizes:
        raise ArchiveError(f"{path}: no posts")
    return [name for name, _ in sorted(sizes.items(), key=lambda item: (-item[1], item[0]))[:_DEFAULT_PAGES]]


def _refuse_twins(path: Path, found: dict[str, dict[str, Row]]) -> None:
    owner: dict[str, str] = {}
    for name, rows in found.items():
        for page_id in {row_id.partition("_")[0] for row_id in rows}:
            if page_id in owner:
                raise ArchiveError(
                    f"{path}: {owner[page_id]} and {name} are the same page ({page_id}); choose one"
                )
            owner[page_id] = name


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            header = next(reader, None) or []
            missing = [name for name in _COLUMNS if name not in header]
            if missing:
                raise ArchiveError(f"{path}, line 1: missing column {', '.join(missing)}")
            for fields in reader:
                if len(fields) != len(header):
                    raise ArchiveError(
                        f"{path}, line {reader.line_num}: {len(fields)} columns instead of {len(header)}"
                    )
                yield reader.line_num, dict(zip(header, fields, strict=True))
    except (OSError, EOFError, zlib.error) as error:
        raise ArchiveError(f"{path}: not a readable gzip file: {error}") from error
    except UnicodeDecodeError as error:
        raise ArchiveError(f"{path}: not UTF-8: {error.reason}") from error
    except csv.Error as error:
        raise ArchiveError(f"{path}, line {reader.line_num}: not CSV: {error}") from error


def _row(path: Path, line: int, fields: dict[str, str]) -> Row:
    def number(column: str) -> int:
        try:
            value = int(fields[column])
        except ValueError:
            value = -1
        if value < 0:
            raise ArchiveError(f"{path}, line {line}, column {column}: not a count: {fields[column]!r}")
        return value

    page_id, _, post_id = fields["status_id"].partition("_")
    if not (page_id.isdecimal() and post_id.isdecimal()):
        raise ArchiveError(
            f"{path}, line {line}, column status_id: not PAGEID_POSTID: {fields['status_id']!r}"
        )
    if fields["status_type"] not in _KINDS:
        raise ArchiveError(f"{path}, line {line}, column status_type: unknown kind {fields['status_type']!r}")
    try:
        published_at = datetime.fromisoformat(f"{fields['status_published']}{_FILE_OFFSET}").astimezone(UTC)
    except ValueError as error:
        wrong = fields["status_published"]
        raise ArchiveError(f"{path}, line {line}, column status_published: not a time: {wrong!r}") from error
    like, love, wow, haha, sad, angry = (number(column) for column in _REACTIONS)
    return Row(
        id=fields["status_id"],
        kind=cast(Kind, fields["status_type"]),
        published_at=published_at,
        reactions=(like, love, wow, haha, sad, angry),
        stated_reactions=number("num_reactions"),
        comments=number("num_comments"),
        shares=number("num_shares"),
        link_domain=fields["link_domain"],
        text=fields["message_160"],
    )
