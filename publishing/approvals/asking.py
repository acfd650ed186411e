"""Asking the people of a round's present step: a note for those who tell members, or write to the client."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from foundation.database import utc_now
from publishing import happenings
from publishing.approvals.models import ApprovalRound
from publishing.approvals.people import approved_by, name_of, still_asked, who_may_decide
from publishing.approvals.steps import Step
from publishing.happenings import Kind


def ask(session: Session, round_id: UUID, *, reminder: bool = False) -> None:
    """Have everybody told who is to decide now, once the caller's transaction commits.

    A client's letter is written a moment later, with others (`letters`).

    The note's `person_ids` are the members who are asked.
    """
    round_ = session.get_one(ApprovalRound, round_id)
    step = Step.of(round_.steps[round_.step])
    asked = still_asked(who_may_decide(session, round_), approved_by(session, round_))
    happenings.note(
        session,
        round_.organization_id,
        Kind.NEEDS_APPROVAL,
        post_id=round_.post_id,
        details={
            "round_id": round_.id,
            "step": step.name,
            "person_ids": sorted(map(str, asked)),
            "by_name": name_of(session, round_.submitted_by),
            "by_person_id": round_.submitted_by if round_.submitted_by not in asked else None,
            "reminder": reminder,
        },
    )
    if step.client_email is None:
        round_.letter_at = None
    elif round_.letter_at is None:  # else the letter before this one is not written yet
        round_.letter_at, round_.letter_reminds = utc_now(), reminder
