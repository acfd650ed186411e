"""Going back to an earlier release, holding releases back, and what of the lake may be forgotten."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"

# A rollback is one more row: it names the release whose numbers people see again, with who did it and why
# (the note). A release expires when its snapshot is given up; the row stays, so that whoever asks is told.
RELEASES = """
ALTER TABLE allin.releases
  ADD COLUMN origin_id bigint REFERENCES allin.releases,
  ADD COLUMN made_by text,
  ADD COLUMN expired_at timestamptz,
  ADD COLUMN expired_because text,
  ADD CHECK ((origin_id IS NULL) = (made_by IS NULL)),
  ADD CHECK ((expired_at IS NULL) = (expired_because IS NULL));
ALTER TABLE allin.builds DROP CONSTRAINT builds_status_check,
  ADD CHECK (status IN ('running', 'released', 'refused', 'failed', 'held'));
CREATE TABLE allin.release_holds (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, held_at timestamptz NOT NULL,
  held_by text NOT NULL, why text NOT NULL, resumed_at timestamptz, resumed_by text,
  CHECK ((resumed_at IS NULL) = (resumed_by IS NULL))
);
CREATE UNIQUE INDEX one_hold_at_a_time ON allin.release_holds ((true)) WHERE resumed_at IS NULL;
"""
# Organizations whose rows are deleted from the lake: releases of snapshots before `snapshot_id` still hold
# some. It is null while rows are being deleted.
ERASURES = """
CREATE TABLE allin.erasures (
  organization_id uuid PRIMARY KEY, begun_at timestamptz NOT NULL, snapshot_id bigint
);
"""
# A copy of the lake's catalog, for a replay that only looks.
TRIAL = """
CREATE SCHEMA IF NOT EXISTS lake_trial;
GRANT USAGE, CREATE ON SCHEMA lake_trial TO allin_worker;
"""


def upgrade() -> None:
    """Apply."""
    op.execute(RELEASES)
    op.execute(ERASURES)
    op.execute(TRIAL)
    op.execute("REVOKE ALL ON allin.release_holds, allin.erasures FROM allin_app, allin_door")
    op.execute("GRANT SELECT ON allin.release_holds TO allin_app")
