"""Queries to begin with. Each runs as it stands on what every organization has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

EXAMPLES: Final[Mapping[str, str]] = {
    "Accounts": """\
-- Every connected account, and the clock its days go by.
SELECT brand_name, network, account_name, timezone, status
FROM dim_accounts
ORDER BY brand_name, network""",
    "Best posts of the last 28 days": """\
-- Engagement rate by views; posts whose network tells no views are left out.
SELECT a.account_name, a.network, e.published_date, e.kind, e.views, e.engagement,
  round(100 * e.engagement_rate_by_views, 2) AS rate_percent
FROM engagement AS e
JOIN dim_accounts AS a USING (account_id)
WHERE e.published_date >= current_date - 28 AND e.engagement_rate_by_views IS NOT NULL
ORDER BY e.engagement_rate_by_views DESC
LIMIT 50""",
    "Followers by month": """\
-- The last known number of each month; an unknown day counts as nothing, not as zero.
SELECT a.account_name, a.network, date_trunc('month', f.date)::DATE AS month,
  arg_max(f.followers, f.date) AS followers
FROM fct_account_metrics_daily AS f
JOIN dim_accounts AS a USING (account_id)
WHERE f.followers IS NOT NULL
GROUP BY ALL
ORDER BY a.account_name, month""",
    "Which kind of post works": """\
-- The median, so that one post that went around the world does not decide.
SELECT a.network, e.kind, count(*) AS posts, count(e.engagement) AS with_engagement,
  median(e.engagement) AS median_engagement, median(e.views) AS median_views
FROM engagement AS e
JOIN dim_accounts AS a USING (account_id)
WHERE e.kind IS DISTINCT FROM 'repost'
GROUP BY ALL
ORDER BY a.network, median_engagement DESC NULLS LAST""",
    "Engagement by hour of the week": """\
-- Hours are those of the account's own clock. 1 is Monday.
SELECT isodow(e.published_at AT TIME ZONE a.timezone) AS weekday,
  hour(e.published_at AT TIME ZONE a.timezone) AS hour, count(*) AS posts,
  median(e.engagement) AS median_engagement
FROM engagement AS e
JOIN dim_accounts AS a USING (account_id)
GROUP BY ALL
ORDER BY median_engagement DESC NULLS LAST""",
    "Days without numbers": """\
-- Gaps in the series of followers: days on which the network told nothing.
SELECT a.account_name, a.network, g.date
FROM follower_growth AS g
JOIN dim_accounts AS a USING (account_id)
WHERE g.is_gap
ORDER BY g.date DESC, a.account_name""",
}
