"""The life of a post: its content and revisions, when it goes out, who approves it, and who is told."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"

# A file is known by what is in it, and kept once for an organization.
CONTENT = """
CREATE TABLE allin.media (
  organization_id uuid NOT NULL REFERENCES allin.organizations ON DELETE CASCADE, key text NOT NULL,
  mime text NOT NULL, size bigint NOT NULL, width integer, height integer, duration_s double precision,
  name text NOT NULL DEFAULT '', created_by uuid REFERENCES allin.people,
  created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (organization_id, key)
);
CREATE INDEX media_newest ON allin.media (organization_id, created_at DESC, key DESC);
CREATE TABLE allin.campaigns (
  id uuid PRIMARY KEY, organization_id uuid NOT NULL REFERENCES allin.organizations ON DELETE CASCADE,
  brand_id uuid NOT NULL, name text NOT NULL, launch_at timestamptz,
  version integer NOT NULL DEFAULT 1, created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (organization_id, id),
  FOREIGN KEY (organization_id, brand_id) REFERENCES allin.brands (organization_id, id) ON DELETE CASCADE
);
-- `rule` is RFC 5545; `starts_local` and `skipped` are wall-clock times in the brand's zone.
CREATE TABLE allin.recurrences (
  id uuid PRIMARY KEY, organization_id uuid NOT NULL REFERENCES allin.organizations ON DELETE CASCADE,
  brand_id uuid NOT NULL, rule text NOT NULL, starts_local timestamp NOT NULL,
  skipped timestamp[] NOT NULL DEFAULT '{}', account_ids uuid[] NOT NULL, content jsonb NOT NULL,
  made_until timestamp, problem text, ended_at timestamptz, version integer NOT NULL DEFAULT 1,
  created_by uuid REFERENCES allin.people, created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (organization_id, id),
  FOREIGN KEY (organization_id, brand_id) REFERENCES allin.brands (organization_id, id) ON DELETE CASCADE
);
ALTER TABLE allin.posts
  ADD COLUMN kind text NOT NULL DEFAULT 'text',
  ADD COLUMN title text NOT NULL DEFAULT '',
  ADD COLUMN media jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN parts jsonb NOT NULL DEFAULT '[]',  -- texts that continue it, where there are threads
  ADD COLUMN first_comment text NOT NULL DEFAULT '',
  ADD COLUMN labels text[] NOT NULL DEFAULT '{}',
  ADD COLUMN campaign_id uuid,
  ADD COLUMN campaign_offset interval,
  ADD COLUMN recurrence_id uuid,
  ADD COLUMN occurrence timestamp,  -- the wall-clock time it stands for
  ADD COLUMN version integer NOT NULL DEFAULT 1,
  ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN deleted_at timestamptz,
  ADD FOREIGN KEY (organization_id, campaign_id)
    REFERENCES allin.campaigns (organization_id, id) ON DELETE SET NULL (campaign_id),
  ADD FOREIGN KEY (organization_id, recurrence_id)
    REFERENCES allin.recurrences (organization_id, id) ON DELETE SET NULL (recurrence_id),
  ADD UNIQUE (recurrence_id, occurrence);
CREATE INDEX posts_of_campaign ON allin.posts (campaign_id) WHERE campaign_id IS NOT NULL;
CREATE INDEX posts_newest ON allin.posts (organization_id, created_at DESC, id DESC)
  WHERE deleted_at IS NULL;
CREATE INDEX posts_of_brand ON allin.posts (brand_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX posts_labels ON allin.posts USING gin (labels);
CREATE TABLE allin.post_revisions (
  organization_id uuid NOT NULL, post_id uuid NOT NULL, version integer NOT NULL,
  content jsonb NOT NULL, made_by uuid REFERENCES allin.people,
  made_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (post_id, version),
  FOREIGN KEY (organization_id, post_id) REFERENCES allin.posts (organization_id, id) ON DELETE CASCADE
);
"""

# `own` is what differs from the post's content; `sent` is the content as it was sent. A part of a thread and
# a first comment are publications of their own that follow the one before them.
PUBLICATIONS = """
ALTER TABLE allin.organizations ADD COLUMN missed_after_minutes integer
  CHECK (missed_after_minutes BETWEEN 1 AND 10080);
ALTER TABLE allin.publications
  ADD COLUMN own jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN sent jsonb,
  ADD COLUMN part integer NOT NULL DEFAULT 0,
  ADD COLUMN follows_id uuid,
  ADD COLUMN confirm_at timestamptz,
  DROP CONSTRAINT publications_post_id_account_id_key,
  ADD UNIQUE (post_id, account_id, part),
  ADD FOREIGN KEY (organization_id, follows_id) REFERENCES allin.publications (organization_id, id);
CREATE INDEX publications_unsettled ON allin.publications (confirm_at)
  WHERE state = 'published' AND confirm_at IS NOT NULL;
CREATE INDEX publications_of_account ON allin.publications (account_id, due_at)
  WHERE state IN ('draft', 'in_review', 'approved', 'scheduled', 'publishing', 'unknown');
CREATE INDEX publications_following ON allin.publications (follows_id) WHERE follows_id IS NOT NULL;
CREATE INDEX publications_sending ON allin.publications (lease_until) WHERE state = 'publishing';
CREATE INDEX publications_lately ON allin.publications (account_id, published_at) WHERE state = 'published';
"""

# Times of a slot are wall-clock times in the brand's zone. A place is a slot on one day, taken by one post.
QUEUES = """
CREATE TABLE allin.queues (
  id uuid PRIMARY KEY, organization_id uuid NOT NULL REFERENCES allin.organizations ON DELETE CASCADE,
  brand_id uuid NOT NULL, name text NOT NULL, paused_at timestamptz, version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(), UNIQUE (organization_id, id), UNIQUE (brand_id, name),
  FOREIGN KEY (organization_id, brand_id) REFERENCES allin.brands (organization_id, id) ON DELETE CASCADE
);
CREATE TABLE allin.queue_slots (
  organization_id uuid NOT NULL, queue_id uuid NOT NULL,
  weekday integer NOT NULL CHECK (weekday BETWEEN 1 AND 7), at time NOT NULL,
  PRIMARY KEY (queue_id, weekday, at),
  FOREIGN KEY (organization_id, queue_id) REFERENCES allin.queues (organization_id, id) ON DELETE CASCADE
);
CREATE TABLE allin.queue_places (
  organization_id uuid NOT NULL, queue_id uuid NOT NULL, post_id uuid NOT NULL PRIMARY KEY,
  position integer NOT NULL, slot_at timestamptz,  -- null while the queue is paused
  UNIQUE (queue_id, slot_at) DEFERRABLE INITIALLY DEFERRED,
  UNIQUE (queue_id, position) DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (organization_id, queue_id) REFERENCES allin.queues (organization_id, id) ON DELETE CASCADE,
  FOREIGN KEY (organization_id, post_id) REFERENCES allin.posts (organization_id, id) ON DELETE CASCADE
);
"""

APPROVALS = """
CREATE TABLE allin.approval_steps (
  id uuid PRIMARY KEY, organization_id uuid NOT NULL, brand_id uuid NOT NULL, position integer NOT NULL,
  name text NOT NULL, needs text NOT NULL CHECK (needs IN ('any', 'all')),
  of_client boolean NOT NULL DEFAULT false, role text, person_ids uuid[] NOT NULL DEFAULT '{}',
  client_email text, remind_after_hours integer NOT NULL DEFAULT 24,
  UNIQUE (brand_id, position) DEFERRABLE INITIALLY DEFERRED, UNIQUE (organization_id, id),
  FOREIGN KEY (organization_id, brand_id) REFERENCES allin.brands (organization_id, id) ON DELETE CASCADE
);
-- A round is one submission of one version of a post; its steps are copied, so that later changes of the
-- workflow leave it alone.
CREATE TABLE allin.approval_rounds (
  id uuid PRIMARY KEY, organization_id uuid NOT NULL, post_id uuid NOT NULL, version integer NOT NULL,
  steps jsonb NOT NULL, step integer NOT NULL DEFAULT 0,
  state text NOT NULL CHECK (state IN ('open', 'approved', 'changes_requested', 'withdrawn')),
  submitted_by uuid REFERENCES allin.people, submitted_at timestamptz NOT NULL DEFAULT now(),
  asked_at timestamptz NOT NULL DEFAULT now(), ended_at timestamptz, UNIQUE (organization_id, id),
  FOREIGN KEY (organization_id, post_id) REFERENCES allin.posts (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX approval_rounds_of_post ON allin.approval_rounds (post_id);
CREATE UNIQUE INDEX approval_rounds_open ON allin.approval_rounds (post_id) WHERE state = 'open';
CREATE TABLE allin.approval_decisions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, organization_id uuid NOT NULL, round_id uuid NOT NULL,
  step integer NOT NULL, person_id uuid REFERENCES allin.people, by_name text NOT NULL,
  approves boolean NOT NULL, words text NOT NULL DEFAULT '', decided_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (organization_id, round_id)
    REFERENCES allin.approval_rounds (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX approval_decisions_of_round ON allin.approval_decisions (round_id);
CREATE TABLE allin.approval_links (
  token_hash bytea PRIMARY KEY, organization_id uuid NOT NULL, round_id uuid NOT NULL, step integer NOT NULL,
  email text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(), expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  FOREIGN KEY (organization_id, round_id)
    REFERENCES allin.approval_rounds (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX approval_links_of_round ON allin.approval_links (round_id);
CREATE TABLE allin.comments (
  id uuid PRIMARY KEY, organization_id uuid NOT NULL, post_id uuid NOT NULL,
  person_id uuid REFERENCES allin.people, by_name text NOT NULL, words text NOT NULL,
  for_client boolean NOT NULL DEFAULT false, created_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (organization_id, post_id) REFERENCES allin.posts (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX comments_of_post ON allin.comments (post_id, created_at);
"""

# What happened, written with what it tells of. Whoever tells people takes it from here, at least once.
TELLING = """
CREATE TABLE allin.happenings (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES allin.organizations ON DELETE CASCADE,
  kind text NOT NULL, brand_id uuid, post_id uuid, publication_id uuid, account_id uuid,
  details jsonb NOT NULL DEFAULT '{}', happened_at timestamptz NOT NULL DEFAULT now(), told_at timestamptz,
  UNIQUE (organization_id, id)
);
CREATE INDEX happenings_untold ON allin.happenings (id) WHERE told_at IS NULL;
CREATE INDEX happenings_of_post ON allin.happenings (post_id, id);
CREATE TABLE allin.notifications (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES allin.organizations ON DELETE CASCADE,
  person_id uuid NOT NULL REFERENCES allin.people ON DELETE CASCADE,
  happening_id bigint NOT NULL,
  kind text NOT NULL, title text NOT NULL, words text NOT NULL, link text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(), read_at timestamptz, UNIQUE (happening_id, person_id),
  FOREIGN KEY (organization_id, happening_id)
    REFERENCES allin.happenings (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX notifications_of_person ON allin.notifications (person_id, organization_id, id DESC);
CREATE TABLE allin.notification_settings (
  organization_id uuid NOT NULL REFERENCES allin.organizations ON DELETE CASCADE,
  person_id uuid NOT NULL REFERENCES allin.people ON DELETE CASCADE, kind text NOT NULL,
  in_app boolean NOT NULL, by_email boolean NOT NULL, PRIMARY KEY (organization_id, person_id, kind)
);
CREATE TABLE allin.webhooks (
  id uuid PRIMARY KEY, organization_id uuid NOT NULL REFERENCES allin.organizations ON DELETE CASCADE,
  url text NOT NULL, kinds text[] NOT NULL, sealed_secret text NOT NULL,
  enabled boolean NOT NULL DEFAULT true,
  created_by uuid REFERENCES allin.people, created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (organization_id, id)
);
CREATE TABLE allin.webhook_deliveries (
  id uuid PRIMARY KEY, organization_id uuid NOT NULL, webhook_id uuid NOT NULL,
  happening_id bigint NOT NULL,
  body text NOT NULL, state text NOT NULL CHECK (state IN ('waiting', 'sending', 'delivered', 'failed')),
  attempts integer NOT NULL DEFAULT 0, not_before timestamptz NOT NULL DEFAULT now(),
  status integer, answer text, delivered_at timestamptz, created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (webhook_id, happening_id),
  FOREIGN KEY (organization_id, webhook_id) REFERENCES allin.webhooks (organization_id, id) ON DELETE CASCADE,
  FOREIGN KEY (organization_id, happening_id)
    REFERENCES allin.happenings (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX webhook_deliveries_due ON allin.webhook_deliveries (not_before)
  WHERE state IN ('waiting', 'sending');
CREATE INDEX webhook_deliveries_log ON allin.webhook_deliveries (organization_id, created_at DESC, id DESC);
-- Whoever finds an account's access dead (the one who sends, refreshes, collects or checks) marks it, and so
-- its people are told, once.
CREATE FUNCTION allin.tell_of_dead_access() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO allin.happenings (organization_id, kind, brand_id, account_id, details)
  VALUES (NEW.organization_id, 'account.needs_reconnect', NEW.brand_id, NEW.id,
    jsonb_build_object('problem', NEW.status_reason));
  PERFORM pg_notify('allin_happenings', '');
  RETURN NULL;
END $$;
CREATE TRIGGER tell_of_dead_access AFTER UPDATE OF status ON allin.accounts
  FOR EACH ROW WHEN (NEW.status = 'needs_reconnect' AND OLD.status <> 'needs_reconnect')
  EXECUTE FUNCTION allin.tell_of_dead_access();
"""

ORGANIZATION = "nullif(current_setting('allin.organization_id', true), '')::uuid"
BRANDS = "(SELECT nullif(current_setting('allin.brand_ids', true), ''))"
ACCOUNTS = "(SELECT nullif(current_setting('allin.account_ids', true), ''))"
UNLIMITED = f"{BRANDS} IS NULL AND {ACCOUNTS} IS NULL"
LIVE = f"organization_id = {ORGANIZATION}"
OF_BRAND = f"({BRANDS} IS NULL OR brand_id = ANY ({BRANDS}::uuid[]))"


def _of(table: str, column: str) -> str:
    """Seen by whoever sees the row it hangs on."""
    return f"EXISTS (SELECT FROM allin.{table} t WHERE t.id = {column})"


SEEN = {
    "media": "true",
    "campaigns": OF_BRAND,
    "recurrences": OF_BRAND,
    "post_revisions": _of("posts", "post_id"),
    "queues": OF_BRAND,
    "queue_slots": _of("queues", "queue_id"),
    "queue_places": _of("queues", "queue_id"),
    "approval_steps": OF_BRAND,
    "approval_rounds": _of("posts", "post_id"),
    "approval_decisions": _of("approval_rounds", "round_id"),
    "approval_links": _of("approval_rounds", "round_id"),
    "comments": _of("posts", "post_id"),
    "happenings": f"({BRANDS} IS NULL OR brand_id = ANY ({BRANDS}::uuid[]))",
    "notifications": "true",
    "notification_settings": "true",
    "webhooks": UNLIMITED,
    "webhook_deliveries": UNLIMITED,
}


def upgrade() -> None:
    """Apply."""
    for script in (CONTENT, PUBLICATIONS, QUEUES, APPROVALS, TELLING):
        op.execute(script)
    for table, seen in SEEN.items():
        rule = f"{LIVE} AND {seen}"
        op.execute(f"ALTER TABLE allin.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"REVOKE ALL ON allin.{table} FROM allin_door")
        op.execute(f"CREATE POLICY app ON allin.{table} TO allin_app USING ({rule}) WITH CHECK ({rule})")
        op.execute(f"CREATE POLICY worker ON allin.{table} TO allin_worker USING (true) WITH CHECK (true)")
    op.execute("GRANT UPDATE (missed_after_minutes) ON allin.organizations TO allin_app")
    # Whoever has a link to approve has no session of an organization yet.
    op.execute("GRANT SELECT ON allin.approval_links TO allin_door")
    op.execute("CREATE POLICY door ON allin.approval_links TO allin_door USING (true)")
