"""What pages read from the warehouse. The release is part of the key, so nothing expires by clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import polars as pl
import streamlit as st

from foundation.database import Tenant
from platforms.registry import network
from warehouse.reads import Reader
from warehouse.releases import Release


@dataclass(frozen=True)
class OverviewData:
    """Frames of one release: `accounts` has a row an account, `daily` one an account and day."""

    accounts: pl.DataFrame
    daily: pl.DataFrame


@st.cache_data(max_entries=256, show_spinner=False)
def overview(tenant: Tenant, release: Release, start: date, end: date, brand_id: UUID | None) -> OverviewData:
    """The Overview's numbers for the days from `start` to `end`, both included."""
    with Reader(tenant, release) as reader:
        accounts = reader.overview(start, end, brand_id)
        daily, fresh = reader.daily(start, end, brand_id), reader.freshness()
    labels = pl.Series([network(key).label for key in accounts["network"]], dtype=pl.String)
    names = accounts.select("account_id", "network", account=pl.col("account_name") + " · " + labels)
    return OverviewData(
        accounts.join(fresh.select("account_id", "last_observed_at"), on="account_id", how="left"),
        daily.join(names, on="account_id"),
    )


@st.cache_data(max_entries=64, show_spinner=False)
def posting_times(tenant: Tenant, release: Release, account_ids: tuple[UUID, ...]) -> pl.DataFrame:
    """The slots of the week of these accounts, with their evidence."""
    with Reader(tenant, release) as reader:
        return reader.posting_times(account_ids)
