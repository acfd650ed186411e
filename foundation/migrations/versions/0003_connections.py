"""Accounts with what was granted to them, connections under way, and what the networks' limits have left."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"

ACCOUNTS = """
ALTER TABLE allin.accounts
  ADD COLUMN handle text NOT NULL DEFAULT '',
  ADD COLUMN server text NOT NULL DEFAULT '',
  ADD COLUMN scopes text[],  -- null: the network does not say
  ADD COLUMN extra text,  -- encrypted, like the tokens
  ADD COLUMN access_ends_at timestamptz,  -- when a person has to consent again
  ADD COLUMN checked_at timestamptz,
  ADD COLUMN check_problem text;
"""

# From a consent's beginning to the choice of accounts. What is sealed ends with the row.
CONNECTIONS = """
CREATE TABLE allin.connections (
  id uuid PRIMARY KEY, organization_id uuid NOT NULL REFERENCES allin.organizations ON DELETE CASCADE,
  brand_id uuid NOT NULL, person_id uuid NOT NULL REFERENCES allin.people ON DELETE CASCADE,
  session_id uuid, network text NOT NULL, state_hash bytea NOT NULL UNIQUE,
  sealed text NOT NULL, answered_at timestamptz, found text,
  created_at timestamptz NOT NULL DEFAULT now(), expires_at timestamptz NOT NULL,
  FOREIGN KEY (organization_id, brand_id) REFERENCES allin.brands (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX connections_expiry ON allin.connections (expires_at);
"""

# One row a window of calls, of an app or an account; of no organization, and without any secret.
LIMITS = """
CREATE UNLOGGED TABLE allin.network_limits (
  network text NOT NULL, subject text NOT NULL, name text NOT NULL,
  used integer NOT NULL DEFAULT 0, allowed integer, window_ends_at timestamptz, blocked_until timestamptz,
  PRIMARY KEY (network, subject, name)
);
"""

ORGANIZATION = "nullif(current_setting('allin.organization_id', true), '')::uuid"


def upgrade() -> None:
    """Apply."""
    for script in (ACCOUNTS, CONNECTIONS, LIMITS):
        op.execute(script)
    for table in ("connections", "network_limits"):
        op.execute(f"ALTER TABLE allin.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"REVOKE ALL ON allin.{table} FROM allin_app, allin_worker, allin_door")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON allin.{table} TO allin_app, allin_worker")
        op.execute(f"CREATE POLICY worker ON allin.{table} TO allin_worker USING (true) WITH CHECK (true)")
    live = f"organization_id = {ORGANIZATION}"
    op.execute(f"CREATE POLICY app ON allin.connections TO allin_app USING ({live}) WITH CHECK ({live})")
    op.execute("CREATE POLICY app ON allin.network_limits TO allin_app USING (true) WITH CHECK (true)")
