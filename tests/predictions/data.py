"""Frames for the tests of predictions: hand-made, with a planted curve, and real where present."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
ARCHIVE = Path(__file__).parents[3] / "shared" / "data" / "facebook_pages_2016.csv.gz"
ARCHIVE_ZONE = "Etc/GMT+5"  # the file's clock is UTC-5 all year


def make_posts(
    hours: list[float], engagement: list[float | None], account: str = "a", kind: str | None = None
) -> pl.DataFrame:
    """Posts of one account, ``hours`` after START."""
    return pl.DataFrame(
        {
            "account_id": [account] * len(hours),
            "published_at": [START + timedelta(hours=hour) for hour in hours],
            "kind": pl.Series([kind] * len(hours), dtype=pl.String),
            "text_length": pl.Series([None] * len(hours), dtype=pl.Int64),
            "engagement": pl.Series(engagement, dtype=pl.Float64),
        },
        schema_overrides={"published_at": pl.Datetime("us", "UTC")},
    )


def make_accounts(*ids: str, network: str = "x", timezone: str = "UTC") -> pl.DataFrame:
    """Accounts of one network and zone."""
    return pl.DataFrame(
        {"account_id": ids, "network": [network] * len(ids), "timezone": [timezone] * len(ids)},
        schema={"account_id": pl.String, "network": pl.String, "timezone": pl.String},
    )


def planted(
    curve: np.ndarray[tuple[int], np.dtype[np.float64]],
    posts: int,
    seed: int,
    account: str = "a",
    days: int = 300,
) -> pl.DataFrame:
    """Posts at random hours whose log engagement follows ``curve`` (168 UTC hours of the week) plus noise."""
    rng = np.random.default_rng(seed)
    hours = np.sort(rng.choice(days * 24, posts, replace=False))
    logs = 6 + curve[hours % 168] + rng.normal(0, 1, posts)
    return make_posts([float(h) for h in hours], [float(v) for v in np.expm1(logs)], account)


def archive_posts() -> pl.DataFrame:
    """The real posts of 100 Facebook pages; skips the test where the file is absent."""
    if not ARCHIVE.exists():
        pytest.skip(f"{ARCHIVE.name} is not on this machine")
    clock = pl.col("status_published").str.to_datetime("%Y-%m-%d %H:%M:%S").dt.replace_time_zone(ARCHIVE_ZONE)
    return pl.read_csv(ARCHIVE, infer_schema_length=10_000).select(
        account_id="page",
        published_at=clock.dt.convert_time_zone("UTC"),
        kind="status_type",
        text_length="msg_len",
        engagement=pl.sum_horizontal("num_reactions", "num_comments", "num_shares").cast(pl.Float64),
    )
