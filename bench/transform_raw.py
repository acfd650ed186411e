"""Raw answers for the measure of the models: X's pages of posts, made in SQL as X writes them."""

from __future__ import annotations

from typing import Final

import duckdb

ACCOUNTS: Final = 1_000
SEEN_DAYS: Final = 15  # how long a post is seen, once a day
ROWS_A_DAY: Final = ACCOUNTS * SEEN_DAYS
FIRST_DAY: Final = "2008-01-01"
CHUNK_DAYS: Final = 30  # made in one statement, to bound its memory

REGISTRY: Final = f"""
INSERT INTO lake.raw.accounts SELECT
  md5('account' || n)::UUID::VARCHAR, md5('organization' || n // 20)::UUID::VARCHAR,
  'Organization ' || n // 20,
  md5('brand' || n // 5)::UUID::VARCHAR, 'Brand ' || n // 5,
  CASE n % 2 WHEN 0 THEN 'Europe/Berlin' ELSE 'America/New_York' END, 'x', n::VARCHAR, 'account ' || n,
  TIMESTAMPTZ '{FIRST_DAY} 00:00:00+00', 'connected'
FROM range({ACCOUNTS}) accounts(n)
"""  # noqa: S608 - our own numbers
# Of each account and day: itself, and a page with the posts of its last days. Counters grow with age.
ANSWERS: Final = f"""
INSERT INTO lake.raw.answers
WITH asked AS (
  SELECT account_id, organization_id, external_id::BIGINT AS n, day,
    TIMESTAMPTZ '{FIRST_DAY} 20:00:00+00' + to_days(day::INTEGER) AS hour
  FROM lake.raw.accounts, range($first, $last) days(day)
),
seen AS (
  SELECT asked.*, day - age AS post, age, hash(n * 100003 + day - age) % 9973 AS size,
    hour - to_days(age::INTEGER) - INTERVAL 1 MINUTE * (30 + (n * 7 + day - age) % 900) AS published_at
  FROM asked, range({SEEN_DAYS}) ages(age)
),
pages AS (
  SELECT account_id, organization_id, hour, 'posts' AS entity,
    json_object('data', list(json_object(
      'id', (n * 1000000 + post)::VARCHAR,
      'text', 'Post ' || post || ' of ' || n || ': ' || md5(size::VARCHAR) || ' #daily https://t.co/' || size,
      'created_at', strftime(published_at AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.000Z'),
      'entities', json_object('urls', [json_object('expanded_url', 'https://example.com/' || size)]),
      'public_metrics', json_object(
        'retweet_count', size * (age + 1) // 900, 'quote_count', size * (age + 1) // 4000,
        'reply_count', size * (age + 1) // 700, 'like_count', size * (age + 1) // 90,
        'bookmark_count', size * (age + 1) // 1500, 'impression_count', size * (age + 1))
      ) ORDER BY post DESC), 'meta', json_object('result_count', {SEEN_DAYS})) AS body
  FROM seen GROUP BY ALL
  UNION ALL
  SELECT account_id, organization_id, hour, 'account',
    json_object('data', json_object('id', n::VARCHAR, 'name', 'account ' || n, 'username', 'a' || n,
      'public_metrics', json_object('followers_count', 1000 + n + day)))
  FROM asked
)
SELECT md5(account_id || hour || entity), organization_id, account_id, 'x', entity,
  '{{"path": "2/users/me"}}'::JSON, hour + INTERVAL 3 MINUTE, hour, 200, body, 'bench',
  CASE WHEN $old THEN hour + INTERVAL 4 MINUTE ELSE now() END
FROM pages ORDER BY entity, hour, account_id
"""  # noqa: S608 - our own numbers


def land_registry(connection: duckdb.DuckDBPyConnection) -> None:
    """Register the accounts: of 50 organizations, in two time zones."""
    connection.execute(REGISTRY)


def land_days(connection: duckdb.DuckDBPyConnection, first: int, last: int, *, old: bool) -> None:
    """Land the answers of days `first` to `last` (left out); `old` as if they had landed in their hour."""
    connection.execute("SET memory_limit = '2GB'")
    for begin in range(first, last, CHUNK_DAYS):
        end = min(begin + CHUNK_DAYS, last)
        connection.execute(ANSWERS, {"first": begin, "last": end, "old": old})
