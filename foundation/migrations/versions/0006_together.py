"""What goes to one person by e-mail goes together; what was told is forgotten in time; and people hear of an
account that needs them before its access is dead.
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"

# A line for each happening that a person is to read of by e-mail; `mailed_at` once the e-mail is written.
MAILINGS = """
CREATE TABLE allin.mailings (
  organization_id uuid NOT NULL, person_id uuid NOT NULL, happening_id bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(), mailed_at timestamptz,
  PRIMARY KEY (happening_id, person_id),
  FOREIGN KEY (organization_id, happening_id)
    REFERENCES allin.happenings (organization_id, id) ON DELETE CASCADE,
  FOREIGN KEY (organization_id, person_id)
    REFERENCES allin.memberships (organization_id, person_id) ON DELETE CASCADE
);
CREATE INDEX mailings_waiting ON allin.mailings (created_at) WHERE mailed_at IS NULL;
CREATE INDEX mailings_of_person ON allin.mailings (organization_id, person_id, mailed_at);
-- Without it, each happening that is forgotten costs a look at all deliveries.
CREATE INDEX webhook_deliveries_of_happening ON allin.webhook_deliveries (happening_id);
"""
# A check that finds something a person has to do is told once, until a check finds nothing any more.
CHECKED = """
CREATE FUNCTION allin.tell_of_needed_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO allin.happenings (organization_id, kind, brand_id, account_id, details)
  VALUES (NEW.organization_id, 'account.needs_reconnect', NEW.brand_id, NEW.id,
    jsonb_build_object('problem', NEW.check_problem, 'still_works', 'yes'));
  PERFORM pg_notify('allin_happenings', '');
  RETURN NULL;
END $$;
CREATE TRIGGER tell_of_needed_person AFTER UPDATE OF check_problem ON allin.accounts
  FOR EACH ROW
  WHEN (NEW.status = 'connected' AND NEW.check_problem IS NOT NULL AND OLD.check_problem IS NULL)
  EXECUTE FUNCTION allin.tell_of_needed_person();
"""
# What a client is to look at goes in one letter, too.
LETTERS = """
ALTER TABLE allin.approval_rounds ADD COLUMN letter_at timestamptz,
  ADD COLUMN letter_reminds boolean NOT NULL DEFAULT false;
CREATE INDEX approval_rounds_letter ON allin.approval_rounds (letter_at)
  WHERE letter_at IS NOT NULL AND state = 'open';
"""
LIVE = "organization_id = nullif(current_setting('allin.organization_id', true), '')::uuid"


def upgrade() -> None:
    """Apply."""
    op.execute(MAILINGS)
    op.execute(CHECKED)
    op.execute(LETTERS)
    op.execute("ALTER TABLE allin.mailings ENABLE ROW LEVEL SECURITY")
    op.execute("REVOKE ALL ON allin.mailings FROM allin_door")
    op.execute(f"CREATE POLICY app ON allin.mailings TO allin_app USING ({LIVE}) WITH CHECK ({LIVE})")
    op.execute("CREATE POLICY worker ON allin.mailings TO allin_worker USING (true) WITH CHECK (true)")
