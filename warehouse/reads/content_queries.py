"""What the pages ask about posts: the list, what worked, and how channels compare."""

from __future__ import annotations

from typing import Final

from warehouse.reads.query import Query

# The order is said twice: to take the first ones before their texts are looked up, and for the answer.
_ORDER: Final = """
ORDER BY CASE $by WHEN 'engagement' THEN engagement WHEN 'views' THEN views END DESC NULLS LAST,
  published_at DESC, post_key
"""

POSTS: Final = Query(
    ("dim_accounts", "dim_posts", "engagement"),
    f""",
listed AS (
  SELECT post.*, account_name, brand_id, brand_name, timezone
  FROM engagement AS post JOIN dim_accounts AS account ON account.account_id = post.account_id
  WHERE published_date BETWEEN $start AND $end
  {_ORDER} LIMIT $limit
),
said AS (
  SELECT post_key, text, link, permalink, last_observed_at FROM dim_posts
  WHERE published_date BETWEEN $start AND $end AND post_key IN (SELECT post_key FROM listed)
)
SELECT post_key, account_id, account_name, network, brand_id, brand_name, timezone, published_at,
  published_date, kind, text, link, permalink, age_hours, views, reach, reactions, comments, shares, saves,
  clicks, engagement, engagement_rate_by_views, engagement_rate_by_reach, engagement_rate_by_followers,
  last_observed_at
FROM listed LEFT JOIN said USING (post_key)
{_ORDER}""",  # noqa: S608
)

# A post is measured at seven days, like those it is compared with; where nobody looked then, by what it came
# to, once it is old enough.
_INDEX: Final = "coalesce(index_7d, CASE WHEN published_date <= $settled THEN index END) AS index"

_FOUND: Final = """count(*) AS posts, count(index) AS compared, median(index)::DOUBLE AS index,
    count(above) AS above"""

# A post stands in each facet once, in that of labels once for each label; where one is unknown of it, not
# at all (UNPIVOT leaves nulls out). All facets are grouped in one pass, by small numbers named afterwards.
# The index has six decimals: whole numbers are put in order twice as fast as doubles.
CONTENT: Final = Query(
    ("content_performance",),
    f""",
compared AS (
  SELECT * EXCLUDE (index), {_INDEX} FROM content_performance WHERE published_date BETWEEN $start AND $end
),
posts AS MATERIALIZED (
  SELECT kind, coalesce(text_length_bucket, 'none') AS length, min_length,
    (CASE WHEN media_count > 4 THEN 5 WHEN media_count > 1 THEN 2 ELSE media_count END)::TINYINT AS media,
    (CASE WHEN hashtags > 5 THEN 6 WHEN hashtags > 2 THEN 3 ELSE least(hashtags, 1) END)::TINYINT AS hashtags,
    has_link AS link, labels, campaign, (weekday * 24 + hour)::SMALLINT AS slot,
    (CASE WHEN index > 1e9 THEN 1e9 ELSE index END)::DECIMAL(18, 6) AS index,
    CASE WHEN index > 1 THEN true END AS above
  FROM compared
),
grouped AS (
  SELECT kind, length, media::VARCHAR AS media, hashtags::VARCHAR AS hashtags, link::VARCHAR AS link,
    NULL::VARCHAR AS label, campaign, slot::VARCHAR AS slot,
    coalesce(min_length, posts.media, posts.hashtags, posts.slot, 0)::BIGINT AS position, {_FOUND}
  FROM posts GROUP BY GROUPING SETS (kind, (length, min_length), media, hashtags, link, campaign, slot)
  UNION ALL BY NAME
  SELECT label, 0 AS position, {_FOUND} FROM (SELECT unnest(labels) AS label, index, above FROM posts)
  GROUP BY label
)
SELECT facet,
  CASE facet || ' ' || value
    WHEN 'media 2' THEN '2 to 4' WHEN 'media 5' THEN '5 and more'
    WHEN 'hashtags 0' THEN 'none' WHEN 'hashtags 1' THEN '1 or 2' WHEN 'hashtags 3' THEN '3 to 5'
    WHEN 'hashtags 6' THEN '6 and more'
    WHEN 'link true' THEN 'with a link' WHEN 'link false' THEN 'without'
    ELSE CASE facet WHEN 'slot' THEN position // 24 || ' ' || position % 24 ELSE value END
  END AS value,
  position, posts, compared, index, above
FROM grouped UNPIVOT (value FOR facet IN (kind, length, media, hashtags, link, label, campaign, slot))
ORDER BY facet, position, value
""",  # noqa: S608 - the constants above
)

CONTENT_POSTS: Final = Query(
    ("dim_accounts", "dim_posts", "content_performance"),
    f""",
listed AS (
  SELECT * EXCLUDE (index), {_INDEX}
  FROM content_performance WHERE published_date BETWEEN $start AND $end
  ORDER BY index DESC NULLS LAST, published_at DESC, post_key LIMIT $limit
),
said AS (
  SELECT post_key, text, permalink, is_deleted FROM dim_posts
  WHERE published_date BETWEEN $start AND $end AND post_key IN (SELECT post_key FROM listed)
)
SELECT account.account_name, account.brand_name, account.network, account.timezone, published_at,
  published_date, kind, text, permalink, is_deleted, text_length, media_count, hashtags, has_link, labels,
  campaign, weekday, hour, index, engagement_7d, views_7d, engagement_rate_by_views_7d,
  engagement_rate_by_reach_7d, engagement_rate_by_followers_7d, engagement, views, listed.post_key,
  listed.account_id
FROM listed JOIN dim_accounts AS account ON account.account_id = listed.account_id
LEFT JOIN said ON said.post_key = listed.post_key
ORDER BY index DESC NULLS LAST, published_at DESC, listed.post_key
""",  # noqa: S608
)

CHANNELS: Final = Query(
    ("dim_accounts", "channel_comparison"),
    """
SELECT account.account_name, account.brand_name, account.network,
  months.* EXCLUDE (organization_id, network)
FROM channel_comparison AS months JOIN dim_accounts AS account ON account.account_id = months.account_id
WHERE month BETWEEN date_trunc('month', $start::DATE) AND $end
ORDER BY month, account.brand_name, account.network, account.account_name, months.account_id
""",
)
