"""Settings · Identity provider: people sign in where the organization keeps its accounts."""

from __future__ import annotations

from functools import partial
from typing import Final
from uuid import UUID

import streamlit as st
from markupsafe import Markup

from app.settings import acting, drawer, entering, provider_form, roles
from app.views import notices
from app.views.html import markup
from app.views.notices import escaped
from identity import oidc, providers
from identity.errors import IdentityError
from identity.permissions import Permission
from identity.principal import Principal
from identity.providers import ProviderInfo
from identity.work import Work, working

ADD: Final = "provider_add"
ON: Final = Markup('<span class="chip good">In use</span>')
OFF: Final = Markup('<span class="chip off">Off</span>')


def page() -> None:
    """Draw the page."""
    principal = entering.entered(
        Permission.PROVIDERS_MANAGE,
        "Identity provider",
        "Let people sign in with the accounts they have at work: any provider that speaks OpenID Connect.",
    )
    if principal is None:
        return
    with working(principal, needs=Permission.PROVIDERS_MANAGE) as work:
        found = providers.listed(work)
        redirect = oidc.redirect_uri(work.settings, principal.organization_id)
    if st.button("Add a provider", type="primary", icon=":material/add:", key=ADD):
        body = partial(provider_form.draw, principal, None, redirect)
        drawer.open_drawer("Add an identity provider", provider_form.NEW, body)
    if not found:
        notices.empty(
            "No identity provider yet",
            "People sign in with their AllIN password. Add Microsoft Entra, Okta, Google Workspace, Keycloak "
            "or another provider, and they can use the account they have there. It has to say of their "
            "addresses that they are verified; Entra does with the optional claims email and xms_edov.",
        )
    for info in found:
        _card(principal, info)


def _card(principal: Principal, info: ProviderInfo) -> None:
    with st.container(border=True, key=f"card_provider_{info.id}"):
        st.html(_look(info))
        left, right = st.columns(2)
        with left:
            st.caption("Sign-in link for your people")
            st.code(info.sign_in_url, language=None, wrap_lines=True)
        with right:
            st.caption("Redirect address to register at the provider")
            st.code(info.redirect_uri, language=None, wrap_lines=True)
        with st.container(horizontal=True, key=f"do_{info.id}"):
            asked = st.button("Test", key=f"test_{info.id}", icon=":material/network_check:")
            if st.button("Edit", key=f"edit_{info.id}"):
                place = provider_form.place_of(info)
                body = partial(provider_form.draw, principal, info, info.redirect_uri)
                drawer.open_drawer(f"Edit {info.name}", place, body)
            _switch(info)
            _deletion(info)
        if asked:
            _test(principal, info.id)


def _look(info: ProviderInfo) -> Markup:
    return markup(
        '<div class="brand"><div class="line"><b>{name}</b>{state}{enforced}</div>'
        '<div class="sub">{issuer} · client {client_id}</div><div class="sub">{invited}</div></div>',
        name=info.name,
        state=ON if info.enabled else OFF,
        enforced=Markup('<span class="chip wait">Required for members</span>') if info.enforced else "",
        issuer=info.issuer,
        client_id=info.client_id,
        invited=_newcomers(info),
    )


def _newcomers(info: ProviderInfo) -> str:
    if info.provision_role and not provider_form.invites_nobody():
        return f"Who is new there is invited as {roles.LABELS[info.provision_role].lower()}."
    return "Who is new there is not let in; they need an invitation."


def _test(principal: Principal, provider_id: UUID) -> None:
    """Ask the provider at once; it may take some seconds to answer."""
    with st.spinner("Asking the provider …", show_time=True):
        try:
            with working(principal, needs=Permission.PROVIDERS_MANAGE) as work:
                result = providers.check(work, provider_id)
        except IdentityError as error:
            st.error(escaped(str(error)), icon=":material/error:")
            return
    if result.ok:
        st.success(
            f"{escaped(result.message)} Client id and secret are tried by the first sign-in: open the "
            "sign-in link in a private window.",
            icon=":material/check_circle:",
        )
    else:
        st.error(f"{escaped(result.message)} Look at the issuer, then test again.", icon=":material/error:")


def _switch(info: ProviderInfo) -> None:
    if info.enabled:
        acting.confirm(
            "Turn off",
            markup(
                "Nobody can sign in by <b>{name}</b> until it is turned on again, and who came by it is out. "
                "People with an AllIN password sign in with that.",
                name=info.name,
            ),
            f"off_{info.id}",
            Permission.PROVIDERS_MANAGE,
            partial(_set_enabled, info, False),
        )
        return
    acting.confirm(
        "Turn on",
        markup(
            "People can sign in by <b>{name}</b>. {enforced}",
            name=info.name,
            enforced="Members have to: a password no longer opens this organization."
            if info.enforced
            else "",
        ),
        f"on_{info.id}",
        Permission.PROVIDERS_MANAGE,
        partial(_set_enabled, info, True),
    )


def _deletion(info: ProviderInfo) -> None:
    acting.confirm(
        "Delete",
        markup(
            "Who signed in by <b>{name}</b> is signed out at once. Members stay members; who has no AllIN "
            "password gets one by “Forgot your password?” at the sign-in.",
            name=info.name,
        ),
        f"delete_{info.id}",
        Permission.PROVIDERS_MANAGE,
        partial(_delete, info),
        danger=True,
    )


def _set_enabled(info: ProviderInfo, enabled: bool, work: Work) -> str:
    providers.update(work, info.id, enabled=enabled)
    return f"{info.name} is {'in use' if enabled else 'turned off'}."


def _delete(info: ProviderInfo, work: Work) -> str:
    providers.delete(work, info.id)
    return f"{info.name} was deleted."
