"""The form of an identity provider."""

from __future__ import annotations

from functools import partial
from typing import Final

import streamlit as st

from app.settings import acting, roles
from app.views import outcomes
from foundation.settings import get_settings
from identity import providers
from identity.permissions import Permission, Role, may_grant
from identity.principal import Principal
from identity.provider_fields import PROVISIONED, ProviderFields
from identity.providers import ProviderInfo
from identity.work import Work

NEW: Final = "provider_new"
NOBODY: Final = "nobody"  # not None: Streamlit takes None for "nothing chosen"


def place_of(info: ProviderInfo | None) -> str:
    """The name of the form, which its fields' keys begin with."""
    return NEW if info is None else f"provider_{info.id}"


def invites_nobody() -> bool:
    """Whether a provider's word invites nobody here, whatever its organization has chosen."""
    return get_settings().registration == "closed"


def draw(principal: Principal, info: ProviderInfo | None, redirect: str) -> None:
    """The drawer's body, for a new provider or one that is there."""
    place = place_of(info)
    if info is None:
        st.markdown(
            "**1.** Register AllIN as a web application at your provider, with this redirect address:"
        )
        st.code(redirect, language=None, wrap_lines=True)
        st.markdown("**2.** Copy here what the provider gives you:")
    with st.form(f"{place}_form", border=False):
        _fields(info, place)
        _use(principal, info, place)
        outcomes.show(place)
        st.form_submit_button(
            "Save" if info else "Add the provider",
            type="primary",
            key=f"save_{place}",
            on_click=acting.submit,
            args=(place, Permission.PROVIDERS_MANAGE, partial(_save, info)),
        )


def _fields(info: ProviderInfo | None, place: str) -> None:
    st.text_input(
        "Name",
        info.name if info else "",
        key=f"{place}_name",
        placeholder="What your people call it: Acme ID",
    )
    st.text_input(
        "Issuer",
        info.issuer if info else "",
        key=f"{place}_issuer",
        placeholder="https://login.example.com",
        help="The address the provider calls its issuer; its discovery document is below it.",
    )
    st.text_input("Client id", info.client_id if info else "", key=f"{place}_client_id", autocomplete="off")
    st.text_input(
        "Client secret",
        key=f"{place}_client_secret",
        type="password",
        placeholder="kept as it is; type to replace it" if info else "",
        help="It is stored encrypted and shown to nobody again.",
    )


def _use(principal: Principal, info: ProviderInfo | None, place: str) -> None:
    granted: list[Role | str] = [NOBODY, *(role for role in PROVISIONED if may_grant(principal, role, None))]
    present = info.provision_role if info else None
    if present is not None and present not in granted:
        granted.append(present)
    st.selectbox(
        "Who is new there is invited as",
        granted,
        index=granted.index(present) if present else 0,
        format_func=lambda role: roles.LABELS.get(role, "Nobody: people need an invitation"),
        key=f"{place}_role",
    )
    if invites_nobody():
        st.caption(
            "Registration is closed on this installation, so nobody is invited this way: invite them under "
            "People."
        )
    st.toggle(
        "Members must sign in there",
        info.enforced if info else False,
        key=f"{place}_enforced",
    )
    st.caption(
        "When it is on, a password no longer opens this organization for members; who is inside by one is "
        "asked to sign in at the provider. Owners keep their password as a way out, and API keys work on. "
        "Try the sign-in link before you turn it on."
        + ("" if principal.role is Role.OWNER else " You are no owner, so this is true for you as well.")
    )


def _save(info: ProviderInfo | None, work: Work) -> str:
    place = place_of(info)
    state = st.session_state
    role = state[f"{place}_role"]
    entered = ProviderFields(
        name=state[f"{place}_name"],
        issuer=state[f"{place}_issuer"],
        client_id=state[f"{place}_client_id"],
        enforced=state[f"{place}_enforced"],
        provision_role=None if role == NOBODY else Role(role),
    )
    secret: str = state[f"{place}_client_secret"]
    if info is None:
        providers.create(
            work,
            entered["name"],
            entered["issuer"],
            entered["client_id"],
            secret,
            enforced=entered["enforced"],
            provision_role=entered["provision_role"],
        )
        return f"{entered['name'].strip()} was added. Test it, then try its sign-in link."
    changed: ProviderFields = {}
    for field, value in entered.items():
        if value != getattr(info, field):
            changed[field] = value  # type: ignore[literal-required]
    if secret:
        changed["client_secret"] = secret
    providers.update(work, info.id, **changed)
    return "Saved."
