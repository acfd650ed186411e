"""History that was imported from files, and accounts that are there for it alone."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"

# An account that AllIN is not connected to: it has numbers from files, is never asked and never published on.
ACCOUNTS = """
ALTER TABLE allin.accounts DROP CONSTRAINT accounts_status_check,
  ADD CONSTRAINT accounts_status_check
    CHECK (status IN ('connected', 'needs_reconnect', 'disconnected', 'imported'));
"""
# One row for each file that was taken in; the id comes of its rows, so the same file is the same import. The
# rows themselves are raw answers of the lake with this id as their run. `landing` is under way, or was
# interrupted: whether its rows are in the lake is then looked up there. `left_out` are rows that were wrong,
# `made` the accounts that were made for it.
IMPORTS = """
CREATE TABLE allin.imports (
  id uuid PRIMARY KEY, organization_id uuid NOT NULL REFERENCES allin.organizations ON DELETE CASCADE,
  brand_id uuid NOT NULL, kind text NOT NULL CHECK (kind IN ('posts', 'followers')),
  file_name text NOT NULL, preset text NOT NULL, exported_at timestamptz NOT NULL,
  row_count bigint NOT NULL, left_out bigint NOT NULL, account_count integer NOT NULL,
  first_day date, last_day date, made uuid[] NOT NULL DEFAULT '{}',
  state text NOT NULL CHECK (state IN ('landing', 'landed', 'undone')),
  created_by uuid REFERENCES allin.people ON DELETE SET NULL, created_by_name text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(), landed_at timestamptz, undone_at timestamptz,
  FOREIGN KEY (organization_id, brand_id) REFERENCES allin.brands (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX imports_of_organization ON allin.imports (organization_id, created_at DESC);
"""
ORGANIZATION = "nullif(current_setting('allin.organization_id', true), '')::uuid"
BRANDS = "(SELECT nullif(current_setting('allin.brand_ids', true), ''))"
ACCOUNT_IDS = "(SELECT nullif(current_setting('allin.account_ids', true), ''))"
# Whoever is limited to accounts sees no import: it may be of others.
SEEN = (
    f"organization_id = {ORGANIZATION} AND ({BRANDS} IS NULL OR brand_id = ANY ({BRANDS}::uuid[])) "
    f"AND {ACCOUNT_IDS} IS NULL"
)


def upgrade() -> None:
    """Apply."""
    op.execute(ACCOUNTS)
    op.execute(IMPORTS)
    op.execute("ALTER TABLE allin.imports ENABLE ROW LEVEL SECURITY")
    op.execute("REVOKE ALL ON allin.imports FROM allin_door")
    op.execute(f"CREATE POLICY app ON allin.imports TO allin_app USING ({SEEN}) WITH CHECK ({SEEN})")
    op.execute("CREATE POLICY worker ON allin.imports TO allin_worker USING (true) WITH CHECK (true)")
