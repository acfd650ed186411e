"""Settings · My profile: what is one's own, in whichever organization."""

from __future__ import annotations

from typing import Final

import streamlit as st
from markupsafe import Markup

from app.settings import acting, devices, entering, leaving, own_second_factor
from app.shell import frame
from app.views import outcomes
from app.views.html import markup
from app.views.notices import escaped
from app.web.paths import FORGOT, ORGANIZATIONS
from identity import profile
from identity.inputs import PASSWORD_RULE
from identity.permissions import Permission, may
from identity.principal import Origin, Visitor
from identity.profile import Profile

NAME, ADDRESS, PASSWORD = "own_name", "own_address", "own_password"
WIDTH: Final = 760  # pixels: fields of a form read best when they are not as wide as the screen


def page() -> None:
    """Draw the page."""
    principal = entering.drawn_for()
    frame.title("My profile", "What is yours, in whichever organization you are.")
    outcomes.announce()
    with st.container(width=WIDTH):
        if principal.confined:
            _looked_after_elsewhere(principal.name, principal.email, principal.organization_name)
        else:
            own = profile.of(principal)
            _name(own)
            _address(own)
            _password(own)
            own_second_factor.draw(principal, own)
        devices.draw(principal)
        if not principal.confined:
            _organizations(principal.organization_name)
        if not may(principal, Permission.ORGANIZATION_READ):
            leaving.offer(principal)  # the page of the organization, where others find it, is not for them


def _looked_after_elsewhere(name: str, email: str, organization: str) -> None:
    with st.container(border=True, key="card_confined"):
        st.html(markup("<b>{name}</b> {email}", name=name, email=email))
        st.markdown(
            f"You signed in at the identity provider of **{escaped(organization)}**: password and second "
            "factor are looked after there. Name, address, password and other organizations at AllIN are out "
            "of reach this way. To change them, sign out and sign in with your AllIN password; if you have "
            f"none, [ask for one]({FORGOT})."
        )


def _name(own: Profile) -> None:
    with st.form(NAME):
        st.markdown("**Name**")
        st.text_input(
            "Name", own.name, key=f"{NAME}_new", label_visibility="collapsed", autocomplete="name",
            placeholder="How others here see you",
        )  # fmt: skip
        outcomes.show(NAME)
        st.form_submit_button(
            "Save", key="own_name_save", on_click=acting.act_as_oneself, args=(NAME, _rename)
        )


def _address(own: Profile) -> None:
    heading = markup("<b>E-mail address</b> · {email}", email=own.email)
    if not own.has_password:
        _choose_one_first(heading)
        return
    with st.form(ADDRESS):
        st.html(heading)
        left, right = st.columns(2)
        left.text_input("New address", key=f"{ADDRESS}_new", type="email", validate="")
        with right:
            _present_password(f"{ADDRESS}_password")
        outcomes.show(ADDRESS)
        st.form_submit_button(
            "Send a link to the new address",
            key="own_address_save",
            on_click=acting.act_as_oneself,
            args=(ADDRESS, _ask_new_address),
        )


def _password(own: Profile) -> None:
    if not own.has_password:
        _choose_one_first(Markup("<b>Password</b>"))
        return
    with st.form(PASSWORD):
        st.markdown("**Password**")
        left, right = st.columns(2)
        with left:
            _present_password(f"{PASSWORD}_old")
        right.text_input("New password", key=f"{PASSWORD}_new", type="password")
        st.caption(f"{PASSWORD_RULE} Everywhere else you are signed out.")
        outcomes.show(PASSWORD)
        st.form_submit_button(
            "Change the password",
            key="own_password_save",
            on_click=acting.act_as_oneself,
            args=(PASSWORD, _change_password),
        )


def _present_password(key: str) -> None:
    st.text_input("Present password", key=key, type="password", autocomplete="current-password")


def _choose_one_first(heading: Markup) -> None:
    with st.container(border=True):
        st.html(heading)
        st.markdown(
            f"This takes an AllIN password, and you have none yet. [Ask for a link to choose one]({FORGOT})."
        )


def _organizations(here: str) -> None:
    with st.container(border=True, key="card_organizations"):
        st.html(
            markup(
                '<b>Organizations</b><br>You are in {here}. <a href="{href}" target="_self">Go to '
                "another, or create one</a>",
                here=here,
                href=ORGANIZATIONS,
            )
        )


def _rename(visitor: Visitor, origin: Origin) -> str:
    profile.rename(visitor, str(st.session_state[f"{NAME}_new"]), origin)
    return "Saved."


def _ask_new_address(visitor: Visitor, origin: Origin) -> str:
    state = st.session_state
    address = str(state[f"{ADDRESS}_new"] or "")
    profile.ask_new_address(visitor, str(state[f"{ADDRESS}_password"]), address, origin)
    state[f"{ADDRESS}_new"] = state[f"{ADDRESS}_password"] = ""
    return f"A link is on its way to {address}. Until it is opened, your address stays as it is."


def _change_password(visitor: Visitor, origin: Origin) -> str:
    state = st.session_state
    profile.change_password(visitor, str(state[f"{PASSWORD}_old"]), str(state[f"{PASSWORD}_new"]), origin)
    state[f"{PASSWORD}_old"] = state[f"{PASSWORD}_new"] = ""
    return "Your password is changed. Everywhere else you are signed out."
