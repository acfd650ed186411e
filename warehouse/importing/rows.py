"""From the cells of a row to what is imported, or to what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from publishing.importing.entries import Place, Problem
from publishing.scheduling.walltime import zone_of
from warehouse.importing import ids, numbers
from warehouse.importing.accounts import Accounts, Owner, network_of
from warehouse.importing.columns import COLUMNS, Kind
from warehouse.importing.findings import Findings
from warehouse.importing.mapping import Mapped
from warehouse.importing.moments import Moment, day, moment
from warehouse.importing.tables import plain

# What is staged of a row, in this order.
POST_FIELDS: Final = (
    "line", "account_id", "post_id", "published_at", "kind", "text", "link", "permalink", "impressions",
    "reach", "reactions", "comments", "shares", "saves", "clicks",
)  # fmt: skip
FOLLOWER_FIELDS: Final = ("line", "account_id", "date", "followers")
COUNTS: Final = ("impressions", "reach", "reactions", "comments", "shares", "saves", "clicks")
KINDS: Final = (
    "photo", "carousel", "video", "link", "status", "reply", "repost", "story", "document",
)  # fmt: skip
LONGEST_ADDRESS: Final = 4000
NOBODY: Final = Owner("", "", "UTC")  # of a row that is wrong
REMEMBERED: Final = 65_536
_SPOILT: Final = re.compile(r"#(NAME|REF|VALUE|DIV/0|NUM|NULL)[?!]?")
_BROKEN: Final = re.compile("[\ud800-\udfff\x00]")
_ADDRESS: Final = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)
T = TypeVar("T")
Values = tuple[Any, ...]


class Reader:
    """Reads the rows of one file. What is wrong goes to `findings`, by line and column.

    `exported_at` (aware UTC) is the moment the file's numbers are true for: nothing in it is later.
    """

    def __init__(
        self,
        kind: Kind,
        mapped: Mapped,
        header: tuple[str, ...],
        accounts: Accounts,
        exported_at: datetime,
        findings: Findings,
    ) -> None:
        self._preset, self._mapped, self._accounts = mapped.preset, mapped, accounts
        self._header, self._findings, self._exported_at = header, findings, exported_at
        self._kind = kind
        self._needed = frozenset(one.name for one in COLUMNS[kind] if one.needed)
        self._moment = lru_cache(REMEMBERED)(self._read_moment)
        self._day = lru_cache(REMEMBERED)(self._read_day)
        self._network = lru_cache(REMEMBERED)(network_of)
        self._line, self._cells, self._wrong = 0, [""], False

    def read(self, line: int, cells: list[str]) -> Values | None:
        """The values to stage, or None: the row is wrong, or is one of sums that the export adds."""
        self._line, self._cells, self._wrong = line, cells, False
        if self._preset.total and cells[0].strip() == self._preset.total:
            return None
        if not self._has_right_width():
            return None
        values = self._post() if self._kind is Kind.POSTS else self._followers()
        return None if self._wrong else values

    def _post(self) -> Values:
        network, owner = self._account()
        post = self._tried("post_id", lambda text: ids.post_id(text, self._preset.ids))
        at = self._tried("published_at", lambda text: self._moment(text, owner.zone))
        link = self._tried("link", _address)
        return (
            self._line,
            owner.id,
            ids.whole(network, post, owner.external_id) if post else None,
            self._best_moment(network, post, at) if post and at else None,
            self._post_kind(network, link),
            self._text("text").replace("\r\n", "\n") or None,
            link,
            self._tried("permalink", _address),
            *(self._tried(name, numbers.count) for name in COUNTS),
        )

    def _followers(self) -> Values:
        _, owner = self._account()
        on = self._tried("date", lambda text: self._day(text, owner.zone))
        followers = self._tried("followers", numbers.count)
        if followers is None and not self._wrong:
            self._add("followers", "The number of followers is missing. Leave the whole row out.")
        return (self._line, owner.id, on, followers)

    def _account(self) -> tuple[str, Owner]:
        """The network, and whose row it is."""
        written = self._text("account") or self._mapped.account
        own_id, platform = self._text("account_id"), self._text("platform")
        try:
            network = self._mapped.network or self._network(platform)
        except ValueError as error:
            self._add("platform", "The network is missing." if not platform else str(error))
            return "", NOBODY
        if platform and self._mapped.network and not self._preset.network:
            network = self._tried("platform", self._network) or network
        try:
            return network, self._accounts.of(network, written, own_id)
        except ValueError as error:
            self._add("account", str(error))
            return network, NOBODY

    def _best_moment(self, network: str, post: str, found: Moment) -> datetime:
        if found.notice:
            self._findings.notice(found.notice, self._line)
        if not found.day_only:
            return found.at
        told = ids.moment_in(network, post, found.at)
        if told is not None and told <= self._exported_at:
            return told
        self._findings.notice(
            "The file tells the day of the post alone; noon on the account's clock is taken.", self._line
        )
        return min(found.at, self._exported_at)

    def _post_kind(self, network: str, link: str | None) -> str:
        written = self._text("kind").casefold()
        found = self._preset.kinds.get(written) or (written if written in KINDS else None)
        if found:
            return found
        if written and self._preset.key == "canonical":
            self._add("kind", f"This kind of post is not known. The kinds are: {', '.join(KINDS)}.")
        elif written:
            self._findings.notice(f"The kind “{written[:40]}” is not known here.", self._line)
        if network == "x" and self._preset.key != "canonical" and self._text("text").startswith("@"):
            return "reply"  # on X a post that begins with somebody's name answers them
        return self._preset.usual_kind or ("link" if link else "status")

    def _read_moment(self, text: str, zone: str) -> Moment:
        return moment(text, self._zone(zone), self._mapped.order, self._exported_at)

    def _read_day(self, text: str, zone: str) -> date:
        return day(text, self._mapped.order, self._exported_at, self._zone(zone))

    def _zone(self, own: str) -> ZoneInfo | None:
        """The clock of times without an offset; None where those are refused."""
        if self._mapped.zone is None:
            return zone_of(own)
        return zone_of(self._mapped.zone) if self._mapped.zone else None

    def _tried(self, name: str, read: Callable[[str], T]) -> T | None:
        text = self._text(name)
        if not text and name not in self._needed:
            return None
        try:
            return read(text)
        except ValueError as error:
            self._add(name, str(error))
            return None

    def _text(self, name: str) -> str:
        """The first of a column's cells that has something in it, without what spreadsheets add."""
        for place in self._mapped.places[name]:
            value = plain(self._cells[place])
            if not value:
                continue
            if value[0] == "#" and _SPOILT.fullmatch(value):
                self._add(name, "The spreadsheet has an error in place of what was written here.", place)
                return ""
            if not value.isascii() or "\x00" in value:
                value = self._mended(name, value, place)
            return value
        return ""

    def _mended(self, name: str, value: str, place: int) -> str:
        if not _BROKEN.search(value):
            return value
        self._add(name, "Some letters here can't be read. Save the file as UTF-8 and try again.", place)
        return ""

    def _has_right_width(self) -> bool:
        width, header = len(self._cells), len(self._header)
        if width > header and any(cell.strip() for cell in self._cells[header:]):
            words = (
                "There are more cells than columns. A text with the separator in it needs quotation marks."
            )
        elif width < header:
            words = f"This row has {width} cells, and the table {header} columns: something is missing."
        else:
            return True
        self._findings.add(Problem(Place(self._line, min(width, header + 1)), words))
        return False

    def _add(self, name: str, words: str, place: int | None = None) -> None:
        self._wrong = True
        places = self._mapped.places[name]
        at = place if place is not None else next((one for one in places if self._cells[one].strip()), None)
        at = at if at is not None else places[0] if places else 0
        shown = self._header[at] if places else name
        self._findings.add(Problem(Place(self._line, at + 1, shown), words))


def _address(text: str) -> str:
    if text.startswith("="):
        raise ValueError("Here is a formula in place of an address.")
    if len(text) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(text):
        raise ValueError("This is no web address: one begins with https://.")
    return text
