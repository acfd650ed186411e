"""Predictions as assets: computed from the marts, written beside them, released with them."""

from __future__ import annotations

import dagster as dg

from foundation.database import utc_now
from predictions.posting_times import posting_times
from warehouse import lake

POSTING_TIMES = dg.AssetKey(["marts", "posting_times"])

POSTS = """
SELECT account_id, published_at, kind, text_length, engagement::DOUBLE AS engagement
FROM lake.marts.engagement JOIN (SELECT post_key, text_length FROM lake.marts.dim_posts) USING (post_key)
WHERE kind <> 'repost' OR kind IS NULL
"""
WRITE = """
CREATE OR REPLACE TABLE lake.marts.posting_times AS
SELECT a.organization_id, s.account_id, a.network, s.weekday::INTEGER AS weekday, s.hour::INTEGER AS hour,
       s.effect, s.low, s.high, s.posts, s.posts_in_hour, s.evidence
FROM slots AS s JOIN lake.marts.dim_accounts AS a USING (account_id)
"""


@dg.asset(
    key=POSTING_TIMES,
    group_name="marts",
    deps=[["marts", "engagement"], ["marts", "dim_posts"], ["marts", "dim_accounts"]],
    pool="build",
    kinds={"python", "ducklake"},
)
def posting_times_mart() -> dg.MaterializeResult[None]:
    """How much each hour of the week adds for each account: shrunken, content-adjusted, with an interval."""
    with lake.connect() as connection:
        posts = connection.execute(POSTS).pl()
        listed = connection.execute("SELECT account_id, network, timezone FROM lake.marts.dim_accounts").pl()
        slots = posting_times(posts, listed, utc_now())
        connection.register("slots", slots.to_arrow())
        lake.retrying(lambda: connection.execute(WRITE))
    return dg.MaterializeResult(metadata={"accounts": listed.height, "rows": slots.height})
