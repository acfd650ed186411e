"""People, roles, sessions, invitations, keys, the audit trail and the outbox of e-mail.

A fourth database role joins: ``allin_door`` lets people in. It reads who people are and what opens doors
(passwords, tokens, keys), of all organizations, but none of the organizations' work. With it, ``allin_app``
no longer sees any secret of a person.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

DOOR = """
DO $$
BEGIN
  BEGIN
    CREATE ROLE allin_door NOLOGIN;
  EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of this server made it
  END;
  GRANT allin_door TO CURRENT_USER;
END $$;
GRANT USAGE ON SCHEMA allin TO allin_door;
"""

MODEL = """
ALTER TABLE allin.people
  ADD COLUMN name text NOT NULL DEFAULT '',
  ADD COLUMN super_admin boolean NOT NULL DEFAULT false,
  ADD COLUMN totp_secret text,  -- encrypted
  ADD COLUMN totp_confirmed_at timestamptz,
  ADD COLUMN totp_last_step bigint;  -- a code is taken once
ALTER TABLE allin.organizations
  ADD COLUMN colour text NOT NULL DEFAULT '#2456e6' CHECK (colour ~ '^#[0-9a-f]{6}$'),
  ADD COLUMN logo bytea,
  ADD COLUMN deleted_at timestamptz;
ALTER TABLE allin.brands
  ADD COLUMN voice text NOT NULL DEFAULT '', ADD COLUMN audience text NOT NULL DEFAULT '',
  ADD COLUMN accent_colour text;

ALTER TABLE allin.memberships
  DROP CONSTRAINT memberships_role_check,
  ADD CONSTRAINT memberships_role_check
    CHECK (role IN ('OWNER', 'ADMIN', 'EDITOR', 'MEMBER', 'VIEWER', 'CLIENT')),
  ADD COLUMN limited boolean NOT NULL DEFAULT false,  -- to the brands of membership_brands
  ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(),
  ADD UNIQUE (organization_id, person_id),
  ADD CHECK (NOT (role = 'OWNER' AND limited)), ADD CHECK (role <> 'CLIENT' OR limited);
CREATE TABLE allin.membership_brands (
  organization_id uuid NOT NULL, person_id uuid NOT NULL, brand_id uuid NOT NULL,
  PRIMARY KEY (organization_id, person_id, brand_id),
  FOREIGN KEY (organization_id, person_id)
    REFERENCES allin.memberships (organization_id, person_id) ON DELETE CASCADE,
  FOREIGN KEY (organization_id, brand_id) REFERENCES allin.brands (organization_id, id) ON DELETE CASCADE
);

CREATE TABLE allin.invitations (
  id uuid PRIMARY KEY, organization_id uuid NOT NULL REFERENCES allin.organizations ON DELETE CASCADE,
  email text NOT NULL CHECK (email = lower(email)), role text NOT NULL, limited boolean NOT NULL,
  token_hash bytea NOT NULL UNIQUE, invited_by uuid REFERENCES allin.people ON DELETE SET NULL,
  provider_id uuid, created_at timestamptz NOT NULL DEFAULT now(), expires_at timestamptz NOT NULL,
  sent_count integer NOT NULL DEFAULT 1, email_id uuid, accepted_at timestamptz, revoked_at timestamptz,
  UNIQUE (organization_id, id), CHECK (NOT (role = 'OWNER' AND limited)), CHECK (role <> 'CLIENT' OR limited)
);
CREATE UNIQUE INDEX invitations_open ON allin.invitations (organization_id, email)
  WHERE accepted_at IS NULL AND revoked_at IS NULL;
CREATE TABLE allin.invitation_brands (
  organization_id uuid NOT NULL, invitation_id uuid NOT NULL, brand_id uuid NOT NULL,
  PRIMARY KEY (organization_id, invitation_id, brand_id),
  FOREIGN KEY (organization_id, invitation_id)
    REFERENCES allin.invitations (organization_id, id) ON DELETE CASCADE,
  FOREIGN KEY (organization_id, brand_id) REFERENCES allin.brands (organization_id, id) ON DELETE CASCADE
);
"""

CREDENTIALS = """
CREATE TABLE allin.identity_providers (
  id uuid PRIMARY KEY, organization_id uuid NOT NULL REFERENCES allin.organizations ON DELETE CASCADE,
  name text NOT NULL, issuer text NOT NULL, client_id text NOT NULL,
  client_secret text NOT NULL,  -- encrypted
  enforced boolean NOT NULL DEFAULT false, provision_role text, enabled boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(), UNIQUE (organization_id, id), UNIQUE (organization_id, name)
);
ALTER TABLE allin.invitations
  ADD FOREIGN KEY (organization_id, provider_id)
    REFERENCES allin.identity_providers (organization_id, id) ON DELETE CASCADE;
-- Who someone is at a provider: one organization's, or (without provider_id) the installation's own.
CREATE TABLE allin.identities (
  id uuid PRIMARY KEY, person_id uuid NOT NULL REFERENCES allin.people ON DELETE CASCADE,
  organization_id uuid, provider_id uuid, issuer text NOT NULL, subject text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE NULLS NOT DISTINCT (provider_id, issuer, subject),
  CHECK ((organization_id IS NULL) = (provider_id IS NULL)),
  FOREIGN KEY (organization_id, provider_id)
    REFERENCES allin.identity_providers (organization_id, id) ON DELETE CASCADE
);

DROP TABLE allin.sessions;  -- its tokens can't be carried over; people sign in again
CREATE TABLE allin.sessions (
  id uuid PRIMARY KEY, person_id uuid NOT NULL REFERENCES allin.people ON DELETE CASCADE,
  organization_id uuid REFERENCES allin.organizations ON DELETE SET NULL,
  kind text NOT NULL CHECK (kind IN ('browser', 'api')),
  provider_id uuid,  -- an organization's own provider opened it: it opens that organization alone
  created_at timestamptz NOT NULL DEFAULT now(), last_seen_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL, revoked_at timestamptz, ip text, user_agent text,
  FOREIGN KEY (organization_id, provider_id)
    REFERENCES allin.identity_providers (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX sessions_of_person ON allin.sessions (person_id);
CREATE TABLE allin.session_tokens (
  token_hash bytea PRIMARY KEY, session_id uuid NOT NULL REFERENCES allin.sessions ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('cookie', 'access', 'refresh')),
  expires_at timestamptz NOT NULL, used_at timestamptz
);
CREATE INDEX session_tokens_of_session ON allin.session_tokens (session_id);
CREATE TABLE allin.one_time_tokens (
  token_hash bytea PRIMARY KEY,
  purpose text NOT NULL CHECK (purpose IN ('register', 'reset_password', 'change_email', 'second_factor')),
  email text, person_id uuid REFERENCES allin.people ON DELETE CASCADE, details jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(), expires_at timestamptz NOT NULL, used_at timestamptz
);
CREATE INDEX one_time_tokens_of_person ON allin.one_time_tokens (person_id);
CREATE TABLE allin.recovery_codes (
  person_id uuid NOT NULL REFERENCES allin.people ON DELETE CASCADE, code_hash bytea NOT NULL,
  used_at timestamptz, PRIMARY KEY (person_id, code_hash)
);

CREATE TABLE allin.api_keys (
  id uuid PRIMARY KEY, organization_id uuid NOT NULL, person_id uuid NOT NULL, name text NOT NULL,
  prefix text NOT NULL, key_hash bytea NOT NULL UNIQUE, scopes text[] NOT NULL,
  limited boolean NOT NULL DEFAULT false,  -- to the accounts of api_key_accounts
  created_at timestamptz NOT NULL DEFAULT now(), expires_at timestamptz, last_used_at timestamptz,
  revoked_at timestamptz, UNIQUE (organization_id, id),
  -- A key acts as the member who made it, and goes with the membership.
  FOREIGN KEY (organization_id, person_id)
    REFERENCES allin.memberships (organization_id, person_id) ON DELETE CASCADE
);
CREATE TABLE allin.api_key_accounts (
  organization_id uuid NOT NULL, api_key_id uuid NOT NULL, account_id uuid NOT NULL,
  PRIMARY KEY (organization_id, api_key_id, account_id),
  FOREIGN KEY (organization_id, api_key_id)
    REFERENCES allin.api_keys (organization_id, id) ON DELETE CASCADE,
  FOREIGN KEY (organization_id, account_id) REFERENCES allin.accounts (organization_id, id) ON DELETE CASCADE
);

-- What was counted may be forgotten with a crash, so it costs no write-ahead log.
CREATE UNLOGGED TABLE allin.rate_limits (
  key text PRIMARY KEY, started_at timestamptz NOT NULL, count integer NOT NULL
);
CREATE TABLE allin.idempotency_keys (
  caller text NOT NULL, key text NOT NULL, fingerprint bytea NOT NULL, status integer,
  answer text,  -- encrypted
  created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_keys_created ON allin.idempotency_keys (created_at);
"""

# The trail outlives what it tells of, so it refers to nothing.
AUDIT = """
CREATE TABLE allin.audit_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(),
  organization_id uuid, person_id uuid, api_key_id uuid, actor text NOT NULL, action text NOT NULL,
  target_type text NOT NULL, target_id text, target text NOT NULL DEFAULT '',
  ip text, user_agent text, before jsonb, after jsonb
);
CREATE INDEX audit_events_of_organization ON allin.audit_events (organization_id, id DESC);
CREATE INDEX audit_events_of_person ON allin.audit_events (organization_id, person_id, id);
CREATE FUNCTION allin.refuse_change() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON allin.audit_events
  FOR EACH ROW EXECUTE FUNCTION allin.refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON allin.audit_events
  FOR EACH STATEMENT EXECUTE FUNCTION allin.refuse_change();
"""

EMAILS = """
CREATE TABLE allin.emails (
  id uuid PRIMARY KEY, organization_id uuid REFERENCES allin.organizations ON DELETE SET NULL,
  to_address text NOT NULL, template text NOT NULL,
  sealed text,  -- the encrypted message, which may hold a link that opens doors; gone once sent
  state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'unknown')),
  attempts integer NOT NULL DEFAULT 0, not_before timestamptz NOT NULL DEFAULT now(),
  lease_until timestamptz, handed_over_at timestamptz, sent_at timestamptz, problem text,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX emails_due ON allin.emails (not_before) WHERE state IN ('queued', 'sending');
"""

ORGANIZATION = "nullif(current_setting('allin.organization_id', true), '')::uuid"
# The brands and accounts a transaction is limited to; unset and empty both mean: no limit within the tenant.
BRANDS = "(SELECT nullif(current_setting('allin.brand_ids', true), ''))"
ACCOUNTS = "(SELECT nullif(current_setting('allin.account_ids', true), ''))"
LIVE = f"organization_id = {ORGANIZATION}"
CALLER = "caller = nullif(current_setting('allin.caller', true), '')"
OF_BRAND = f"({BRANDS} IS NULL OR brand_id = ANY ({BRANDS}::uuid[]))"
UNLIMITED = f"{BRANDS} IS NULL AND {ACCOUNTS} IS NULL"
OF_ACCOUNT = f"(({UNLIMITED}) OR EXISTS (SELECT FROM allin.accounts a WHERE a.id = account_id))"

# Beside the organization, what a limited caller sees of these tables hangs on the brand and the account.
# (An account is of one brand, so what hangs on an account needs no look at the brand.)
SEEN = {
    "brands": f"({BRANDS} IS NULL OR id = ANY ({BRANDS}::uuid[]))",
    "accounts": f"{OF_BRAND} AND ({ACCOUNTS} IS NULL OR id = ANY ({ACCOUNTS}::uuid[]))",
    "posts": f"{OF_BRAND} AND ({ACCOUNTS} IS NULL "
    "OR EXISTS (SELECT FROM allin.publications p WHERE p.post_id = posts.id))",
    "collections": OF_ACCOUNT,
    "publications": OF_ACCOUNT,
    "attempts": f"(({UNLIMITED}) OR EXISTS (SELECT FROM allin.publications p WHERE p.id = publication_id))",
}
# A post is written before its publications, so it can't be checked by them.
WRITTEN = {"posts": OF_BRAND}

# What people's requests may do within their organization.
APP_TABLES = {
    "membership_brands": "SELECT, INSERT, DELETE",
    "invitations": "SELECT, INSERT, UPDATE",
    "invitation_brands": "SELECT, INSERT, DELETE",
    "identity_providers": "SELECT, INSERT, UPDATE, DELETE",
    "api_keys": "SELECT, INSERT, UPDATE (revoked_at)",
    "api_key_accounts": "SELECT, INSERT",
    "audit_events": "SELECT, INSERT",
    "emails": "SELECT (id, organization_id, to_address, template, state, attempts, not_before, sent_at, "
    "problem, created_at), INSERT",
}

# What lets people in; of their organizations' work it sees nothing.
DOOR_TABLES = {
    "people": "SELECT, INSERT, UPDATE",
    "organizations": "SELECT, INSERT, UPDATE (deleted_at)",
    "memberships": "SELECT, INSERT",
    "membership_brands": "SELECT, INSERT",
    "sessions": "SELECT, INSERT, UPDATE, DELETE",
    "session_tokens": "SELECT, INSERT, UPDATE, DELETE",
    "one_time_tokens": "SELECT, INSERT, UPDATE, DELETE",
    "recovery_codes": "SELECT, INSERT, UPDATE, DELETE",
    "identities": "SELECT, INSERT, DELETE",
    "identity_providers": "SELECT",
    "invitations": "SELECT, INSERT, UPDATE",
    "invitation_brands": "SELECT",
    "api_keys": "SELECT, UPDATE (last_used_at)",
    "api_key_accounts": "SELECT",
    "audit_events": "INSERT, SELECT (id)",
    "emails": "INSERT, SELECT (id)",
    "rate_limits": "SELECT, INSERT, UPDATE, DELETE",
    "idempotency_keys": "SELECT, INSERT, UPDATE, DELETE",
}

# Neither people's requests nor background work has any business with these.
OF_THE_DOOR_ALONE = ("sessions", "session_tokens", "one_time_tokens", "recovery_codes", "identities")


def upgrade() -> None:
    """Apply."""
    for script in (DOOR, MODEL, CREDENTIALS, AUDIT, EMAILS):
        op.execute(script)
    _open_the_door()
    _rewrite_people_and_memberships()
    for table, seen in SEEN.items():
        op.execute(f"DROP POLICY app ON allin.{table}")
        _policy(table, "allin_app", f"{LIVE} AND {seen}", written=f"{LIVE} AND {WRITTEN.get(table, seen)}")
    for table, rights in APP_TABLES.items():
        _grant(table, "allin_app", rights)
        _policy(table, "allin_app", LIVE)
    _grant("idempotency_keys", "allin_app", "SELECT, INSERT, UPDATE")
    _policy("idempotency_keys", "allin_app", CALLER)
    for table in OF_THE_DOOR_ALONE:
        op.execute(f"REVOKE ALL ON allin.{table} FROM allin_app")
    op.execute("REVOKE ALL ON allin.rate_limits FROM allin_app")
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON allin.audit_events FROM allin_worker")


def _open_the_door() -> None:
    """Row-level security on every new table; the door and background work see all rows of their tables."""
    for table, rights in DOOR_TABLES.items():
        op.execute(f"ALTER TABLE allin.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"GRANT {rights} ON allin.{table} TO allin_door")
        _policy(table, "allin_door", "true", name="door")
        op.execute(f"DROP POLICY IF EXISTS worker ON allin.{table}")
        _policy(table, "allin_worker", "true", name="worker")


def _rewrite_people_and_memberships() -> None:
    """Within its organization a request sees members' names, and changes memberships and settings."""
    for table in ("people", "memberships", "organizations"):
        op.execute(f"DROP POLICY app ON allin.{table}")
    op.execute("REVOKE ALL ON allin.people FROM allin_app")
    op.execute("GRANT SELECT (id, email, name, created_at, totp_confirmed_at) ON allin.people TO allin_app")
    _policy("people", "allin_app", "EXISTS (SELECT FROM allin.memberships m WHERE m.person_id = people.id)")
    op.execute("GRANT UPDATE (role, limited), DELETE ON allin.memberships TO allin_app")
    _policy("memberships", "allin_app", LIVE)
    op.execute("GRANT UPDATE (name, colour, logo, deleted_at) ON allin.organizations TO allin_app")
    _policy("organizations", "allin_app", f"id = {ORGANIZATION}")


def _grant(table: str, role: str, rights: str) -> None:
    """Exactly these rights: the defaults of the schema give more."""
    op.execute(f"REVOKE ALL ON allin.{table} FROM {role}")
    op.execute(f"GRANT {rights} ON allin.{table} TO {role}")


def _policy(table: str, role: str, seen: str, *, written: str = "", name: str = "app") -> None:
    op.execute(
        f"CREATE POLICY {name} ON allin.{table} TO {role} USING ({seen}) WITH CHECK ({written or seen})"
    )
