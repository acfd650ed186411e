"""``python -m bench.query_writer``: write into the marts of the lake as a build does, until ended.

One account after the other, its newest month is taken out and put back, a transaction a mart. Prints a line
for each commit.
"""

from __future__ import annotations

import itertools
from typing import Final

from foundation.priority import step_back
from foundation.settings import get_settings
from warehouse import lake

MARTS: Final = {
    "fct_post_metrics_daily": "date",
    "engagement": "published_date",
    "dim_posts": "published_date",
    "fct_account_metrics_daily": "date",
}


def main() -> None:
    """Write."""
    step_back(0)
    with lake.connect(get_settings()) as connection:
        accounts = connection.execute("SELECT account_id FROM lake.marts.dim_accounts ORDER BY 1").fetchall()
        for (account,), (mart, day) in itertools.cycle(itertools.product(accounts, MARTS.items())):
            # The names are the constants above, never input.
            mine = f"FROM lake.marts.{mart} WHERE account_id = $account AND {day} > current_date - 31"
            connection.execute(f"CREATE OR REPLACE TEMP TABLE taken AS {mine}", {"account": account})
            connection.execute("BEGIN")
            connection.execute(f"DELETE {mine}", {"account": account})
            connection.execute(f"INSERT INTO lake.marts.{mart} FROM taken")
            connection.execute("COMMIT")
            print(mart, flush=True)


if __name__ == "__main__":
    main()
