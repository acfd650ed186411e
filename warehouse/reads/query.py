"""A query over marts. Every mart is read through a scope: one snapshot, one tenant.

A query names the marts it needs and then uses them by their plain name; it has no other way to them,
so neither the snapshot nor the tenant can be forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LAKE: Final = "lake.marts.{mart} AT (VERSION => $snapshot)"
# The organization's rows of dim_accounts in the release, held by the process: nearly every query joins them,
# and each table costs time in the catalog.
ACCOUNTS: Final = "accounts_of_release"
OWN: Final = "organization_id = $organization_id"
LIMITED: Final = (
    " AND ($only_brands IS NULL OR list_contains($only_brands, brand_id))"
    " AND ($only_accounts IS NULL OR list_contains($only_accounts, account_id))"
)
BRAND: Final = " AND brand_id = $brand_id"


@dataclass(frozen=True)
class Query:
    """A query over scoped marts. Parameters: $snapshot, $organization_id, and those the body names."""

    marts: tuple[str, ...]
    body: str

    def sql(self, *, limited: bool = False, brand: bool = False, source: str = LAKE) -> str:
        """The whole statement.

        Args:
            limited: only the accounts of $only_brands and $only_accounts (lists or null) are seen.
            brand: only those of $brand_id.
            source: where the marts are.
        """
        narrow = (LIMITED if limited else "") + (BRAND if brand else "")
        among = " AND account_id IN (SELECT account_id FROM allowed)" if narrow else ""
        # Names and conditions are constants of ours, never input.
        allowed = f"allowed AS MATERIALIZED (SELECT account_id FROM {ACCOUNTS} WHERE {OWN}{narrow})"  # noqa: S608
        scopes = [
            f"{mart} AS (SELECT * FROM {_where(mart, source)} WHERE {OWN}{among})"  # noqa: S608
            for mart in self.marts
        ]
        return f"WITH {', '.join([allowed, *scopes] if narrow else scopes)}{self.body}"


def own_accounts(source: str = LAKE) -> str:
    """The statement that finds what is to be registered as `ACCOUNTS`."""
    return f"SELECT * FROM {source.format(mart='dim_accounts')} WHERE {OWN}"  # noqa: S608


def _where(mart: str, source: str) -> str:
    return ACCOUNTS if mart == "dim_accounts" else source.format(mart=mart)
