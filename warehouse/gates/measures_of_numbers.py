"""Measures of numbers, in SQL: they are what they were, in the same unit and time zone. See `measures`."""

from __future__ import annotations

from typing import Final

# The same figure before and now, of what was known.
PAIRS: Final = """
CREATE OR REPLACE TEMP TABLE pairs AS
SELECT DISTINCT f.batch, f.kind, f.subject, f.metric, f.stamp, f.value AS now, k.value AS before
FROM new_figures AS f JOIN known_figures AS k USING (account_id, entity, subject, metric)
"""

STAMPS: Final = """
CREATE OR REPLACE TEMP TABLE stamps AS
SELECT f.batch, f.kind, f.subject, f.stamp, any_value(k.stamp) AS before
FROM (SELECT DISTINCT batch, account_id, entity, kind, subject, stamp FROM new_figures) AS f
JOIN known_figures AS k USING (account_id, entity, subject)
WHERE f.kind = 'lifetime' AND f.stamp IS NOT NULL AND k.stamp IS NOT NULL GROUP BY ALL
"""

# Who reacted has seen it.
PARTS: Final = """
CREATE OR REPLACE TEMP TABLE parts AS SELECT * FROM (VALUES
  ('reactions', 'post_media_view'), ('likes', 'views'), ('reach', 'views'), ('like_count',
  'impression_count'), ('likeCount', 'impressionCount'), ('uniqueImpressionsCount', 'impressionCount'),
  ('like_count', 'view_count'), ('likeCount', 'viewCount'), ('save', 'impression')
) AS listed(part, whole)
"""
PREPARED: Final = (PARTS, PAIRS, STAMPS)

# LinkedIn's gains are what came less what went.
NOT_NEGATIVE: Final = """
SELECT batch, count(*), 'number', string_agg(DISTINCT metric, ', ') FROM new_figures
WHERE value < 0 AND NOT ends_with(metric, 'Gain') GROUP BY batch
"""

# The same factor for nearly all posts (or days) of a metric, or of a small account's metrics together, and
# one by which units differ: a post that goes round the world grows by any other. One number is enough for an
# account's own large counters. Numbers grow from look to look, so the factor may lie above the unit's.
UNITS_KEPT: Final = """
WITH ratios AS (
  SELECT batch, kind, metric, now / before AS factor, least(now, before) AS small,
         greatest(now, before) AS large
  FROM pairs WHERE before > 0 AND now > 0
), measured AS (
  SELECT batch, kind, metric, median(factor) AS factor, quantile_cont(factor, 0.25) AS low,
         quantile_cont(factor, 0.75) AS high, count(*) AS n, sum(small) AS small, max(large) AS large
  FROM ratios GROUP BY ALL
  UNION ALL
  SELECT batch, kind, 'all numbers', median(factor), quantile_cont(factor, 0.25), quantile_cont(factor, 0.75),
         count(*), sum(small), max(large)
  FROM ratios WHERE kind <> 'now' GROUP BY ALL
), changed AS (
  SELECT * FROM measured WHERE EXISTS (
    FROM (VALUES (10), (60), (100), (1000), (3600), (10000), (100000), (1000000)) AS units(unit)
    WHERE (factor BETWEEN 0.97 * unit AND 1.1 * unit OR factor BETWEEN 0.97 / unit AND 1.1 / unit)
      AND CASE
        WHEN kind = 'now' THEN unit >= 100 AND large >= 1000
        WHEN unit = 10 THEN n >= 3 AND small >= 50 * n AND low >= 0.95 * factor AND high <= 1.05 * factor
        ELSE n >= 3 AND small >= 5 AND low >= factor / 1.5 AND high <= 1.5 * factor
      END
  )
), named AS (
  SELECT * FROM changed QUALIFY metric <> 'all numbers' OR count(*) OVER (PARTITION BY batch) = 1
)
SELECT batch, 0, '', CASE WHEN min(factor) > 1 THEN printf('about %d times as high',
  round(median(factor))::BIGINT)
    ELSE printf('about 1/%d', round(1 / median(factor))::BIGINT) END
    || ' (' || array_to_string(list_slice(list(metric ORDER BY metric), 1, 3), ', ')
    || CASE WHEN count(*) > 3 THEN printf(' and %d more', count(*) - 3) ELSE '' END || ')'
FROM named
GROUP BY batch HAVING min(factor) > 1 OR max(factor) < 1  -- both ways: two of them changed places
"""

# Posts: another moment than before, whole quarters of an hour away, or one still to come. Days: a stamp
# that was not there beside one that was; or, where days are plain dates, the values of the day next to it.
ZONES_KEPT: Final = """
WITH posts AS (
  SELECT batch, count(*) AS n, count(*) FILTER (moved) AS moved, 'post' AS what,
         mode(epoch(stamp) - epoch(before)) FILTER (moved) AS seconds
  FROM (SELECT *, stamp <> before AND abs(epoch(stamp) - epoch(before)) <= 26 * 3600
               AND (epoch(stamp) - epoch(before)) % 900 = 0 AS moved FROM stamps) GROUP BY batch
), future AS (
  SELECT f.batch, count(*), count(*) FILTER (f.stamp > p.requested_at + INTERVAL 15 MINUTE), 'post',
         max(epoch(f.stamp) - epoch(p.requested_at)) AS seconds
  FROM (SELECT DISTINCT batch, answer_id, subject, stamp, kind FROM new_figures) AS f JOIN new_pages AS p
    USING (answer_id)
  WHERE f.kind = 'lifetime' AND f.stamp IS NOT NULL GROUP BY ALL
), days AS (
  SELECT DISTINCT batch, account_id, entity, metric, stamp, value FROM new_figures
  WHERE kind = 'day' AND metric IS NOT NULL AND stamp IS NOT NULL
), known_days AS (
  SELECT account_id, entity, metric, stamp, value FROM known_figures WHERE kind = 'day' AND metric IS NOT NULL
    AND stamp IS NOT NULL
), spans AS (
  SELECT account_id, entity, metric, min(stamp) AS first, max(stamp) AS last FROM known_days GROUP BY ALL
), beside AS (
  SELECT d.batch, d.stamp, min_by(epoch(d.stamp) - epoch(k.stamp), abs(epoch(d.stamp) - epoch(k.stamp))) AS
    seconds
  FROM days AS d JOIN spans AS s USING (account_id, entity, metric)
  LEFT JOIN known_days AS k ON k.account_id = d.account_id AND k.entity = d.entity AND k.metric = d.metric
    AND abs(epoch(d.stamp) - epoch(k.stamp)) <= 14 * 3600
  WHERE d.stamp BETWEEN s.first AND s.last GROUP BY ALL
), day_stamps AS (
  SELECT batch, count(*), count(*) FILTER (seconds <> 0), 'day', mode(seconds) FILTER (seconds <> 0) FROM
    beside GROUP BY batch
), next_to AS (
  SELECT d.batch, d.stamp, d.metric, d.value, k.value AS same, n.value AS other, way
  FROM days AS d CROSS JOIN (VALUES (-86400), (86400)) AS ways(way)
  JOIN known_days AS k ON k.account_id = d.account_id AND k.entity = d.entity AND k.metric = d.metric AND
    k.stamp = d.stamp
  JOIN known_days AS n ON n.account_id = d.account_id AND n.entity = d.entity AND n.metric = d.metric
    AND epoch(n.stamp) = epoch(d.stamp) + way
  WHERE k.value <> n.value AND d.value <> 0 AND greatest(k.value, n.value) >= 10
), day_values AS (
  SELECT batch, count(*), count(*) FILTER (value = other), 'day', -way FROM next_to GROUP BY batch, way
    HAVING count(*) >= 3
)
SELECT batch, max(moved), any_value(what), printf('by %+g hours', any_value(seconds) / 3600) FROM (
  SELECT * FROM posts UNION ALL SELECT * FROM future UNION ALL SELECT * FROM day_stamps
  UNION ALL SELECT * FROM day_values
) WHERE moved >= 1 AND 2 * moved >= n GROUP BY batch
"""

# Two numbers that are far apart, each now where the other was; or a part that is larger than its whole (of
# posts of this half year: of older ones a network may count the whole only since it has that metric).
COLUMNS_KEPT: Final = """
WITH swapped AS (
  SELECT a.batch, least(a.metric, b.metric) || ' and ' || greatest(a.metric, b.metric) AS words, count(*) AS
    n, count(*) FILTER (
      a.now BETWEEN 0.9 * b.before AND 1.25 * b.before + 2 AND b.now BETWEEN 0.9 * a.before AND 1.25 *
        a.before + 2
    ) AS found
  FROM pairs AS a JOIN pairs AS b ON b.batch = a.batch AND b.subject = a.subject AND a.metric < b.metric
  WHERE a.kind <> 'now' AND greatest(a.before, b.before) >= 2 * least(a.before, b.before) + 5 GROUP BY ALL
), larger AS (
  SELECT a.batch, least(a.metric, b.metric) || ' and ' || greatest(a.metric, b.metric) AS words, count(*) AS
    n, count(*) FILTER (a.value > b.value) AS found
  FROM new_figures AS a JOIN parts ON parts.part = a.metric
  JOIN new_figures AS b ON b.answer_id = a.answer_id AND b.subject = a.subject AND b.metric = parts.whole
  JOIN new_pages AS p ON p.answer_id = a.answer_id
  WHERE a.kind = 'lifetime' AND a.value > 0 AND b.value > 0
    AND (a.stamp IS NULL OR a.stamp > p.observed_hour - INTERVAL 182 DAY)
  GROUP BY ALL HAVING count(*) >= 3
)
SELECT batch, 0, '', string_agg(DISTINCT words, ', ') FROM (FROM swapped UNION ALL FROM larger)
WHERE found >= 2 AND 2 * found > n GROUP BY batch
"""

COUNTERS_NOT_FALLING: Final = """
SELECT batch, count(*) FILTER (now < 0.95 * before), 'counter', '' FROM pairs
WHERE kind = 'lifetime' AND before >= 20 GROUP BY batch
HAVING count(*) >= 3 AND count(*) FILTER (now < 0.95 * before) * 2 > count(*)
"""

DAYS_WHOLE: Final = """
WITH days AS (
  SELECT DISTINCT batch, account_id, entity, metric, stamp FROM new_figures
  WHERE kind = 'day' AND metric IS NOT NULL AND stamp IS NOT NULL
), spans AS (
  SELECT batch, account_id, entity, metric, min(stamp) AS first, max(stamp) AS last,
         any_value(observed_hour) AS hour, any_value(resumed) AS resumed
  FROM days JOIN (SELECT DISTINCT batch, observed_hour, resumed FROM new_pages) USING (batch) GROUP BY ALL
), missing AS (
  SELECT s.batch, k.stamp FROM spans AS s JOIN known_figures AS k USING (account_id, entity, metric)
  WHERE k.kind = 'day' AND k.stamp > s.first AND k.stamp < s.last
    AND k.seen_at < s.hour - CASE WHEN s.resumed THEN INTERVAL 12 HOUR ELSE INTERVAL 0 HOUR END
    AND NOT EXISTS (
      FROM days AS d WHERE d.batch = s.batch AND d.metric = k.metric AND d.stamp = k.stamp
    )
), halved AS (
  SELECT batch, stamp FROM pairs WHERE kind = 'day' AND stamp IS NOT NULL AND before >= 20 GROUP BY ALL
  HAVING 2 * count(*) FILTER (now < 0.7 * before) > count(*)
)
SELECT batch, count(DISTINCT stamp), 'day', strftime(min(stamp), '%d %b %Y')
FROM (FROM missing UNION ALL FROM halved) GROUP BY batch
"""

LAST_DAY_USUAL: Final = """
WITH days AS (
  SELECT DISTINCT f.batch, f.metric, f.stamp, f.value FROM new_figures AS f
  JOIN new_pages AS p USING (answer_id)
  WHERE f.kind = 'day' AND f.metric IS NOT NULL AND f.stamp <= p.observed_hour - INTERVAL 36 HOUR
), ordered AS (
  SELECT *, row_number() OVER (PARTITION BY batch, metric ORDER BY stamp DESC) AS back FROM days
), judged AS (
  SELECT batch, metric, max(stamp) FILTER (back = 1) AS stamp, any_value(value) FILTER (back = 1) AS last,
         median(value) FILTER (back BETWEEN 2 AND 15) AS usual
  FROM ordered GROUP BY ALL HAVING count(*) FILTER (back BETWEEN 2 AND 15) >= 7
)
SELECT batch, 0, '', strftime(max(stamp), '%d %b %Y') FROM judged WHERE usual >= 20 GROUP BY batch
HAVING count(*) >= 2 AND bool_and(last < 0.25 * usual)
"""
