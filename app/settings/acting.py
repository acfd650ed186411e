"""Buttons that change something: who presses is asked anew, and what came of it is kept to show."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from app.settings import drawer, entering
from app.shell import access
from app.views import outcomes
from app.views.confirm import confirmed
from foundation.postgres import PostgresError
from identity.errors import ConflictError, ForbiddenError, IdentityError, SignInError
from identity.permissions import Permission
from identity.principal import Origin, Principal, Visitor
from identity.sessions import signed_in
from identity.work import Work, working
from publishing.changes import DraftError, NotAllowedError
from publishing.editing import ConflictError as ChangedError

log = logging.getLogger(__name__)

UNREACHABLE: Final = (
    "AllIN can't reach its database at this moment. Look whether the change is there, and try again if not."
)
SIGNED_OUT: Final = "Your session has ended. Sign in again to go on."
SWITCHED: Final = (
    "In another tab you have switched to another organization, and this page was drawn for the one before. "
    "Nothing was changed: look at the page again, then press again."
)


def act(place: str, needs: Permission | None, do: Callable[[Work], str]) -> None:
    """Callback of a button: `attempt`."""
    attempt(place, needs, do)


def finish(place: str, needs: Permission | None, do: Callable[[Work], str]) -> bool:
    """`attempt` of the button that a drawer ends with: once, for the drawer closes when it is done."""
    return drawer.is_open(place) and attempt(place, needs, do)


def submit(place: str, needs: Permission | None, do: Callable[[Work], str]) -> None:
    """Callback of the button that a drawer ends with: `finish`."""
    finish(place, needs, do)


def attempt(place: str, needs: Permission | None, do: Callable[[Work], str]) -> bool:
    """Do the work in one transaction, for a member who still may (None: any member).

    `do` answers what to say when it is done. A refusal is kept for `outcomes.show(place)`, and a drawer of
    that place stays open with what was entered. Returns whether it was done.
    """

    def as_member(visitor: Visitor, origin: Origin) -> str:
        if not isinstance(visitor, Principal):
            raise ForbiddenError
        if not entering.is_drawn_for(visitor):
            raise ConflictError(SWITCHED)
        with working(visitor, origin, needs=needs) as work:
            return do(work)

    return attempt_as_oneself(place, as_member)


def attempt_as_oneself(place: str, do: Callable[[Visitor, Origin], str]) -> bool:
    """The same for what belongs to the person, not to the organization."""
    outcomes.forget(place)
    try:
        visitor = signed_in(access.browser_token())
        if visitor is None:
            raise SignInError(SIGNED_OUT)
        said = do(visitor, access.browser_origin())
    except (IdentityError, NotAllowedError, ChangedError) as error:
        outcomes.refuse(place, str(error))
        return False
    except DraftError as error:
        outcomes.refuse(place, " ".join(error.problems))
        return False
    except (SQLAlchemyError, PostgresError) as error:
        log.error("a change at %s failed (%s)", place, type(error).__name__)
        outcomes.refuse(place, UNREACHABLE)
        return False
    if drawer.is_open(place):
        drawer.close(place)
    if said:
        outcomes.succeed(said)
    return True


def act_as_oneself(place: str, do: Callable[[Visitor, Origin], str]) -> None:
    """Callback of a button: `attempt_as_oneself`."""
    attempt_as_oneself(place, do)


def confirm(
    label: str,
    question: str,
    place: str,
    needs: Permission | None,
    do: Callable[[Work], str],
    *,
    icon: str | None = None,
    ask: Callable[[], None] | None = None,
    danger: bool = False,
) -> None:
    """A button that asks and then acts (`confirmed`); its refusal is shown with the question."""

    confirmed(
        label,
        question,
        place,
        act,
        (place, needs, do),
        ask=_with_refusal(place, ask),
        icon=icon,
        danger=danger,
    )


def confirm_as_oneself(
    label: str, question: str, place: str, do: Callable[[Visitor, Origin], str], *, icon: str | None = None
) -> None:
    """The same for what belongs to the person."""
    confirmed(label, question, place, act_as_oneself, (place, do), ask=_with_refusal(place, None), icon=icon)


def _with_refusal(place: str, ask: Callable[[], None] | None) -> Callable[[], None]:
    def draw() -> None:
        if ask is not None:
            ask()
        outcomes.show(place)

    return draw
