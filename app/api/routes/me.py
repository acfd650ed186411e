"""You: profile, password, sessions, and the organization you act in."""

from __future__ import annotations

from uuid import UUID

from app.api.callers import From, SignedIn
from app.api.problems import refusals
from app.api.route import Router
from app.api.schemas.common import Listed
from app.api.schemas.people import (
    AddressChange,
    Entered,
    Me,
    MyName,
    MyOrganization,
    PasswordChange,
    Session,
)
from identity import profile, sessions
from identity.permissions import held
from identity.principal import Principal, Visitor

router = Router("me")


@router.get("/me", summary="Who am I?")
def get(visitor: SignedIn) -> Me:
    """Who this token or key acts as, where, and what it may do."""
    return _me(visitor, visitor.name)


@router.patch("/me", summary="Change your name")
def rename(new: MyName, visitor: SignedIn, caller: From) -> Me:
    """Only for those who signed in themselves."""
    profile.rename(visitor, new.name, caller.origin, caller.settings)
    return _me(visitor, profile.of(visitor, caller.settings).name)


@router.put("/me/organization", status_code=204, summary="Enter an organization", responses=refusals(404))
def enter(which: Entered, visitor: SignedIn, caller: From) -> None:
    """One that you are a member of. From the next request on, this session acts there."""
    sessions.enter(visitor, which.organization_id, caller.origin, settings=caller.settings)


@router.put("/me/password", status_code=204, summary="Change your password")
def change_password(change: PasswordChange, visitor: SignedIn, caller: From) -> None:
    """Ends your other sessions."""
    profile.change_password(visitor, change.old, change.password, caller.origin, caller.settings)


@router.post("/me/address", status_code=204, summary="Ask for another address")
def ask_new_address(change: AddressChange, visitor: SignedIn, caller: From) -> None:
    """Sends a link there; the address becomes yours when it is opened."""
    profile.ask_new_address(visitor, change.password, change.email, caller.origin, caller.settings)


@router.get("/me/sessions", summary="Where you are signed in", responses=refusals(403))
def list_sessions(visitor: SignedIn, caller: From) -> Listed[Session]:
    """The last used first, all on one page."""
    found = sessions.sessions_of(visitor, settings=caller.settings)
    return Listed(items=[Session.model_validate(one) for one in found], next_cursor=None)


@router.delete("/me/sessions/{session_id:uuid}", status_code=204, summary="End one of your sessions")
def end_session(session_id: UUID, visitor: SignedIn, caller: From) -> None:
    """It may be the one that asks."""
    sessions.end_session(visitor, session_id, caller.origin, settings=caller.settings)


def _me(visitor: Visitor, name: str) -> Me:
    principal = visitor if isinstance(visitor, Principal) else None
    return Me(
        id=visitor.person_id,
        email=visitor.email,
        name=name,
        super_admin=visitor.super_admin,
        confined=visitor.confined,
        api_key_id=principal and principal.api_key_id,
        organization=principal and _organization(principal),
        permissions=sorted(held(principal)) if principal else [],
    )


def _organization(principal: Principal) -> MyOrganization:
    return MyOrganization(
        id=principal.organization_id,
        name=principal.organization_name,
        role=principal.role,
        brand_ids=principal.brand_ids,  # sorted by the model
    )
