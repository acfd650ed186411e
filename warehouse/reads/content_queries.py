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
  WHERE kind IS DISTINCT FROM 'repost' AND published_date BETWEEN $start AND $end
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

# Each post stands in every facet once, in that of labels once for each label. It is measured at seven days,
# like those it is compared with; where nobody looked then, by what it came to, once it is old enough.
CONTENT: Final = Query(
    ("content_performance",),
    """,
posts AS MATERIALIZED (
  SELECT * EXCLUDE (index), coalesce(index_7d, CASE WHEN published_date <= $settled THEN index END) AS index
  FROM content_performance WHERE published_date BETWEEN $start AND $end
),
facets AS (
  SELECT 'kind' AS facet, kind AS value, 0 AS position, index FROM posts
  UNION ALL SELECT 'length', text_length_bucket, min_length, index FROM posts
  UNION ALL SELECT 'media', CASE WHEN media_count > 4 THEN '5 and more' WHEN media_count > 1 THEN '2 to 4'
    ELSE media_count::VARCHAR END, least(media_count, 5), index FROM posts WHERE media_count IS NOT NULL
  UNION ALL SELECT 'hashtags', CASE WHEN hashtags > 5 THEN '6 and more' WHEN hashtags > 2 THEN '3 to 5'
    WHEN hashtags > 0 THEN '1 or 2' ELSE 'none' END, least(hashtags, 6), index
    FROM posts WHERE hashtags IS NOT NULL
  UNION ALL SELECT 'link', CASE WHEN has_link THEN 'with a link' ELSE 'without' END, 0, index
    FROM posts WHERE has_link IS NOT NULL
  UNION ALL SELECT 'label', unnest(labels), 0, index FROM posts
  UNION ALL SELECT 'campaign', campaign, 0, index FROM posts WHERE campaign IS NOT NULL
  UNION ALL SELECT 'slot', weekday || ' ' || hour, weekday * 24 + hour, index FROM posts
)
SELECT facet, value, min(position) AS position, count(*) AS posts, count(index) AS compared,
  median(index) AS index, count(*) FILTER (index > 1) AS above
FROM facets GROUP BY facet, value ORDER BY facet, position, value
""",
)

CONTENT_POSTS: Final = Query(
    ("dim_accounts", "dim_posts", "content_performance"),
    """,
listed AS (
  SELECT * EXCLUDE (index), coalesce(index_7d, CASE WHEN published_date <= $settled THEN index END) AS index
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
""",
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
