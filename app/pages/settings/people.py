"""Settings · People: who is in the organization and as what, and who is invited."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final
from uuid import UUID

import streamlit as st
from markupsafe import Markup

from app.settings import acting, drawer, entering, invited, paged, roles
from app.views import outcomes, pictures
from app.views.html import markup
from app.views.notices import escaped
from app.views.times import day, zone_or_utc
from identity import members
from identity.brands import brands
from identity.members import Member
from identity.permissions import Permission, Role, may
from identity.principal import Principal
from identity.work import Work, working

LIST: Final = "people_list"
STRONG: Final = (Role.OWNER, Role.ADMIN)


def page() -> None:
    """Draw the page."""
    principal = entering.entered(
        Permission.MEMBERS_READ, "People", "Who is in the organization, and what each of them may do."
    )
    if principal is None:
        return
    manages = may(principal, Permission.MEMBERS_MANAGE)
    with working(principal, needs=Permission.MEMBERS_READ) as work:
        names = {brand.id: brand.name for brand in brands(work.session)}
        found, more = paged.so_far(lambda cursor: members.listed(work, cursor=cursor), LIST)
    if manages:
        invited.button(principal, names)
    for member in found:
        _row(principal, member, names, manages=manages)
    if more:
        paged.more_button(LIST)
    if manages:
        invited.listing(names)
    _meanings()


def _row(principal: Principal, member: Member, names: Mapping[UUID, str], *, manages: bool) -> None:
    with st.container(
        border=True, key=f"row_{member.person_id}", horizontal=True, vertical_alignment="center"
    ):
        st.html(_card(principal, member, names), width="stretch")
        if manages:
            with st.container(key=f"do_{member.person_id}", horizontal=True, width="content"):
                if member.manageable:
                    _actions(principal, member, names)


def _card(principal: Principal, member: Member, names: Mapping[UUID, str]) -> Markup:
    mine = member.person_id == principal.person_id
    return markup(
        '<div class="cells">{face}<div class="wide"><b>{name}</b>{mine}<div class="sub">{email}</div></div>'
        '<div><span class="chip {tone}">{role}</span><div class="sub">{scope}</div></div>'
        '<div class="sub pairs"><span>Joined {since}</span><span>Second factor {factor}</span></div></div>',
        face=pictures.initials(member.name or member.email),
        name=member.name or member.email.partition("@")[0],
        mine=Markup(' <span class="sub">(you)</span>') if mine else "",
        email=member.email,
        tone="wait" if member.role in STRONG else "off",
        role=roles.LABELS[member.role],
        scope=roles.scope(member.brand_ids, names),
        since=day(member.since, zone_or_utc(st.context.timezone)),
        factor="on" if member.second_factor else "off",
    )


def _actions(principal: Principal, member: Member, names: Mapping[UUID, str]) -> None:
    who = member.name or member.email
    if st.button("Change", key=f"change_{member.person_id}", help=escaped(f"Role and brands of {who}")):
        place = f"member_{member.person_id}"
        drawer.open_drawer(f"Role of {who}", place, partial(_form, principal, member, names, place))
    if member.person_id == principal.person_id:
        return  # one leaves on the page of the organization
    acting.confirm(
        "Remove",
        markup(
            "<b>{who}</b> is out of this organization at once, and the API keys they made stop working. What "
            "they wrote and scheduled stays.",
            who=who,
        ),
        f"remove_{member.person_id}",
        Permission.MEMBERS_MANAGE,
        partial(_remove, member.person_id, who),
        danger=True,
    )


def _form(principal: Principal, member: Member, names: Mapping[UUID, str], place: str) -> None:
    st.html(markup("<b>{name}</b> {email}", name=member.name, email=member.email))
    if member.person_id == principal.person_id:
        st.warning(
            "This is you: with a lower role you can't take it back yourself.", icon=":material/warning:"
        )
    roles.choose(principal, names, place, (member.role, member.brand_ids))
    outcomes.show(place)
    st.button(
        "Save",
        type="primary",
        key=f"save_{place}",
        on_click=acting.submit,
        args=(place, Permission.MEMBERS_MANAGE, partial(_change, member, place)),
    )


def _change(member: Member, place: str, work: Work) -> str:
    role, brand_ids = roles.chosen(place)
    members.change(work, member.person_id, role, brand_ids)
    return f"{member.name or member.email} is now {roles.LABELS[role].lower()}."


def _remove(person_id: UUID, who: str, work: Work) -> str:
    members.remove(work, person_id)
    return f"{who} was removed."


def _meanings() -> None:
    with st.expander("What the roles may do", key="roles_explained"):
        st.html(
            Markup('<dl class="terms">')
            + Markup("").join(
                markup("<dt>{name}</dt><dd>{meaning}</dd>", name=roles.LABELS[role], meaning=meaning)
                for role, meaning in roles.MEANINGS.items()
            )
            + Markup("</dl>")
        )
