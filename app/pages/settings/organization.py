"""Settings · Organization: its name, colour and logo, when a post is missed, and the ways out."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Final

import streamlit as st
from markupsafe import Markup

from app.settings import acting, entering, leaving, pictures, roles
from app.views import outcomes
from app.views.html import markup
from app.views.pictures import logo
from foundation.colour import text_on
from foundation.settings import get_settings
from identity import organizations
from identity.models import Organization
from identity.organizations import OrganizationFields
from identity.permissions import Permission, may
from identity.principal import Principal
from identity.work import Work, working

PLACE: Final = "organization"
DELETE: Final = "organization_delete"
TYPED: Final = "organization_delete_name"


def page() -> None:
    """Draw the page."""
    principal = entering.entered(
        Permission.ORGANIZATION_READ,
        "Organization",
        "Its name and colour are on the e-mails it sends, its logo is beside its name in the sidebar.",
    )
    if principal is None:
        return
    with working(principal, needs=Permission.ORGANIZATION_READ) as work:
        organization = organizations.current(work)
    if may(principal, Permission.ORGANIZATION_UPDATE):
        _form(organization)
    else:
        _card(organization, principal)
    st.markdown("#### Leaving")
    leaving.offer(principal)
    if may(principal, Permission.ORGANIZATION_DELETE):
        _deletion(organization)


def _card(organization: Organization, principal: Principal) -> None:
    with st.container(border=True, key="card_organization"):
        st.html(
            markup(
                '<div class="brand"><div class="head">{logo}<div><b>{name}</b><div class="sub">You are '
                "here as {role}. {meaning}</div></div></div></div>",
                logo=logo(organization.logo, organization.name, side=56),
                name=organization.name,
                role=roles.LABELS[principal.role].lower(),
                meaning=roles.MEANINGS[principal.role],
            )
        )


def _form(organization: Organization) -> None:
    key = _key(organization)
    left, right = st.columns([3, 2], gap="large")
    with left, st.container(border=True, key="card_organization"):
        name = st.text_input("Name", organization.name, key=f"{key}_name", live="0ms")
        colour = st.color_picker("Colour", organization.colour, key=f"{key}_colour")
        pictures.choose(organization.logo, name or organization.name, key)
        # Kept here and not given as its default, or the field could not be emptied.
        st.session_state.setdefault(f"{key}_missed", organization.missed_after_minutes)
        st.number_input(
            "A post is missed after so many minutes", 1, organizations.MOST_MISSED_AFTER_MINUTES,
            None, key=f"{key}_missed",
            placeholder=f"{get_settings().missed_after_minutes}, as this installation has it",
            help="What could not go out by then is not sent late without somebody deciding so.",
        )  # fmt: skip
        outcomes.show(PLACE)
        st.button(
            "Save",
            type="primary",
            key="organization_save",
            on_click=acting.act,
            args=(PLACE, Permission.ORGANIZATION_UPDATE, partial(_save, organization)),
        )
    with right, st.container(border=True, key="card_look"):
        st.markdown("**How an e-mail looks**")
        st.html(_look(name or organization.name, colour))


def _key(organization: Organization) -> str:
    """Of the fields as they are kept: when somebody else changes them, they are drawn anew, and what is
    saved is what was seen.
    """
    kept = (organization.name, organization.colour, organization.logo, organization.missed_after_minutes)
    return f"organization_{hashlib.sha256(repr(kept).encode()).hexdigest()[:12]}"


def _look(name: str, colour: str) -> Markup:
    """A small e-mail in the colour as it is being chosen."""
    return markup(
        '<div class="letter" style="border-top-color:{colour}"><b>{name}</b><h4>Join {name}</h4>'
        "<p>You are invited to work with {name} on AllIN.</p>"
        '<span class="pretend" style="background:{colour};color:{ink}">Accept the invitation</span></div>',
        colour=colour,
        ink=text_on(colour),
        name=name,
    )


def _save(drawn: Organization, work: Work) -> str:
    """Write what was changed here, and nothing else."""
    key = _key(drawn)
    fields: OrganizationFields = {}
    if (name := st.session_state[f"{key}_name"]) != drawn.name:
        fields["name"] = name
    if (colour := st.session_state[f"{key}_colour"]) != drawn.colour:
        fields["colour"] = colour
    if (minutes := st.session_state[f"{key}_missed"]) != drawn.missed_after_minutes:
        fields["missed_after_minutes"] = minutes
    picture = pictures.chosen(drawn.logo, key)
    if picture.changed:
        fields["logo"] = picture.picture
    organizations.update(work, **fields)
    return "Saved."


def _deletion(organization: Organization) -> None:
    with st.container(border=True, key="card_danger"):
        st.markdown("**Delete the organization**")
        st.markdown(
            "Nobody can enter it any more, and its scheduled posts are not sent. For 30 days whoever runs "
            "this installation can bring it back; after that it is gone for good."
        )
        acting.confirm(
            "Delete the organization",
            markup("Type <b>{name}</b> to go on.", name=organization.name),
            DELETE,
            Permission.ORGANIZATION_DELETE,
            _delete,
            ask=_typed,
            danger=True,
            icon=":material/delete_forever:",
        )


def _typed() -> None:
    st.text_input("Name of the organization", key=TYPED, live="0ms", autocomplete="off")


def _delete(work: Work) -> str:
    organizations.delete(work, str(st.session_state.get(TYPED, "")))
    return ""
