"""Posts that a network no longer lists: deleted or hidden. The marts keep and mark them (`dim_posts`).

Networks don't tell what was deleted. A list that was read to its end does: as far back as it goes, it leaves
out only that.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import duckdb

# Of the batches that are laid out (`warehouse.gates.looking`). A window without a beginning is taken to reach
# to the oldest post it lists, for some networks list no more than so many. Seen again later, a post is there;
# left out again without that, it is noted once.
NOTE: Final = """
INSERT INTO lake.raw.gone_posts
WITH lists AS (
  SELECT f.batch, p.owner_organization, p.account_id, p.network, p.entity, p.path, p.observed_hour,
         coalesce(any_value(w.since), min(f.stamp)) AS first
  FROM new_figures AS f JOIN new_pages AS p USING (answer_id)
  JOIN windows AS w ON w.account_id = p.account_id AND w.entity = p.entity AND w.observed_hour =
    p.observed_hour
  WHERE p.whole AND f.kind = 'lifetime' AND NOT list_contains($aside::BIGINT[], f.batch)
    AND f.batch NOT IN (SELECT batch FROM new_pages WHERE NOT readable)
  GROUP BY ALL HAVING bool_and(NOT p.resumed AND w.finished_at IS NOT NULL)
)
SELECT DISTINCT l.owner_organization, l.account_id, l.network, k.subject, l.observed_hour, $now
FROM lists AS l JOIN known_figures AS k USING (account_id, entity, path)
WHERE k.kind = 'lifetime' AND k.stamp > l.first AND k.stamp < l.observed_hour AND k.seen_at < l.observed_hour
  AND NOT EXISTS (FROM new_figures AS f WHERE f.batch = l.batch AND f.subject = k.subject)
  AND NOT EXISTS (
    FROM lake.raw.gone_posts AS g
    WHERE g.account_id = l.account_id AND g.external_id = k.subject AND g.observed_hour > k.seen_at
  )
"""


def note(connection: duckdb.DuckDBPyConnection, aside: Iterable[int], now: datetime) -> None:
    """Note the posts that the laid-out batches no longer list, but for those `aside`; `now` is aware UTC.

    Raises:
        duckdb.Error: the lake can't be written.
    """
    connection.execute(NOTE, {"aside": sorted(aside), "now": now})
