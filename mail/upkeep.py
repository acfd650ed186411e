"""What is looked after beside sending: leases of the dead, answers that never came, old rows."""

from __future__ import annotations

from foundation.database import worker_session
from foundation.keyring import KeyRingError
from foundation.settings import Settings
from mail import queue
from mail.models import State
from mail.outcomes import Refused
from mail.queue import Claim, Outcome
from mail.sender import letter_of
from mail.transports import Transport


def look_after(transport: Transport, settings: Settings) -> None:
    """What dead senders left becomes unknown; what is unknown is looked up where that is possible.

    Raises:
        SQLAlchemyError, PostgresError: the database is away.
    """
    with worker_session(settings) as session:
        queue.expire(session)
    while transport.can_look and (claim := _next_look(settings)) is not None:
        outcome = _looked_up(transport, claim, settings)
        if outcome is not None:
            with worker_session(settings) as session:
                queue.settle(session, claim, outcome)


def forget(settings: Settings) -> None:
    """Delete what was settled 90 days ago.

    Raises:
        SQLAlchemyError, PostgresError: the database is away.
    """
    with worker_session(settings) as session:
        queue.forget(session)


def explain(problem: str, settings: Settings) -> int:
    """Say of every waiting e-mail why it waits; how many did not say so yet."""
    with worker_session(settings) as session:
        return queue.explain(session, problem)


def _next_look(settings: Settings) -> Claim | None:
    with worker_session(settings) as session:
        return queue.next_look(session)


def _looked_up(transport: Transport, claim: Claim, settings: Settings) -> Outcome | None:
    """What the service knows of an e-mail whose sending it never confirmed; None when it can't tell.

    That it knows nothing of it is no proof that it won't send it, so it stays unknown.
    """
    try:
        found = transport.find(letter_of(claim, settings))
    except Refused as error:
        return Outcome(State.FAILED, str(error))
    except KeyRingError:
        return None
    return Outcome(State.SENT) if found else None
