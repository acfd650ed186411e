"""What the raw contract measures of batches, in SQL: one query for each check of `warehouse.gates.checks`.

Each query answers with a row for each batch that breaks its check: batch, how many (0 where there is no
number), what is counted, and details. They read temporary tables that `warehouse.gates.looking` fills:

- ``new_pages``: the answers looked at, with their batch, and what the registry says of their account;
- ``new_figures``: the figures in them;
- ``known_figures``: the last good value of each figure of these accounts from the days before, and when it
was seen;
- ``known_pages``: the pages of the last days; ``windows``: what collecting knows of its windows.
"""

from __future__ import annotations

from typing import Final

from warehouse.gates import measures_of_lists as lists
from warehouse.gates import measures_of_numbers as numbers
from warehouse.gates.checks import READABLE

MEASURES: Final = {
    READABLE: lists.UNREADABLE,
    "own_rows": lists.OWN_ROWS,
    "pages_once": lists.PAGES_ONCE,
    "pages_follow": lists.PAGES_FOLLOW,
    "posts_still_listed": lists.POSTS_STILL_LISTED,
    "not_negative": numbers.NOT_NEGATIVE,
    "units_kept": numbers.UNITS_KEPT,
    "zones_kept": numbers.ZONES_KEPT,
    "columns_kept": numbers.COLUMNS_KEPT,
    "counters_not_falling": numbers.COUNTERS_NOT_FALLING,
    "days_whole": numbers.DAYS_WHOLE,
    "last_day_usual": numbers.LAST_DAY_USUAL,
    "shape_known": lists.SHAPE_KNOWN,
    "lists_came": lists.LISTS_CAME,
}
