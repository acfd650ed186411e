"""SQL for analysts: queries they keep, and login roles that see their organization's rows of the mirror
alone.
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"

# Every reader's login role is a member of this one, which holds what all of them may.
GROUP = """
DO $$
BEGIN
  CREATE ROLE allin_readers NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of this server made it
END $$;
CREATE SCHEMA IF NOT EXISTS marts;
GRANT USAGE, CREATE ON SCHEMA marts TO allin_worker;
GRANT USAGE ON SCHEMA marts TO allin_readers;
"""
TABLES = """
CREATE TABLE allin.saved_queries (
  id uuid PRIMARY KEY, organization_id uuid NOT NULL REFERENCES allin.organizations ON DELETE CASCADE,
  person_id uuid REFERENCES allin.people ON DELETE SET NULL, name text NOT NULL, statement text NOT NULL,
  shared boolean NOT NULL, updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX saved_queries_shared ON allin.saved_queries (organization_id, name) WHERE shared;
CREATE UNIQUE INDEX saved_queries_own ON allin.saved_queries (organization_id, person_id, name)
  WHERE NOT shared;
CREATE TABLE allin.readers (
  id uuid PRIMARY KEY, organization_id uuid NOT NULL REFERENCES allin.organizations ON DELETE CASCADE,
  name text NOT NULL, role_name text NOT NULL UNIQUE CHECK (role_name ~ '^reader_[0-9a-f]{12}$'),
  created_by uuid REFERENCES allin.people ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now(), UNIQUE (organization_id, name)
);
"""
# Whose rows a reader sees hangs on who logged in (session_user), which SET ROLE does not change. It runs as
# the owner of the tables: the reader sees neither of them.
WHOSE = """
CREATE FUNCTION allin.reader_organization() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
RETURN (
  SELECT o.id::text FROM allin.readers r JOIN allin.organizations o ON o.id = r.organization_id
  WHERE r.role_name = session_user::text AND o.deleted_at IS NULL
);
REVOKE ALL ON FUNCTION allin.reader_organization() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION allin.reader_organization() TO allin_readers;
"""
LIVE = "organization_id = nullif(current_setting('allin.organization_id', true), '')::uuid"


def upgrade() -> None:
    """Apply."""
    for script in (GROUP, TABLES, WHOSE):
        op.execute(script)
    for table in ("saved_queries", "readers"):
        op.execute(f"ALTER TABLE allin.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"REVOKE ALL ON allin.{table} FROM allin_door")
        op.execute(f"CREATE POLICY app ON allin.{table} TO allin_app USING ({LIVE}) WITH CHECK ({LIVE})")
        op.execute(f"CREATE POLICY worker ON allin.{table} TO allin_worker USING (true) WITH CHECK (true)")
    # Roles are made as the owner of the database; people's requests only read which there are.
    op.execute("REVOKE INSERT, UPDATE, DELETE ON allin.readers FROM allin_app")
