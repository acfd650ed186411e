"""What belongs to a person rather than to an organization: who may touch it, and where it is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import select, update

from foundation.database import utc_now
from foundation.settings import Settings
from identity import limits
from identity.audit import Action, Target, record_at_door
from identity.errors import ForbiddenError, InvalidError, LinkError, SignInError
from identity.limits import Limit
from identity.links import lock_person
from identity.models import Membership, Organization, Person, SignIn
from identity.passwords import UNUSABLE, verify_password
from identity.principal import Visitor
from identity.work import Door

PASSWORD_TRIES: Final = Limit("own_password", 10, 900)  # of someone who is signed in


def require_oneself(visitor: Visitor) -> UUID:
    """Go on only for a person who signed in as themselves; returns the id of their session.

    Raises:
        ForbiddenError: an API key acts, or an organization's own provider vouched for them.
    """
    if visitor.confined or visitor.session_id is None:
        raise ForbiddenError("Sign in with your own password, not through an organization, to do this.")
    return visitor.session_id


def locked(door: Door, visitor: Visitor) -> Person:
    """The visitor's own row, locked against other changes until the transaction ends.

    Raises:
        SignInError: they are gone.
    """
    try:
        return lock_person(door, visitor.person_id)
    except LinkError:
        raise SignInError("This account is gone.") from None


def count_try(visitor: Visitor, settings: Settings) -> None:
    """Count one entry of one's own password; to be called before the transaction it belongs to.

    Raises:
        TooManyTriesError: there were too many.
    """
    limits.count(PASSWORD_TRIES, str(visitor.person_id), settings)


def forget_tries(visitor: Visitor, settings: Settings) -> None:
    """The password was right: begin to count anew."""
    limits.forget(PASSWORD_TRIES, str(visitor.person_id), settings)


def check_password(person: Person, password: str, *, field: str = "password") -> None:
    """Go on only with the person's own password.

    Raises:
        InvalidError: it is another, or they have none.
    """
    if person.password_hash == UNUSABLE:
        raise InvalidError(
            "You have no password yet. “Forgot your password?” on the sign-in page lets you choose one.",
            field=field,
        )
    if not verify_password(password, person.password_hash):
        raise InvalidError("This is not your present password.", field=field)


def end_sessions(door: Door, person_id: UUID, *, keep: UUID | None = None) -> None:
    """End all sessions of a person but the one to keep. The caller has locked the person."""
    sessions = update(SignIn).where(SignIn.person_id == person_id, SignIn.revoked_at.is_(None))
    if keep is not None:
        sessions = sessions.where(SignIn.id != keep)
    door.session.execute(sessions.values(revoked_at=utc_now()))


def tell(
    door: Door,
    person: Person | None,
    action: Action,
    *,
    who: Visitor | str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write what happened to a person into the trails of their organizations; with none, into nobody's.

    Of a stranger (None) a line is written too: it takes the same time, which tells nobody who is known here.
    """
    query = (
        select(Membership.organization_id)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(Membership.person_id == (person.id if person else uuid4()), Organization.deleted_at.is_(None))
    )
    places: list[UUID | None] = [*door.session.scalars(query)] or [None]
    target = Target("person", person.id, person.email) if person else Target("person", None)
    for place in places:
        record_at_door(door, action, target, who=who, organization_id=place, before=before, after=after)


def as_visitor(person: Person, session_id: UUID | None = None, *, confined: bool = False) -> Visitor:
    """The person as the one who acts, in a session or (with a link) without any."""
    return Visitor(person.id, person.email, person.name, person.super_admin, session_id, confined)
