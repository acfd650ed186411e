"""What pages read from the warehouse. The release is part of the key, so nothing expires by clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

import polars as pl
import streamlit as st

from foundation.database import Tenant
from platforms.registry import network
from warehouse.reads import Reader
from warehouse.releases import Release

MOST_POSTS: Final = 5_000  # of a download
READING: Final = "Reading the released numbers …"


@dataclass(frozen=True)
class OverviewData:
    """Frames of one release: `accounts` has a row an account, `daily` one an account and day."""

    accounts: pl.DataFrame
    daily: pl.DataFrame


@dataclass(frozen=True)
class ContentData:
    """Frames of one release: `facets` is `Reader.content`, `best` the posts at the top of
    `Reader.content_posts`; `networks` are those of the accounts.
    """

    facets: pl.DataFrame
    best: pl.DataFrame
    networks: list[str]


@dataclass(frozen=True)
class ChannelData:
    """Frames of one release: `growth` has a row an account, `months` one an account and month."""

    growth: pl.DataFrame
    months: pl.DataFrame


@st.cache_data(max_entries=256, show_spinner=READING)
def overview(tenant: Tenant, release: Release, start: date, end: date, brand_id: UUID | None) -> OverviewData:
    """The Overview's numbers for the days from `start` to `end`, both included."""
    with Reader(tenant, release) as reader:
        accounts = reader.overview(start, end, brand_id)
        daily, fresh = reader.daily(start, end, brand_id), reader.freshness()
        gains = reader.gains(start, end, brand_id).drop("network")
    labels = pl.Series([network(key).label for key in accounts["network"]], dtype=pl.String)
    names = accounts.select("account_id", "network", account=pl.col("account_name") + " · " + labels)
    return OverviewData(
        accounts.join(
            fresh.select("account_id", "last_observed_at", "is_waiting"), on="account_id", how="left"
        ),
        daily.join(names, on="account_id").join(gains, on=["account_id", "date"], how="left"),
    )


@st.cache_data(max_entries=64, show_spinner=READING)
def content(
    tenant: Tenant, release: Release, start: date, end: date, brand_id: UUID | None, most: int
) -> ContentData:
    """What the posts of these days have in common, and the best `most` of them."""
    with Reader(tenant, release) as reader:
        accounts = reader.accounts()
        if brand_id is not None:
            accounts = accounts.filter(brand_id=str(brand_id))
        return ContentData(
            reader.content(start, end, brand_id),
            reader.content_posts(start, end, brand_id, most),
            accounts["network"].unique().to_list(),
        )


def content_posts(
    tenant: Tenant, release: Release, start: date, end: date, brand_id: UUID | None
) -> pl.DataFrame:
    """The posts of these days, the best first, for a download: what a spreadsheet takes with ease."""
    with Reader(tenant, release) as reader:
        return reader.content_posts(start, end, brand_id, MOST_POSTS)


@st.cache_data(max_entries=64, show_spinner=READING)
def channels(tenant: Tenant, release: Release, start: date, end: date, brand_id: UUID | None) -> ChannelData:
    """How the accounts grew in these days, and the months of them side by side."""
    with Reader(tenant, release) as reader:
        return ChannelData(reader.growth(start, end, brand_id), reader.channels(start, end, brand_id))


@st.cache_data(max_entries=64, show_spinner=False)
def posting_times(tenant: Tenant, release: Release, account_ids: tuple[UUID, ...]) -> pl.DataFrame:
    """The slots of the week of these accounts, with their evidence."""
    with Reader(tenant, release) as reader:
        return reader.posting_times(account_ids)
