"""Measures of lists, in SQL: all of a list is here, once, and is the account's own. See `measures`."""

from __future__ import annotations

from typing import Final

UNREADABLE: Final = "SELECT batch, count(*), 'answer', '' FROM new_pages WHERE NOT readable GROUP BY batch"

# Owners are compared with the registry; a Mastodon account's id there names its server too. Where the
# network does not say whose a post is, one that is known of another account is not this one's.
OWN_ROWS: Final = """
WITH told AS (
  SELECT f.batch, f.subject, p.organization_id <> p.owner_organization
      OR coalesce(f.owner NOT IN (p.external_id, split_part(p.external_id, '@', 1)), false) AS is_foreign
  FROM new_figures AS f JOIN new_pages AS p USING (answer_id)
), rows AS (
  SELECT batch, count(DISTINCT subject) FILTER (is_foreign) AS n FROM told GROUP BY batch
  UNION ALL
  SELECT batch, count(*) FILTER (organization_id <> owner_organization) FROM new_pages GROUP BY batch
), mine AS (
  SELECT DISTINCT f.batch, f.subject, p.network, p.external_id
  FROM new_figures AS f JOIN new_pages AS p USING (answer_id)
  WHERE f.kind = 'lifetime' AND p.network <> 'mastodon'
), theirs AS (
  SELECT m.batch, count(DISTINCT m.subject) FILTER (k.subject IS NOT NULL) AS n, count(DISTINCT m.subject)
    AS posts
  FROM mine AS m LEFT JOIN known_elsewhere AS k
    ON k.network = m.network AND k.subject = m.subject AND k.external_id <> m.external_id
  GROUP BY m.batch
)
SELECT batch, max(n), 'row', '' FROM (
  SELECT * FROM rows UNION ALL SELECT batch, n FROM theirs WHERE 2 * n >= posts
) WHERE n > 0 GROUP BY batch
"""

# Another pass over the same list begins at an answer without a cursor; where no cursor shows, a batch that
# goes on with an earlier window can't be told from a doubled page.
PAGES_ONCE: Final = """
WITH listed AS (
  SELECT DISTINCT f.batch, f.path, p.pass, f.answer_id, f.subject
  FROM new_figures AS f JOIN new_pages AS p USING (answer_id)
  WHERE f.kind = 'lifetime' AND p.whole AND (p.has_cursors OR NOT p.resumed)
), counted AS (
  SELECT batch, answer_id, count(*) AS posts, count(*) FILTER (pages > 1) AS doubled
  FROM (SELECT *, count(*) OVER (PARTITION BY batch, path, pass, subject) AS pages FROM listed)
  GROUP BY ALL
)
SELECT batch, max(doubled), 'post', '' FROM counted
WHERE doubled >= 2 AND 2 * doubled >= posts GROUP BY batch
"""

# A page that was asked for with a cursor that no page has named; in a window that came to its end, a page
# that names another one that was not asked for, though it does not reach back behind the window; and fewer
# pages than such a window had landed in its hour.
PAGES_FOLLOW: Final = """
WITH all_pages AS (
  SELECT account_id, entity, path, observed_hour, answer_id, asked, following FROM new_pages
  UNION ALL SELECT * FROM known_pages
), broken AS (
  SELECT p.batch, 'the page before another did not come' AS words FROM new_pages AS p
  WHERE p.asked IS NOT NULL AND NOT EXISTS (
    FROM all_pages AS o WHERE o.account_id = p.account_id AND o.entity = p.entity AND o.path = p.path
      AND o.following = p.asked AND o.answer_id <> p.answer_id
      AND (o.observed_hour = p.observed_hour OR p.resumed)
  )
  UNION ALL
  SELECT p.batch, 'the list says that it goes on' FROM new_pages AS p
  JOIN windows AS w USING (account_id, entity, observed_hour)
  WHERE p.ends AND p.pass > 0 AND p.following IS NOT NULL AND w.finished_at IS NOT NULL
    AND (w.since IS NULL OR p.oldest >= w.since) AND NOT EXISTS (
      FROM all_pages AS o WHERE o.account_id = p.account_id AND o.entity = p.entity AND o.path = p.path
        AND o.asked = p.following AND o.answer_id <> p.answer_id AND o.observed_hour = p.observed_hour
    )
), here AS (
  SELECT account_id, entity, observed_hour, count(*) AS pages FROM all_pages GROUP BY ALL
), broken_batches AS (
  SELECT batch, count(*) AS n, any_value(words) AS words FROM broken GROUP BY batch
  UNION ALL
  SELECT DISTINCT p.batch, w.pages - h.pages, 'more came than are here' FROM new_pages AS p
  JOIN windows AS w USING (account_id, entity, observed_hour)
  JOIN here AS h USING (account_id, entity, observed_hour)
  WHERE w.pages > h.pages AND date_trunc('hour', w.finished_at) = w.observed_hour
)
SELECT batch, max(n), 'page', any_value(words) FROM broken_batches GROUP BY batch
"""

# A list of which a window brought pages, and none is here. It is told of what else came of the account.
LISTS_CAME: Final = """
SELECT min(p.batch), count(DISTINCT w.entity), 'list', string_agg(DISTINCT replace(w.entity, '_', ' '), ', ')
FROM new_pages AS p JOIN windows AS w USING (account_id, observed_hour)
WHERE w.pages > 0 AND date_trunc('hour', w.finished_at) = w.observed_hour AND NOT EXISTS (
  FROM (
    SELECT account_id, entity, observed_hour FROM new_pages
    UNION ALL SELECT account_id, entity, observed_hour FROM known_pages
  ) AS h WHERE h.account_id = w.account_id AND h.entity = w.entity AND h.observed_hour = w.observed_hour
)
GROUP BY p.account_id
"""

# Of a list that has everything between its oldest and its newest post, posts seen before that are not there
# now. Where no page says that it is the last, or nothing is listed, a window that came to its end has all
# there is since it began.
POSTS_STILL_LISTED: Final = """
WITH spans AS (
  SELECT p.batch, p.account_id, p.entity, p.path, count(DISTINCT f.subject) AS posts,
         any_value(p.observed_hour) AS hour, bool_or(p.resumed) AS resumed,
         bool_and(
           NOT p.resumed AND w.finished_at IS NOT NULL AND (NOT p.ends OR f.subject IS NULL)
         ) AS complete,
         CASE WHEN complete THEN coalesce(any_value(w.since), '-infinity') ELSE min(f.stamp) END AS first,
         CASE WHEN complete THEN 'infinity' ELSE max(f.stamp) END AS last
  FROM new_pages AS p LEFT JOIN new_figures AS f USING (answer_id)
  LEFT JOIN windows AS w ON w.account_id = p.account_id AND w.entity = p.entity AND w.observed_hour =
    p.observed_hour
  WHERE p.whole GROUP BY ALL
), gone AS (
  SELECT s.batch, s.posts, count(DISTINCT k.subject) AS n
  FROM spans AS s JOIN known_figures AS k USING (account_id, entity, path)
  WHERE k.stamp > s.first AND k.stamp < s.last
    AND k.seen_at < s.hour - CASE WHEN s.resumed THEN INTERVAL 12 HOUR ELSE INTERVAL 0 HOUR END
    AND NOT EXISTS (
      FROM new_figures AS f WHERE f.batch = s.batch AND f.subject = k.subject
    )
  GROUP BY ALL
)
SELECT batch, sum(n), 'post', '' FROM gone WHERE n >= 5 AND 10 * n >= posts GROUP BY batch
"""

SHAPE_KNOWN: Final = "SELECT batch, count(*), 'answer', '' FROM new_pages WHERE NOT listed GROUP BY batch"
