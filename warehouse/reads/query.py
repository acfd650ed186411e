"""A query over marts. Every mart is read through a scope: one snapshot, one tenant.

A query names the marts it needs and then uses them by their plain name; it has no other way to them,
so neither the snapshot nor the tenant can be forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LAKE: Final = "lake.marts.{mart} AT (VERSION => $snapshot)"
OWN: Final = "organization_id = $organization_id"
LIMITED: Final = (
    " AND ($only_brands IS NULL OR list_contains($only_brands, brand_id))"
    " AND ($only_accounts IS NULL OR list_contains($only_accounts, account_id))"
)
BRAND: Final = " AND brand_id = $brand_id"


@dataclass(frozen=True)
class Query:
    """A query over scoped marts. Parameters: $snapshot, $organization_id, and those the body names.

    Accounts are read where the process holds them: nearly every query joins them, and each table of the lake
    costs time in the catalog.
    """

    marts: tuple[str, ...]
    body: str

    def sql(self, accounts: str, *, limited: bool = False, brand: bool = False, source: str = LAKE) -> str:
        """The whole statement.

        Args:
            accounts: the table that holds `dim_accounts` of the release, of all organizations.
            limited: only the accounts of $only_brands and $only_accounts (lists or null) are seen.
            brand: only those of $brand_id.
            source: where the marts are.
        """
        narrow = (LIMITED if limited else "") + (BRAND if brand else "")
        among = " AND account_id IN (SELECT account_id FROM allowed)" if narrow else ""
        # Names and conditions are constants of ours, never input.
        allowed = f"allowed AS MATERIALIZED (SELECT account_id FROM {accounts} WHERE {OWN}{narrow})"  # noqa: S608
        scopes = [
            f"{mart} AS (SELECT * FROM {_where(mart, accounts, source)} WHERE {OWN}{among})"  # noqa: S608
            for mart in self.marts
        ]
        return f"WITH {', '.join([allowed, *scopes] if narrow else scopes)}{self.body}"


def accounts_of(snapshot: int) -> str:
    """The name of the table that holds the accounts of a snapshot."""
    return f"memory.main.accounts_of_{int(snapshot)}"


def all_accounts(table: str, source: str = LAKE) -> str:
    """The statement that makes the table a process holds, of all organizations. Parameters: $snapshot."""
    return f"CREATE TABLE {table} AS SELECT * FROM {source.format(mart='dim_accounts')}"  # noqa: S608


def _where(mart: str, accounts: str, source: str) -> str:
    return accounts if mart == "dim_accounts" else source.format(mart=mart)
