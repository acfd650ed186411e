"""Invitations on the page of the people: the form, and those that are not answered yet."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final
from uuid import UUID

import streamlit as st
from markupsafe import Markup

from app.settings import acting, drawer, entering, roles
from app.shell import access
from app.views import notices, outcomes, pictures
from app.views.html import markup
from app.views.times import moment, zone_or_utc
from identity import invitations
from identity.errors import InvalidError
from identity.invitations import Delivery, InvitationInfo, InvitationState
from identity.paging import MAX_LIMIT
from identity.permissions import Permission, may, may_grant
from identity.principal import Principal
from identity.work import Work, working

PLACE: Final = "invite"
ADDRESS: Final = "invite_address"
REFRESH_S: Final = 3
PAGES: Final = 5  # of 200; who invites more than a thousand at once reads the API
# Delivery -> (its word, the chip's tone in the style sheet).
DELIVERIES: Final[Mapping[Delivery, tuple[str, str]]] = {
    Delivery.QUEUED: ("E-mail waiting to be sent", "busy"),
    Delivery.SENT: ("E-mail sent", "good"),
    Delivery.FAILED: ("E-mail not sent", "bad"),
    Delivery.UNKNOWN: ("Not sure whether the e-mail arrived", "busy"),
}


def button(principal: Principal, names: Mapping[UUID, str]) -> None:
    """Draw the button that opens the form."""
    if st.button("Invite someone", type="primary", icon=":material/person_add:", key="invite_open"):
        drawer.open_drawer("Invite someone", PLACE, partial(_form, principal, names))


def listing(names: Mapping[UUID, str]) -> None:
    """Draw the invitations that are open or expired; it follows their e-mails while some wait."""
    principal = access.require_sign_in()
    waiting = any(item.delivery is Delivery.QUEUED for item in _unanswered(principal))
    st.fragment(_draw, run_every=REFRESH_S if waiting else None)(names)


def _draw(names: Mapping[UUID, str]) -> None:
    principal = entering.redrawn_for()
    if not may(principal, Permission.MEMBERS_MANAGE):
        return
    outcomes.announce()
    st.markdown("#### Invited")
    found = _unanswered(principal)
    if not found:
        notices.empty(
            "No open invitation",
            "Who you invite gets a link by e-mail, which holds for 7 days and for one person.",
        )
    for item in found:
        with st.container(border=True, key=f"row_{item.id}", horizontal=True, vertical_alignment="center"):
            st.html(_card(item, names), width="stretch")
            with st.container(key=f"do_{item.id}", horizontal=True, width="content"):
                if may_grant(principal, item.role, item.brand_ids):
                    _actions(item)


def _unanswered(principal: Principal) -> list[InvitationInfo]:
    shown = (InvitationState.OPEN, InvitationState.EXPIRED)
    found: list[InvitationInfo] = []
    cursor: str | None = None
    with working(principal, needs=Permission.MEMBERS_MANAGE) as work:
        for _ in range(PAGES):
            page = invitations.listed(work, limit=MAX_LIMIT, cursor=cursor)
            found += [item for item in page.items if item.state in shown]
            cursor = page.next_cursor
            if cursor is None:
                break
    return found


def _card(item: InvitationInfo, names: Mapping[UUID, str]) -> Markup:
    zone = zone_or_utc(st.context.timezone)
    over = item.state is InvitationState.EXPIRED
    word, tone = DELIVERIES[item.delivery]
    return markup(
        '<div class="cells">{face}<div class="wide"><b>{email}</b><div class="sub">by {inviter}</div></div>'
        '<div><span class="chip off">{role}</span><div class="sub">{scope}</div></div>'
        '<div><span class="chip {tone}">{word}</span><div class="sub">{expiry}</div></div>{problem}</div>',
        face=pictures.initials(item.email),
        email=item.email,
        inviter=item.invited_by or "the identity provider, or someone who has left",
        role=roles.LABELS[item.role],
        scope=roles.scope(item.brand_ids, names),
        tone=tone,
        word=word,
        expiry=f"{'Expired' if over else 'Expires'} {moment(item.expires_at, zone)}",
        problem=_problem(item),
    )


def _problem(item: InvitationInfo) -> Markup:
    if item.delivery is Delivery.FAILED:
        return markup(
            '<div class="problem">{why} Check the address, then send it again.</div>',
            why=f"{item.problem or 'The mail server refused it'}".rstrip(".") + ".",
        )
    if item.delivery is Delivery.UNKNOWN:
        return Markup(
            '<div class="problem">Ask whether it came before you send it again: '
            "a new link replaces the one before.</div>"
        )
    return Markup("")


def _actions(item: InvitationInfo) -> None:
    place = f"again_{item.id}"
    st.button(
        "Send again",
        key=f"send_{item.id}",
        help="A new link that holds for 7 days; the one before stops working.",
        on_click=acting.act,
        args=(place, Permission.MEMBERS_MANAGE, partial(_resend, item.id)),
    )
    acting.confirm(
        "Revoke",
        markup(
            "The link that <b>{email}</b> got stops working. You can invite them again.", email=item.email
        ),
        f"revoke_{item.id}",
        Permission.MEMBERS_MANAGE,
        partial(_revoke, item.id, item.email),
        danger=True,
    )
    outcomes.show(place)


def _form(principal: Principal, names: Mapping[UUID, str]) -> None:
    st.text_input(
        "E-mail address",
        key=ADDRESS,
        type="email",
        validate="",
        live="0ms",  # a tap on the button need not leave the field first
    )
    roles.choose(principal, names, PLACE)
    outcomes.show(PLACE)
    st.button(
        "Send invitation",
        type="primary",
        icon=":material/send:",
        key="invite_send",
        on_click=acting.submit,
        args=(PLACE, Permission.MEMBERS_MANAGE, _invite),
    )


def _invite(work: Work) -> str:
    address = str(st.session_state.get(ADDRESS) or "").strip()
    if not address:
        raise InvalidError("Write the e-mail address of the person to invite.", field="email")
    role, brand_ids = roles.chosen(PLACE)
    item = invitations.invite(work, address, role, brand_ids)
    return f"{item.email} is invited; the e-mail is on its way."


def _resend(invitation_id: UUID, work: Work) -> str:
    return f"A new link goes to {invitations.resend(work, invitation_id).email}."


def _revoke(invitation_id: UUID, email: str, work: Work) -> str:
    invitations.revoke(work, invitation_id)
    return f"The invitation of {email} was revoked."
