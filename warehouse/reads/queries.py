"""What the pages ask about accounts: their numbers in a period, day by day, and how fresh they are."""

from __future__ import annotations

from typing import Final

from warehouse.reads.query import Query

ACCOUNTS: Final = Query(
    ("dim_accounts",),
    """
SELECT account_id, organization_id, brand_id, brand_name, network, external_id, account_name, timezone,
  connected_at, status
FROM dim_accounts ORDER BY brand_name, network, account_name, account_id
""",
)

# At the same age a number is compared only when it is known of every post that is old enough.
OVERVIEW: Final = Query(
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
own AS (
  SELECT *, published_date >= $start AS present,
    published_date <= CASE WHEN published_date >= $start THEN $cut ELSE $previous_cut END AS old,
    CASE $age WHEN '7d' THEN views_7d ELSE views_24h END AS young_views,
    CASE $age WHEN '7d' THEN engagement_7d ELSE engagement_24h END AS young_engagement
  FROM engagement
  WHERE published_date BETWEEN $previous_start AND $end
),
published AS (
  SELECT account_id, present, sum(views)::BIGINT AS views, sum(engagement)::BIGINT AS engagement,
    count(*) AS posts, count(views) AS with_views, count(engagement) AS with_engagement,
    CASE WHEN count(views) FILTER (old) = count(young_views) FILTER (old)
      THEN sum(young_views) FILTER (old) END::BIGINT AS views_at_age,
    CASE WHEN count(engagement) FILTER (old) = count(young_engagement) FILTER (old)
      THEN sum(young_engagement) FILTER (old) END::BIGINT AS engagement_at_age
  FROM own GROUP BY ALL
)
SELECT account.account_id, account.account_name, account.network, account.brand_id, account.brand_name,
  account.status, known.followers, known.followers_previous,
  present.views, previous.views AS views_previous,
  present.views_at_age, previous.views_at_age AS views_at_age_previous,
  present.engagement, previous.engagement AS engagement_previous,
  present.engagement_at_age, previous.engagement_at_age AS engagement_at_age_previous,
  coalesce(present.posts, 0) AS posts, coalesce(previous.posts, 0) AS posts_previous,
  coalesce(present.with_views, 0) AS posts_with_views,
  coalesce(present.with_engagement, 0) AS posts_with_engagement
FROM dim_accounts AS account
LEFT JOIN known ON known.account_id = account.account_id
LEFT JOIN published AS present ON present.account_id = account.account_id AND present.present
LEFT JOIN published AS previous ON previous.account_id = account.account_id AND NOT previous.present
ORDER BY account.brand_name, account.network, account.account_name, account.account_id
""",
)

DAILY: Final = Query(
    ("dim_accounts", "fct_account_metrics_daily", "engagement"),
    """,
days AS (
  SELECT account_id, unnest(generate_series($start, $end, INTERVAL 1 DAY))::DATE AS date
  FROM dim_accounts
),
published AS (
  SELECT account_id, published_date AS date, sum(views)::BIGINT AS views,
    sum(engagement)::BIGINT AS engagement, count(*) AS posts
  FROM engagement WHERE published_date BETWEEN $start AND $end
  GROUP BY ALL
),
known AS (
  SELECT account_id, date, followers FROM fct_account_metrics_daily WHERE date BETWEEN $start AND $end
)
SELECT days.account_id, days.date, known.followers, published.views, published.engagement,
  coalesce(published.posts, 0) AS posts
FROM days
LEFT JOIN known ON known.account_id = days.account_id AND known.date = days.date
LEFT JOIN published ON published.account_id = days.account_id AND published.date = days.date
ORDER BY days.account_id, days.date
""",
)

# A counter read again after several days gained evenly over them. Longer than a month is never looked back.
GAINS: Final = Query(
    ("dim_accounts", "fct_account_gains_daily"),
    """,
spread AS (
  SELECT account_id, date - unnest(range(gain_days))::INTEGER AS date, views_gain / gain_days AS views,
    engagement_gain / gain_days AS engagement
  FROM fct_account_gains_daily WHERE date BETWEEN $start AND $end::DATE + 31
)
SELECT account_id, network, date, round(sum(views))::BIGINT AS views_gain,
  round(sum(engagement))::BIGINT AS engagement_gain
FROM spread JOIN dim_accounts USING (account_id) WHERE date BETWEEN $start AND $end
GROUP BY ALL ORDER BY account_id, date
""",
)

GROWTH: Final = Query(
    ("dim_accounts", "follower_growth"),
    """,
grown AS (
  SELECT account_id, arg_min(followers, date) AS followers_first,
    arg_max(followers, date) AS followers_last,
    sum(gained)::BIGINT AS gained, sum(lost)::BIGINT AS lost, count(gained) AS gained_days,
    arg_max(annualised_rate, date) AS annualised_rate, count(followers) AS known_days
  FROM follower_growth WHERE date BETWEEN $start AND $end GROUP BY account_id
)
SELECT account.account_id, account_name, network, brand_name, followers_first, followers_last, gained, lost,
  gained_days, annualised_rate, coalesce(known_days, 0) AS known_days
FROM dim_accounts AS account LEFT JOIN grown ON grown.account_id = account.account_id
ORDER BY brand_name, network, account_name, account.account_id
""",
)

FRESHNESS: Final = Query(
    ("dim_accounts", "data_freshness"),
    """
SELECT account.account_id, account.account_name, account.network, account.status, seen.last_observed_at,
  seen.last_complete_day, coalesce(seen.is_waiting, false) AS is_waiting
FROM dim_accounts AS account LEFT JOIN data_freshness AS seen ON seen.account_id = account.account_id
ORDER BY account.account_name, account.account_id
""",
)

POSTING_TIMES: Final = Query(
    ("posting_times",),
    """
SELECT account_id, network, weekday, hour, effect, low, high, posts, posts_in_hour, evidence
FROM posting_times WHERE account_id IN (SELECT unnest($account_ids))
ORDER BY account_id, weekday, hour
""",
)
