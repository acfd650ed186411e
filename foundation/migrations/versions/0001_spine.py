"""Roles, row-level security, and the first operational tables."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

ROLES = """
DO $$
DECLARE wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['allin_app', 'allin_worker'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of this server made it
    END;
    EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
  END LOOP;
END $$;
CREATE SCHEMA IF NOT EXISTS dagster;
CREATE SCHEMA IF NOT EXISTS lake;
GRANT USAGE ON SCHEMA allin TO allin_app, allin_worker;
GRANT USAGE, CREATE ON SCHEMA lake TO allin_worker;
GRANT USAGE ON SCHEMA lake TO allin_app;
ALTER DEFAULT PRIVILEGES FOR ROLE allin_worker IN SCHEMA lake GRANT SELECT ON TABLES TO allin_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA allin
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO allin_app, allin_worker;
ALTER DEFAULT PRIVILEGES IN SCHEMA allin GRANT USAGE ON SEQUENCES TO allin_app, allin_worker;
"""

IDENTITY = """
CREATE TABLE allin.organizations (
  id uuid PRIMARY KEY, name text NOT NULL, created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE allin.people (
  id uuid PRIMARY KEY, email text NOT NULL UNIQUE CHECK (email = lower(email)),
  password_hash text NOT NULL, created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE allin.memberships (
  person_id uuid NOT NULL REFERENCES allin.people ON DELETE CASCADE,
  organization_id uuid NOT NULL REFERENCES allin.organizations ON DELETE CASCADE,
  role text NOT NULL CHECK (role IN ('OWNER', 'ADMIN', 'EDITOR', 'MEMBER', 'VIEWER')),
  PRIMARY KEY (person_id, organization_id)
);
CREATE TABLE allin.sessions (
  token_hash bytea PRIMARY KEY, person_id uuid NOT NULL REFERENCES allin.people ON DELETE CASCADE,
  organization_id uuid NOT NULL REFERENCES allin.organizations ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(), expires_at timestamptz NOT NULL, revoked_at timestamptz
);
CREATE TABLE allin.brands (
  id uuid PRIMARY KEY, organization_id uuid NOT NULL REFERENCES allin.organizations ON DELETE CASCADE,
  name text NOT NULL, timezone text NOT NULL, colour text NOT NULL DEFAULT '#2456e6',
  logo bytea, created_at timestamptz NOT NULL DEFAULT now(), UNIQUE (organization_id, name),
  UNIQUE (organization_id, id)
);
"""

# A foreign key is checked past row-level security. Between tenants' tables each therefore holds the
# organization too, or one tenant could refer to another's rows.
ACCOUNTS = """
CREATE TABLE allin.accounts (
  id uuid PRIMARY KEY, organization_id uuid NOT NULL REFERENCES allin.organizations ON DELETE CASCADE,
  brand_id uuid NOT NULL, network text NOT NULL, external_id text NOT NULL,
  name text NOT NULL, status text NOT NULL DEFAULT 'connected'
    CHECK (status IN ('connected', 'needs_reconnect', 'disconnected')),
  status_reason text, access_token text NOT NULL, refresh_token text, token_expires_at timestamptz,
  connected_at timestamptz NOT NULL DEFAULT now(), last_synced_at timestamptz,
  UNIQUE (organization_id, network, external_id), UNIQUE (organization_id, id),
  FOREIGN KEY (organization_id, brand_id) REFERENCES allin.brands (organization_id, id)
);
CREATE TABLE allin.collections (
  account_id uuid NOT NULL, organization_id uuid NOT NULL, entity text NOT NULL,
  observed_hour timestamptz NOT NULL, since timestamptz, next_cursor text,
  pages integer NOT NULL DEFAULT 0, finished_at timestamptz, PRIMARY KEY (account_id, entity, observed_hour),
  FOREIGN KEY (organization_id, account_id) REFERENCES allin.accounts (organization_id, id) ON DELETE CASCADE
);
"""

PUBLISHING = """
CREATE TABLE allin.posts (
  id uuid PRIMARY KEY, organization_id uuid NOT NULL REFERENCES allin.organizations ON DELETE CASCADE,
  brand_id uuid NOT NULL, text text NOT NULL, link text,
  created_by uuid REFERENCES allin.people, created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (organization_id, id),
  FOREIGN KEY (organization_id, brand_id) REFERENCES allin.brands (organization_id, id)
);
CREATE TABLE allin.publications (
  id uuid PRIMARY KEY, organization_id uuid NOT NULL REFERENCES allin.organizations ON DELETE CASCADE,
  post_id uuid NOT NULL, account_id uuid NOT NULL, network text NOT NULL,
  state text NOT NULL CHECK (state IN ('draft', 'in_review', 'approved', 'scheduled', 'publishing',
    'published', 'failed', 'unknown', 'missed', 'cancelled')),
  due_at timestamptz, version integer NOT NULL DEFAULT 1,
  lease_owner text, lease_until timestamptz, attempt_count integer NOT NULL DEFAULT 0,
  not_before timestamptz, prepared jsonb NOT NULL DEFAULT '{}', sent_at timestamptz,
  published_at timestamptz, external_id text, permalink text,
  problem text, advice text, asks_person boolean NOT NULL DEFAULT false,
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (post_id, account_id), UNIQUE (organization_id, id),
  FOREIGN KEY (organization_id, post_id) REFERENCES allin.posts (organization_id, id) ON DELETE CASCADE,
  FOREIGN KEY (organization_id, account_id) REFERENCES allin.accounts (organization_id, id)
);
CREATE INDEX publications_due ON allin.publications (due_at) WHERE state IN ('scheduled', 'publishing');
-- One post on a network is one publication of ours, however many look alike.
CREATE UNIQUE INDEX publications_external ON allin.publications (account_id, external_id)
  WHERE external_id IS NOT NULL;
CREATE INDEX publications_unknown ON allin.publications (not_before) WHERE state = 'unknown';
CREATE INDEX publications_of_organization ON allin.publications (organization_id, due_at DESC);
CREATE TABLE allin.attempts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES allin.organizations ON DELETE CASCADE,
  publication_id uuid NOT NULL,
  step text NOT NULL CHECK (step IN ('prepare', 'submit', 'confirm', 'find')),
  owner text NOT NULL, started_at timestamptz NOT NULL, finished_at timestamptz,
  outcome text, ids jsonb NOT NULL DEFAULT '{}', detail text,
  FOREIGN KEY (organization_id, publication_id)
    REFERENCES allin.publications (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX attempts_of_publication ON allin.attempts (publication_id, id);
"""

HEARTBEATS = """
CREATE TABLE allin.heartbeats (name text PRIMARY KEY, at timestamptz NOT NULL);
"""

RELEASES = """
CREATE TABLE allin.builds (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run_id text NOT NULL UNIQUE,
  started_at timestamptz NOT NULL, finished_at timestamptz,
  status text NOT NULL CHECK (status IN ('running', 'released', 'refused', 'failed')),
  reasons jsonb NOT NULL DEFAULT '[]'
);
CREATE TABLE allin.releases (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, snapshot_id bigint NOT NULL,
  run_id text NOT NULL, released_at timestamptz NOT NULL DEFAULT now(), note text
);
"""

TENANT_TABLES = ("brands", "accounts", "collections", "posts", "publications", "attempts")

# What a transaction of allin_app is bound to; unset and empty both mean: to nothing.
ORGANIZATION = "nullif(current_setting('allin.organization_id', true), '')::uuid"
PERSON = "nullif(current_setting('allin.person_id', true), '')::uuid"
EMAIL = "nullif(current_setting('allin.sign_in_email', true), '')"
DIGEST = "decode(nullif(current_setting('allin.token_hash', true), ''), 'hex')"

READ_ONLY = {
    "organizations": f"id = {ORGANIZATION} OR EXISTS "
    f"(SELECT FROM allin.memberships WHERE organization_id = organizations.id AND person_id = {PERSON})",
    "memberships": f"organization_id = {ORGANIZATION} OR person_id = {PERSON}",
    "people": f"email = {EMAIL} OR id = {PERSON}",
}


def upgrade() -> None:
    """Apply."""
    for script in (ROLES, IDENTITY, ACCOUNTS, PUBLISHING, HEARTBEATS, RELEASES):
        op.execute(script)
    for table in TENANT_TABLES:
        bound = f"organization_id = {ORGANIZATION}"
        _secure(table, f"USING ({bound}) WITH CHECK ({bound})")
    for table, visible in READ_ONLY.items():
        _secure(table, f"USING ({visible})", command="SELECT")
        _forbid_writing(table)
    # A token shows its session; only the person it belongs to may open, change or end one.
    own = f"person_id = {PERSON}"
    _secure("sessions", f"USING (token_hash = {DIGEST} OR {own}) WITH CHECK ({own})")
    for table in ("builds", "releases", "heartbeats"):
        _forbid_writing(table)


def _secure(table: str, rule: str, *, command: str = "ALL") -> None:
    """Row-level security: the rule holds for people's requests, background work sees all rows."""
    op.execute(f"ALTER TABLE allin.{table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY app ON allin.{table} FOR {command} TO allin_app {rule}")
    op.execute(f"CREATE POLICY worker ON allin.{table} TO allin_worker USING (true) WITH CHECK (true)")


def _forbid_writing(table: str) -> None:
    op.execute(f"REVOKE INSERT, UPDATE, DELETE ON allin.{table} FROM allin_app")
