"""A query over marts. Every mart is read through a scope: one release, one tenant.

A query names the marts it needs and then uses them by their plain name; it has no other way to them,
so neither the release nor the tenant can be forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

OWN: Final = "organization_id = $organization_id"
LIMITED: Final = (
    " AND ($only_brands IS NULL OR list_contains($only_brands, brand_id))"
    " AND ($only_accounts IS NULL OR list_contains($only_accounts, account_id))"
)
BRAND: Final = " AND brand_id = $brand_id"


class Source(NamedTuple):
    """Where the marts of a release are: a schema, and the table that holds its `dim_accounts`."""

    marts: str
    accounts: str

    def of(self, mart: str) -> str:
        """The table of a mart. Nearly every query joins accounts, and each table of the lake costs time."""
        return self.accounts if mart == "dim_accounts" else f"{self.marts}.{mart}"


@dataclass(frozen=True)
class Query:
    """A query over scoped marts. Parameters: $organization_id, and those the body names."""

    marts: tuple[str, ...]
    body: str

    def sql(self, source: Source, *, limited: bool = False, brand: bool = False) -> str:
        """The whole statement.

        Args:
            source: where the marts are.
            limited: only the accounts of $only_brands and $only_accounts (lists or null) are seen.
            brand: only those of $brand_id.
        """
        narrow = (LIMITED if limited else "") + (BRAND if brand else "")
        among = " AND account_id IN (SELECT account_id FROM allowed)" if narrow else ""
        # Names and conditions are constants of ours, never input.
        allowed = f"allowed AS MATERIALIZED (SELECT account_id FROM {source.accounts} WHERE {OWN}{narrow})"  # noqa: S608
        scopes = [
            f"{mart} AS (SELECT * FROM {source.of(mart)} WHERE {OWN}{among})"  # noqa: S608
            for mart in self.marts
        ]
        return f"WITH {', '.join([allowed, *scopes] if narrow else scopes)}{self.body}"
