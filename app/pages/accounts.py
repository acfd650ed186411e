"""Accounts: what is connected to which brand, whether it works, and what to do where it does not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import streamlit as st
from markupsafe import Markup

from app.settings import acting, entering, paged
from app.views import networks, notices, outcomes
from app.views.html import joined, markup
from app.views.times import moment, zone_or_utc
from foundation.database import utc_now
from foundation.settings import get_settings
from identity import accounts
from identity.accounts import AccountInfo
from identity.errors import ForbiddenError, NotFoundError
from identity.permissions import Permission, may
from identity.principal import Origin, Principal, Visitor
from identity.work import Work, working
from platforms import limits
from platforms.account_rows import CONNECTED, IMPORTED
from platforms.capabilities import Feature
from platforms.limits import Used

LIST: Final = "accounts_list"
CONNECT: Final = "/connect"
WANTED: Final = "account"  # the query's name of the account that is to come first
LEAVING: Final = (
    "AllIN gives its access to <b>{name}</b> back. Scheduled posts on it will not go out; its posts and "
    "numbers stay here. You can connect it again at any time."
)
UNLISTING: Final = (
    "<b>{name}</b> is no longer listed here; its imported posts and numbers stay. To remove those, undo the "
    "import on the page Import history."
)
USES: Final = {
    Feature.PUBLISH: "publish",
    Feature.COLLECT: "read its numbers",
    Feature.DEMOGRAPHICS: "see who follows",
    Feature.COMMENT: "put comments below its posts",
}


def page() -> None:
    """Draw the page."""
    principal = entering.entered(
        Permission.ACCOUNTS_READ,
        "Accounts",
        "Where AllIN publishes for your brands, and where numbers come from.",
    )
    if principal is None:
        return
    if st.query_params.pop("connected", None):
        st.toast("Connected. Its history is being fetched.", icon=":material/check_circle:")
    with working(principal, needs=Permission.ACCOUNTS_READ) as work:
        found, more = paged.so_far(lambda cursor: accounts.listed(work, cursor=cursor), LIST)
        found = _wanted_first(work, found)
    may_connect = may(principal, Permission.ACCOUNTS_CONNECT)
    if may_connect:
        st.html(_way("Connect an account", CONNECT, "go main"))
    if not found:
        notices.empty(
            "No account yet",
            "Connect the first one: AllIN fetches its history, and can publish on it."
            if may_connect
            else "Nothing is connected yet. An administrator can connect accounts.",
        )
        return
    _attention(found)
    quotas = _quotas(found)
    for brand in dict.fromkeys(account.brand_name for account in found):
        st.subheader(brand, anchor=False)
        for account in (one for one in found if one.brand_name == brand):
            _row(principal, account, quotas.get(str(account.id), []))
    if more:
        paged.more_button(LIST)


def _wanted_first(work: Work, found: list[AccountInfo]) -> list[AccountInfo]:
    """The account that the address names comes first, also where the list is too long to show it yet."""
    try:
        wanted = accounts.get(work, UUID(st.query_params.get(WANTED, "")))
    except (ValueError, NotFoundError):
        return found
    return [wanted, *(one for one in found if one.id != wanted.id)]


def _attention(found: Iterable[AccountInfo]) -> None:
    """The accounts that somebody has to do something about, said first."""
    names = [_named(one) for one in found if one.needs_attention]
    if names:
        st.warning(f"Needs you: {notices.escaped(', '.join(names))}.", icon=":material/link_off:")


def _row(principal: Principal, account: AccountInfo, quotas: list[Used]) -> None:
    with st.container(border=True, key=f"row_{account.id}"):
        st.html(_card(account))
        with st.expander("Permissions, limits and times", key=f"more_{account.id}"):
            st.html(_details(account, quotas))
        if may(principal, Permission.ACCOUNTS_CONNECT, account.brand_id):
            _buttons(account)
        outcomes.show(f"account_{account.id}")


def _buttons(account: AccountInfo) -> None:
    place = f"account_{account.id}"
    with st.container(horizontal=True, key=f"buttons_{account.id}"):
        if account.needs_attention or account.status == IMPORTED:
            address = f"{CONNECT}?brand={account.brand_id}&network={account.network}"
            words = "Connect it" if account.status == IMPORTED else "Connect again"
            st.html(_way(words, address, "go"), width="content")
        if account.status != IMPORTED:
            st.button(
                "Check now",
                key=f"check_{account.id}",
                icon=":material/health_and_safety:",
                on_click=acting.act_as_oneself,
                args=(place, partial(_check, account)),
            )
        acting.confirm_as_oneself(
            "Disconnect" if account.status != IMPORTED else "Take off the list",
            markup(LEAVING if account.status != IMPORTED else UNLISTING, name=account.name),
            f"disconnect_{account.id}",
            partial(_disconnect, account),
            icon=":material/link_off:",
        )


def _check(account: AccountInfo, visitor: Visitor, _origin: Origin) -> str:
    problem = accounts.check(_member(visitor), account.id)
    return f"{_named(account)} was checked and needs you." if problem else f"{_named(account)} works."


def _disconnect(account: AccountInfo, visitor: Visitor, origin: Origin) -> str:
    accounts.disconnect(_member(visitor), account.id, origin)
    return f"{_named(account)} was {'disconnected' if account.status != IMPORTED else 'taken off the list'}."


def _named(account: AccountInfo) -> str:
    """The account by name and network: a brand's accounts often share one name."""
    return f"{account.name} ({networks.label(account.network)})"


def _member(visitor: Visitor) -> Principal:
    if not isinstance(visitor, Principal) or not entering.is_drawn_for(visitor):
        raise ForbiddenError(acting.SWITCHED)
    return visitor


def _card(account: AccountInfo) -> Markup:
    zone = zone_or_utc(st.context.timezone)
    word, tone = _state(account)
    synced = (
        "History from files; AllIN is not connected to it"
        if account.status == IMPORTED
        else f"Numbers fetched {moment(account.last_synced_at, zone)}"
        if account.last_synced_at
        else "First numbers are being fetched"
        if account.status == CONNECTED
        else "No numbers yet"
    )
    return markup(
        '<div class="brand"><div class="line">{chip}<b>{name}</b><span class="sub">{handle}</span>'
        '<span class="chip {tone}">{word}</span></div><div class="sub">{synced}</div>{problems}</div>',
        chip=networks.chip(account.network),
        name=account.name,
        handle=account.handle,
        tone=tone,
        word=word,
        synced=synced,
        problems=joined(
            [markup('<div class="problem">{words}</div>', words=words) for words in _problems(account)]
        ),
    )


def _state(account: AccountInfo) -> tuple[str, str]:
    """The word and the tone of the chip."""
    if account.status == IMPORTED:
        return "Imported", "off"
    if account.status != CONNECTED:
        return "Connect again", "bad"
    return ("Look at this", "busy") if account.needs_attention else ("Works", "good")


def _problems(account: AccountInfo) -> list[str]:
    found = [account.problem] if account.problem else []
    for feature, scopes in account.missing.items():
        found.append(
            f"It can't be used to {USES[feature]}: {', '.join(sorted(scopes))} was not allowed. Connect it "
            "again, and allow everything that is asked for."
        )
    return found


def _quotas(found: Iterable[AccountInfo]) -> dict[str, list[Used]]:
    """What is used of their limits, by account; an app's limits count for each of its accounts."""
    by_network: dict[str, list[str]] = {}
    for account in found:
        by_network.setdefault(account.network, []).append(str(account.id))
    quotas: dict[str, list[Used]] = {}
    for network, ids in by_network.items():
        for one in limits.used(get_settings(), network, ids):
            for subject in ids if one.subject == limits.APP else [one.subject]:
                quotas.setdefault(subject, []).append(one)
    return quotas


def _details(account: AccountInfo, quotas: list[Used]) -> Markup:
    zone = zone_or_utc(st.context.timezone)
    rows = [
        (
            "Permissions",
            ", ".join(account.scopes) if account.scopes is not None else "the network does not say",
        ),
        ("Connected", moment(account.connected_at, zone)),
        ("Checked", _maybe(account.checked_at, zone, "not yet; once a day")),
        ("Permission ends", _maybe(account.access_ends_at, zone, "no end known")),
        ("Next numbers", _maybe(account.next_sync_at, zone, "once it is connected again")),
    ]
    rows += [(_limit(one), _used(one, zone)) for one in quotas]
    return markup(
        '<dl class="terms">{rows}</dl>',
        rows=joined(
            [markup("<dt>{name}</dt><dd>{value}</dd>", name=name, value=value) for name, value in rows]
        ),
    )


def _limit(one: Used) -> str:
    return f"{one.name}, all accounts together" if one.subject == limits.APP else one.name


def _used(one: Used, zone: ZoneInfo) -> str:
    words = f"{one.used:,} of {one.allowed:,} used; counted anew from {moment(one.ends_at, zone)}"
    if one.blocked_until and one.blocked_until > utc_now():
        words += f"; the network asked to wait until {moment(one.blocked_until, zone)}"
    return words


def _way(words: str, address: str, look: str) -> Markup:
    """A link in this tab that looks like a button; Streamlit's own opens another tab."""
    return markup(
        '<a class="{look}" href="{to}" target="_self">{words}</a>', look=look, to=address, words=words
    )


def _maybe(at: datetime | None, zone: ZoneInfo, otherwise: str) -> str:
    return moment(at, zone) if at else otherwise
