"""Whose history a row is: an account of the organization, or one that is made for what is imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID, uuid5

from sqlalchemy import column, select, table, text
from sqlalchemy.orm import Session

from foundation.database import SCHEMA
from platforms.account_rows import DISCONNECTED, ConnectedAccount
from platforms.registry import NETWORK_KEYS

BRANDS: Final = table("brands", column("id"), column("name"), column("timezone"), schema=SCHEMA)
NAMESPACE: Final = UUID("0d1a4f0c-3a52-5d4e-9a44-7f3f3b1f2a61")  # constant: an account is made once
LONGEST: Final = 200
_OTHER_WORDS: Final = {
    "twitter": "x", "x (twitter)": "x", "twitter/x": "x", "fb": "facebook", "facebook page": "facebook",
    "ig": "instagram", "insta": "instagram", "linkedin page": "linkedin", "linked in": "linkedin",
    "yt": "youtube", "tik tok": "tiktok", "bsky": "bluesky",
}  # fmt: skip


@dataclass(frozen=True)
class Known:
    """An account of the organization; `zone` is its clock (IANA)."""

    id: UUID
    network: str
    external_id: str
    name: str
    handle: str
    brand_id: UUID
    zone: str
    is_connected: bool = True


class Owner(NamedTuple):
    """The account of a row: its id, the network's id of it, and its clock."""

    id: str
    external_id: str
    zone: str


@dataclass(frozen=True)
class New:
    """An account that the file names and the organization does not have."""

    id: UUID
    network: str
    external_id: str
    name: str


def known(session: Session) -> list[Known]:
    """Every account that the session sees, disconnected ones too: their numbers are still there."""
    query = (
        select(ConnectedAccount, BRANDS.c.timezone)
        .join(BRANDS, BRANDS.c.id == ConnectedAccount.brand_id)
        .order_by(ConnectedAccount.connected_at, ConnectedAccount.id)
    )
    return [
        Known(
            row.id, row.network, row.external_id, row.name, row.handle, row.brand_id, zone,
            row.status != DISCONNECTED,
        )
        for row, zone in session.execute(query)
    ]  # fmt: skip


def network_of(written: str) -> str:
    """The key of a network.

    Raises:
        ValueError: none is called so; the message is for people.
    """
    word = " ".join(written.split()).casefold()
    found = _OTHER_WORDS.get(word, word)
    if found not in NETWORK_KEYS:
        raise ValueError(f"No network is called so. Write one of: {', '.join(NETWORK_KEYS)}.")
    return found


class Accounts:
    """The accounts that a file's rows belong to; each is looked for once.

    `found` and `made` are what the rows came to so far.
    """

    def __init__(self, present: Sequence[Known], organization_id: UUID, brand_id: UUID, zone: str) -> None:
        self._present = present
        self._organization_id = organization_id
        self._brand_id = brand_id
        self._zone = zone
        self._answers: dict[tuple[str, str, str], Known | New | str] = {}
        self.found: dict[UUID, Known] = {}
        self.made: dict[UUID, New] = {}

    def of(self, network: str, written: str, account_id: str) -> Owner:
        """The account that is meant.

        Raises:
            ValueError: no one account can be meant; the message is for people.
        """
        key = (network, written, account_id)
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = self._asked(*key)
        if isinstance(answer, str):
            raise ValueError(answer)
        if isinstance(answer, Known):
            self.found[answer.id] = answer
            return Owner(str(answer.id), answer.external_id, answer.zone)
        self.made[answer.id] = answer
        return Owner(str(answer.id), answer.external_id, self._zone)

    def _asked(self, network: str, written: str, account_id: str) -> Known | New | str:
        there = [one for one in self._present if one.network == network]
        for fits in (self._by_id(there, account_id or written), self._by_name(there, written)):
            if len(fits) == 1:
                return fits[0]
            if fits and not account_id:
                return f"Several accounts are called {written}. Say which one in a column account_id."
        name = written or account_id
        if not name:
            return "The account is missing."
        if len(name) > LONGEST or len(account_id) > LONGEST or not name.isprintable():
            return "This can't be the name of an account."
        external_id = account_id or f"imported:{_bare(name)}"
        id_ = uuid5(NAMESPACE, f"{self._organization_id}:{network}:{external_id}")
        return New(id_, network, external_id, name)

    def _by_id(self, there: Sequence[Known], written: str) -> list[Known]:
        return [one for one in there if written in (one.external_id, str(one.id))]

    def _by_name(self, there: Sequence[Known], written: str) -> list[Known]:
        """Those of this name or handle; of several, the connected ones, and of those the brand's."""
        bare = _bare(written)
        fits = [one for one in there if bare and bare in (_bare(one.name), _bare(one.handle))]
        for better in (
            [one for one in fits if one.is_connected],
            [one for one in fits if one.is_connected and one.brand_id == self._brand_id],
        ):
            fits = better if len(fits) > 1 and better else fits
        return fits


def create(session: Session, made: Sequence[New], organization_id: UUID, brand_id: UUID) -> None:
    """Make the accounts that are not there yet: never collected, never published on. A tenant's session."""
    # One that two imports make at once is made once.
    statement = text(
        "INSERT INTO accounts (id, organization_id, brand_id, network, external_id, name, status, "
        "status_reason, access_token) VALUES (:id, :organization_id, :brand_id, :network, :external_id, "
        ":name, 'imported', NULL, '') ON CONFLICT (organization_id, network, external_id) DO NOTHING"
    )
    for one in made:
        session.execute(
            statement,
            {**vars(one), "organization_id": organization_id, "brand_id": brand_id},
        )


def _bare(name: str) -> str:
    return " ".join(name.split()).casefold().removeprefix("@")
