"""Each chosen account: how much room there is, what its network objects to, and what is said there only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st
from markupsafe import Markup

from app.composing import entering, kinds, own, stored, words
from app.composing.composition import Composition
from app.views import networks, publications
from app.views.html import joined, markup
from app.views.notices import escaped
from identity.principal import Principal
from platforms.accounts import ConnectedAccount
from platforms.message import Kind, Message
from publishing.content import Content
from publishing.fitting import left_out
from publishing.states import Event, allows

LEFT_OUT: Final = {"text": "the text", "title": "the title", "link": "the link"}


def each(principal: Principal, post: Composition, accounts: Sequence[ConnectedAccount]) -> None:
    """Draw the accounts, one below the other."""
    common = entering.content(post)
    sayable = bool(common.text.strip() or common.media)
    for account in accounts:
        with st.container(border=True, key=f"card_account_{account.id}"):
            _account(principal, post, account, common, sayable=sayable)


def counters(principal: Principal, post: Composition, accounts: Sequence[ConnectedAccount]) -> Markup:
    """How much of each network's room the common words take; accounts with other words count their own."""
    found: dict[str, Markup] = {}
    for account in accounts:
        rule = entering.rule(post, account)
        if rule is not None and rule.text_limit and not post.value("own", account.id):
            found.setdefault(account.network, _counter(account, entering.message(principal, post, account)))
    return joined([found[key] for key in sorted(found)])


def _account(
    principal: Principal, post: Composition, account: ConnectedAccount, common: Content, *, sayable: bool
) -> None:
    head = st.empty()
    rule = entering.rule(post, account)
    options = entering.options(post, account)
    own.required(post, account, options)
    # Also where the network has no such post: files of its own may make it one that it has.
    with st.expander("Something else on this account", key=post.key("more", account.id)):
        link = rule is not None and rule.link and bool(common.link)
        own.more(principal, post, account, entering.capabilities_of(account), options, link=link)
    message = entering.message(principal, post, account)
    found = words.problems(account.network, message) if sayable else []
    head.html(_head(post, account, message, found, sayable=sayable))
    if found:
        st.error("  \n".join(map(escaped, found)), icon=":material/block:")
        st.button(
            "Leave this account out", icon=":material/close:", type="tertiary",
            key=post.key("leave", account.id), on_click=stored.leave_out, args=([account],),
        )  # fmt: skip
    if notes := _notes(post, account, common, message):
        st.caption("  \n".join(map(escaped, notes)))


def _head(
    post: Composition, account: ConnectedAccount, message: Message, found: list[str], *, sayable: bool
) -> Markup:
    differs = own.differs(post, account)
    state = post.stored.states.get(account.id) if post.stored else None
    if state is not None and not allows(state, Event.REVISE):
        chip = publications.chip(state)
    elif not sayable:
        chip = Markup("")
    elif found:
        chip = Markup('<span class="chip bad">Not yet</span>')
    else:
        chip = Markup('<span class="chip good">Ready</span>')
    return markup(
        '<div class="pub"><div class="line">{net}<b>{name}</b>{kind}{chip}{counter}{own}</div></div>',
        net=networks.chip(account.network),
        name=account.name,
        kind=markup('<span class="sub">{kind}</span>', kind=kinds.NAMES[message.kind]),
        chip=chip,
        counter=_counter(account, message) if post.value("own", account.id) else "",
        own=markup('<span class="sub">Own {differs}</span>', differs=", ".join(differs)) if differs else "",
    )


def _notes(post: Composition, account: ConnectedAccount, common: Content, message: Message) -> list[str]:
    """What is done for this account without being asked."""
    label = networks.label(account.network)
    notes = []
    dropped = left_out(common.with_own({"kind": message.kind.value}), entering.capabilities_of(account))
    if names := [LEFT_OUT[name] for name in LEFT_OUT if name in dropped]:
        kind = (
            ""
            if message.kind is Kind.TEXT
            else f" with this kind of post ({kinds.NAMES[message.kind].lower()})"
        )
        notes.append(
            f"{label} shows {' and '.join(f'no {name[4:]}' for name in names)}{kind}: left out here."
        )
    of = own.shows(post, account)
    before = common.media if of is None else post.files_of(of)
    changed = sum(1 for one, made in zip(before, message.media, strict=False) if one.key != made.key)
    if changed:
        what = "An image is" if changed == 1 else f"{changed} images are"
        notes.append(f"{what} converted for {label}; other networks get what you uploaded.")
    return notes


def _counter(account: ConnectedAccount, message: Message) -> Markup:
    return words.counter(account.network, message)
