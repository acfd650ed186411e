"""What the two gates found: every build's checks, and the batches of raw answers that wait for a decision."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"

# One row for each check of a build, or for each account that it is about. Without an organization it is
# about the installation as a whole, and is shown to everybody: no customer's data stands in `detail`.
RESULTS = """
CREATE TABLE allin.check_results (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run_id text NOT NULL,
  gate text NOT NULL CHECK (gate IN ('raw', 'marts')), name text NOT NULL,
  organization_id uuid REFERENCES allin.organizations ON DELETE CASCADE, account_id uuid,
  passed boolean NOT NULL, severity text NOT NULL CHECK (severity IN ('ERROR', 'WARN')),
  detail text NOT NULL DEFAULT '', found_at timestamptz NOT NULL,
  CHECK ((organization_id IS NULL) = (account_id IS NULL)),
  FOREIGN KEY (organization_id, account_id)
    REFERENCES allin.accounts (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX check_results_of_run ON allin.check_results (run_id, gate);
CREATE INDEX check_results_of_account ON allin.check_results (organization_id, account_id, found_at);
CREATE INDEX check_results_newest ON allin.check_results (gate, found_at) WHERE organization_id IS NULL;
"""
# A batch: what one run brought of one entity of one account in one hour. `checks` is a list of
# {"name", "reason"}. The lake's raw.quarantine names its answers; a verdict is written here, in the
# transaction of its line in the audit trail, and `applied_at` when it stands in the lake too.
BATCHES = """
CREATE TABLE allin.quarantined_batches (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES allin.organizations ON DELETE CASCADE, account_id uuid NOT NULL,
  network text NOT NULL, entity text NOT NULL, observed_hour timestamptz NOT NULL, run_id text NOT NULL,
  checks jsonb NOT NULL, answers integer NOT NULL, found_at timestamptz NOT NULL,
  verdict text CHECK (verdict IN ('accepted', 'rejected')), settled_at timestamptz, settled_by text,
  applied_at timestamptz,
  UNIQUE (account_id, entity, observed_hour, run_id),
  CHECK ((verdict IS NULL) = (settled_at IS NULL) AND (verdict IS NULL) = (settled_by IS NULL)),
  FOREIGN KEY (organization_id, account_id)
    REFERENCES allin.accounts (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX quarantined_batches_waiting ON allin.quarantined_batches (organization_id) WHERE verdict IS NULL;
"""
ORGANIZATION = "organization_id = nullif(current_setting('allin.organization_id', true), '')::uuid"
# Row-level security of the accounts themselves limits a caller to their brands and accounts.
OWN = f"{ORGANIZATION} AND EXISTS (SELECT FROM allin.accounts a WHERE a.id = account_id)"
SETTLING = "verdict, settled_at, settled_by"


def upgrade() -> None:
    """Apply."""
    op.execute(RESULTS)
    op.execute(BATCHES)
    for table, seen in (
        ("check_results", f"organization_id IS NULL OR ({OWN})"),
        ("quarantined_batches", OWN),
    ):
        op.execute(f"ALTER TABLE allin.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY app ON allin.{table} TO allin_app USING ({seen}) WITH CHECK ({OWN})")
        op.execute(f"CREATE POLICY worker ON allin.{table} TO allin_worker USING (true) WITH CHECK (true)")
        op.execute(f"REVOKE ALL ON allin.{table} FROM allin_door")
        op.execute(f"REVOKE INSERT, UPDATE, DELETE ON allin.{table} FROM allin_app")
    # People decide; what there is to decide is found by the gates alone.
    op.execute(f"GRANT UPDATE ({SETTLING}) ON allin.quarantined_batches TO allin_app")
