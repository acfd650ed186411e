"""The refresh tokens of API sessions: each is exchanged once, and one that comes back gives a thief away.

Whoever shows a used token, thief or owner, proves that two have it; so the whole family of tokens dies
(RFC 9700, section 4.14.2).
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import delete, select

from foundation.database import utc_now
from foundation.settings import Settings
from identity import letters
from identity.audit import Action, Target, record_at_door
from identity.errors import SignInError
from identity.models import Person, SessionToken, SignIn
from identity.oneself import as_visitor
from identity.opaque import digest
from identity.opening import AGAIN, REFRESH_LIFETIME, Tokens, add_tokens
from identity.principal import Origin
from identity.work import Door, at_the_door

REASON: Final = "a token of it that had been used up came back, so somebody may have copied it"


def refresh(refresh_token: str, origin: Origin, *, settings: Settings | None = None) -> Tokens:
    """Exchange a refresh token for a new pair; the session lives 7 days from now.

    Of two exchanges of one token at once, one gets a pair, and the other ends the session.

    Raises:
        SignInError: it is unknown or expired, its session has ended, or it was used before, which ends it.
    """
    with at_the_door(origin, settings=settings) as door:
        tokens = _exchange(door, refresh_token)
    if tokens is None:
        raise SignInError(AGAIN)
    return tokens


def _exchange(door: Door, refresh_token: str) -> Tokens | None:
    """A new pair; None when there is none to be had. The session is locked: one exchange at a time."""
    kept = select(SessionToken).where(
        SessionToken.token_hash == digest(refresh_token), SessionToken.kind == "refresh"
    )
    token = door.session.scalar(kept)
    if token is None:
        return None
    session = door.session.get(SignIn, token.session_id, with_for_update=True)
    # It may have been exchanged while this waited.
    token = door.session.scalar(kept.execution_options(populate_existing=True))
    now = utc_now()
    if token is None or session is None or session.revoked_at is not None:
        return None
    if min(token.expires_at, session.expires_at) <= now:
        return None
    if token.used_at is not None:
        _end_family(door, session)
        return None
    token.used_at, session.expires_at, session.last_seen_at = now, now + REFRESH_LIFETIME, now
    door.session.flush()
    over = SessionToken.session_id == session.id, SessionToken.expires_at <= now
    door.session.execute(delete(SessionToken).where(*over))
    return add_tokens(door, session)


def _end_family(door: Door, session: SignIn) -> None:
    session.revoked_at = utc_now()
    door.session.flush()
    person = door.session.get_one(Person, session.person_id)
    who = as_visitor(person, session.id, confined=session.provider_id is not None)
    record_at_door(
        door,
        Action.SESSION_REUSED,
        Target("session", session.id, session.kind),
        who=who,
        organization_id=session.organization_id,
    )
    letters.send(door, person.email, "sessions_ended", reason=REASON)
