"""Posts that their network took and still works on or reviews: asked for until it has made up its mind.

A network may refuse a post days after it took it; the post is then failed, with the network's reason.
"""

from __future__ import annotations

from datetime import datetime

from foundation.database import utc_now, worker_session
from platforms.contract import Account, Published
from platforms.errors import Duplicate, NeedsReconnect, RateLimited, Rejected
from publishing import ledger
from publishing.claim import Claim, held
from publishing.outcomes import Outcome, Step, Subject, error_detail, error_name
from publishing.policy import Policy, next_confirm
from publishing.sending import Sender, log_unexpected, store_details
from publishing.states import Event, State


def settle(claim: Claim, sender: Sender) -> State:
    """Ask for the post once, and record what the network says of it.

    Raises:
        LeaseLostError: the publication is no longer ours.
    """
    with worker_session(sender.settings) as session:
        external_id = held(session, claim).external_id or ""
        attempt_id = ledger.begin(session, claim, Step.CONFIRM)
    account: Account | None = None
    try:
        account = sender.senders.account(claim.account_id)
        answer: Published | Exception = sender.senders.publisher(claim.network).confirm(account, external_id)
    except Exception as error:  # noqa: BLE001 - it stands as published, and is asked for again
        log_unexpected(error, Step.CONFIRM, claim)
        answer = error
    with worker_session(sender.settings) as session:
        publication = held(session, claim)
        now = utc_now()
        again_at = ask_again_at(answer, claim.sent_at or claim.due_at, now, sender.policy)
        if isinstance(answer, Published):
            ledger.finish(session, attempt_id, "published" if answer.settled else "not_settled")
            store_details(session, claim, answer)
        elif is_refusal(answer) and now - (claim.sent_at or claim.due_at) >= sender.policy.absent_after:
            return ledger.settle_held(session, claim, attempt_id, taken_back(answer, sender.subject(claim)))
        else:
            ledger.finish(session, attempt_id, error_name(answer), detail=error_detail(answer))
        publication.confirm_at = again_at
        publication.lease_owner = publication.lease_until = None
    if isinstance(answer, Exception):
        sender.report(account, answer)
    return State.PUBLISHED


def is_refusal(answer: Exception) -> bool:
    """Whether the network says that there will be no such post."""
    return isinstance(answer, Rejected) and not isinstance(answer, Duplicate | NeedsReconnect)


def ask_again_at(
    answer: Published | Exception, sent_at: datetime, now: datetime, policy: Policy
) -> datetime | None:
    """When to ask for it again (aware UTC); None when all is said, or nothing more is to be expected."""
    if isinstance(answer, Published) and answer.settled:
        return None
    wait = next_confirm(policy, now - sent_at)
    if wait is None:
        return None
    until = answer.until if isinstance(answer, RateLimited) else now
    return max(until, now + wait)


def taken_back(error: Exception, subject: Subject) -> Outcome:
    """The network took the post and then did not publish it."""
    reason = error_detail(error)
    return Outcome(
        "taken_back",
        Event.TAKE_BACK,
        problem=f"{subject.label} took {subject} and then did not publish it: {reason}",
        advice="It is not public. Change what the network objects to, and send it as a new post.",
        detail=reason,
    )
