"""The SQL of the reads. Every mart is read through a scope: one snapshot, one tenant.

A query names the marts it needs and then uses them by their plain name; it has no other way to them,
so neither the snapshot nor the tenant can be forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Query:
    """A query over scoped marts. Parameters: $snapshot, $organization_id, and those the body names.

    For a tenant limited to brands or accounts there are $only_brands and $only_accounts too, lists or null.
    """

    marts: tuple[str, ...]
    body: str
    choose: bool = False  # also give `chosen` (the accounts of $brand_id) and `own` (posts, no reposts)

    def sql(self, *, limited: bool) -> str:
        """The whole statement."""
        parts = [*(_scope(mart, limited) for mart in self.marts), *(CHOICE if self.choose else ())]
        return f"WITH {', '.join(parts)}{self.body}"


def _scope(mart: str, limited: bool) -> str:
    # The names are the constants below, never input.
    within = f" AND account_id IN ({_WITHIN})" if limited else ""
    return f"{mart} AS ({_RELEASED.format(mart=mart)}{within})"


_RELEASED = (
    "SELECT * FROM lake.marts.{mart} AT (VERSION => $snapshot) WHERE organization_id = $organization_id"
)
_WITHIN = (
    f"SELECT account_id FROM ({_RELEASED.format(mart='dim_accounts')}) "  # noqa: S608
    "WHERE ($only_brands IS NULL OR list_contains($only_brands, brand_id)) "
    "AND ($only_accounts IS NULL OR list_contains($only_accounts, account_id))"
)


CHOICE = (
    "chosen AS (SELECT * FROM dim_accounts WHERE $brand_id IS NULL OR brand_id = $brand_id)",
    "own AS (SELECT * FROM engagement WHERE kind IS DISTINCT FROM 'repost')",
)

ACCOUNTS = Query(
    ("dim_accounts",),
    """
SELECT account_id, organization_id, brand_id, brand_name, network, external_id, account_name, timezone,
  connected_at, status
FROM dim_accounts ORDER BY brand_name, network, account_name, account_id
""",
)

OVERVIEW = Query(
    ("dim_accounts", "fct_account_metrics_daily", "engagement"),
    """,
known AS (
  SELECT account_id,
    arg_max(followers, date) FILTER (date BETWEEN $start AND $end) AS followers,
    arg_max(followers, date) FILTER (date BETWEEN $previous_start AND $previous_end) AS followers_previous
  FROM fct_account_metrics_daily
  WHERE followers IS NOT NULL AND date BETWEEN $previous_start AND $end
  GROUP BY account_id
),
published AS (
  SELECT account_id, published_date >= $start AS present, sum(views)::BIGINT AS views,
    sum(engagement)::BIGINT AS engagement, count(*) AS posts, count(views) AS with_views,
    count(engagement) AS with_engagement
  FROM own WHERE published_date BETWEEN $previous_start AND $end
  GROUP BY ALL
)
SELECT chosen.account_id, chosen.account_name, chosen.network, chosen.brand_id, chosen.brand_name,
  chosen.status, known.followers, known.followers_previous,
  present.views, previous.views AS views_previous,
  present.engagement, previous.engagement AS engagement_previous,
  coalesce(present.posts, 0) AS posts, coalesce(previous.posts, 0) AS posts_previous,
  coalesce(present.with_views, 0) AS posts_with_views,
  coalesce(present.with_engagement, 0) AS posts_with_engagement
FROM chosen
LEFT JOIN known ON known.account_id = chosen.account_id
LEFT JOIN published AS present ON present.account_id = chosen.account_id AND present.present
LEFT JOIN published AS previous ON previous.account_id = chosen.account_id AND NOT previous.present
ORDER BY chosen.brand_name, chosen.network, chosen.account_name, chosen.account_id
""",
    choose=True,
)

DAILY = Query(
    ("dim_accounts", "fct_account_metrics_daily", "engagement"),
    """,
days AS (
  SELECT account_id, unnest(generate_series($start, $end, INTERVAL 1 DAY))::DATE AS date FROM chosen
),
published AS (
  SELECT account_id, published_date AS date, sum(views)::BIGINT AS views,
    sum(engagement)::BIGINT AS engagement, count(*) AS posts
  FROM own WHERE published_date BETWEEN $start AND $end
  GROUP BY ALL
)
SELECT days.account_id, days.date, fact.followers, published.views, published.engagement,
  coalesce(published.posts, 0) AS posts
FROM days
LEFT JOIN fct_account_metrics_daily AS fact ON fact.account_id = days.account_id AND fact.date = days.date
LEFT JOIN published ON published.account_id = days.account_id AND published.date = days.date
ORDER BY days.account_id, days.date
""",
    choose=True,
)

POSTS = Query(
    ("dim_accounts", "dim_posts", "engagement"),
    """
SELECT own.post_key, own.account_id, chosen.account_name, own.network, chosen.brand_id, chosen.brand_name,
  chosen.timezone, own.published_at, own.published_date, own.kind, post.text, post.link, post.permalink,
  own.age_hours, own.views, own.reach, own.reactions, own.comments, own.shares, own.clicks, own.engagement,
  own.engagement_rate_by_views, own.engagement_rate_by_reach, own.engagement_rate_by_followers,
  post.last_observed_at
FROM own
JOIN chosen ON chosen.account_id = own.account_id
LEFT JOIN dim_posts AS post ON post.post_key = own.post_key
WHERE own.published_date BETWEEN $start AND $end
ORDER BY CASE $by WHEN 'engagement' THEN own.engagement WHEN 'views' THEN own.views END DESC NULLS LAST,
  own.published_at DESC, own.post_key
LIMIT $limit
""",
    choose=True,
)

FRESHNESS = Query(
    ("dim_accounts", "dim_posts", "fct_account_metrics_daily"),
    """,
observed AS (
  SELECT account_id, max(observed_at) AS at FROM fct_account_metrics_daily GROUP BY account_id
  UNION ALL
  SELECT account_id, max(last_observed_at) AS at FROM dim_posts GROUP BY account_id
)
SELECT dim_accounts.account_id, account_name, network, status, max(observed.at) AS last_observed_at,
  (max(observed.at) AT TIME ZONE any_value(timezone))::DATE - 1 AS last_complete_day
FROM dim_accounts LEFT JOIN observed ON observed.account_id = dim_accounts.account_id
GROUP BY ALL ORDER BY account_name, dim_accounts.account_id
""",
)

POSTING_TIMES = Query(
    ("posting_times",),
    """
SELECT account_id, network, weekday, hour, effect, low, high, posts, posts_in_hour, evidence
FROM posting_times WHERE account_id IN (SELECT unnest($account_ids))
ORDER BY account_id, weekday, hour
""",
)
