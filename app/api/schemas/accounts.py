"""Models of connected accounts, and of connecting them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from app.api.schemas.common import STORABLE, At, Id, In, Out
from platforms.capabilities import Feature

Text = Annotated[str, Field(strict=True, max_length=2_000, pattern=STORABLE)]


class AccountQuota(Out):
    """What is used of one of the network's limits, until `ends_at`."""

    name: str = Field(examples=["Posts in 24 hours"])
    of: str = Field(description='"account", or "app": all accounts together.', examples=["account"])
    used: int = Field(examples=[12])
    allowed: int = Field(examples=[100])
    ends_at: At


class Account(Out):
    """An account that is connected to a brand; `problem` says what a person has to do."""

    id: Id
    brand_id: Id
    network: str = Field(examples=["facebook"])
    external_id: str = Field(examples=["104800000000101"])
    name: str = Field(examples=["Nordlicht"])
    handle: str = Field(examples=["@nordlicht"])
    status: str = Field(
        description="connected, needs_reconnect, imported (history from files alone) or disconnected.",
        examples=["connected"],
    )
    problem: str | None
    scopes: list[str] | None = Field(description="null: the network does not say.")
    missing: dict[Feature, list[str]] = Field(description="Scopes that a feature lacks.")
    connected_at: At
    last_synced_at: At | None
    next_sync_at: At | None = Field(description="null: it has to be connected first.")
    checked_at: At | None
    access_ends_at: At | None


class AccountInFull(Account):
    """One account, with what is used of its limits."""

    quotas: list[AccountQuota]


class AccountCheck(Out):
    """What the network says of the account now; `problem` null is "it works"."""

    problem: str | None


class NewConnection(In):
    """A connection to begin. `inputs` are what some networks ask for first: see GET /networks."""

    network: Annotated[Text, Field(examples=["facebook"])]
    brand_id: Id
    inputs: Annotated[dict[Text, Text], Field(max_length=10, default_factory=dict)]


class ConnectionBegun(Out):
    """Send the person to `url` in the browser they are signed in with; null: choose at once."""

    id: Id
    url: str | None


class ConnectionChoice(Out):
    """An account that can be connected; `brand` and its id say whose it is already."""

    external_id: str
    name: str
    handle: str
    brand: str | None
    brand_id: Id | None
    missing: dict[Feature, list[str]]


class Connection(Out):
    """What a consent reaches."""

    id: Id
    network: str
    brand_id: Id
    choices: list[ConnectionChoice]
    expires_at: At


class ChosenAccounts(In):
    """The accounts to connect, by the network's own ids."""

    external_ids: Annotated[list[Text], Field(min_length=1, max_length=100, examples=[["104800000000101"]])]


class ConnectedIds(Out):
    """The accounts that are connected now."""

    account_ids: list[Id]
