"""Settings · Webhooks: which programs are told what happens, and the log of what they were sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Final
from uuid import UUID

import streamlit as st
from markupsafe import Markup

from app.settings import acting, drawer, entering, paged, webhook_form
from app.views import notices, outcomes
from app.views.html import joined, markup
from app.views.times import moment, zone_or_utc
from foundation.settings import get_settings
from identity.permissions import Permission
from identity.principal import Principal
from identity.work import Work, working
from publishing.telling import deliveries, webhooks
from publishing.telling.deliveries import Delivery
from publishing.telling.models import DeliveryState
from publishing.telling.webhooks import WebhookInfo
from publishing.telling.words import NAMES

LOG: Final = "webhooks_log"
REPLAY: Final = "webhooks_replay"
MANAGE: Final = Permission.WEBHOOKS_MANAGE
EVERY: Final = "All webhooks"
CHIPS: Final[dict[DeliveryState, tuple[str, str]]] = {
    DeliveryState.WAITING: ("Waiting", "wait"),
    DeliveryState.SENDING: ("Sending", "busy"),
    DeliveryState.DELIVERED: ("Delivered", "good"),
    DeliveryState.FAILED: ("Failed", "bad"),
}


def page() -> None:
    """Draw the page."""
    principal = entering.entered(
        MANAGE, "Webhooks", "For your own programs: each is told what happens here by a signed message."
    )
    if principal is None:
        return
    with working(principal, needs=MANAGE) as work:
        found = webhooks.listed(work)
    if st.button("Add a webhook", type="primary", icon=":material/add:", key=webhook_form.PLACE):
        drawer.open_drawer("Add a webhook", webhook_form.PLACE, webhook_form.draw)
    webhook_form.show_once()
    if not found:
        notices.empty(
            "No webhook yet",
            "Add the address of a program of yours, and it is told when a post is published, fails, or waits "
            "for someone.",
        )
        return
    for info in found:
        _row(info)
    st.markdown("#### What was sent")
    _log(principal, {info.id: info.url for info in found})


def _row(info: WebhookInfo) -> None:
    with st.container(border=True, key=f"card_webhook_{info.id}"):
        st.html(_card(info))
        with st.container(horizontal=True, key=f"do_{info.id}"):
            place = f"kinds_{info.id}"
            if st.button("Change", key=f"change_{info.id}"):
                drawer.open_drawer("What it is told", place, partial(_form, info, place))
            _switch(info)
            acting.confirm(
                "Delete",
                "It is told nothing any more, and its log is deleted with it.",
                f"delete_{info.id}",
                MANAGE,
                partial(_delete, info.id),
                danger=True,
            )


def _card(info: WebhookInfo) -> Markup:
    word, tone = ("On", "good") if info.enabled else ("Off", "off")
    tags = [markup('<span class="tag">{name}</span>', name=NAMES[kind]) for kind in info.kinds]
    return markup(
        '<div class="brand"><div class="line"><b>{url}</b><span class="chip {tone}">{word}</span></div>'
        '<div class="sub">since {when}</div><div class="tags">{tags}</div></div>',
        url=info.url,
        tone=tone,
        word=word,
        when=moment(info.created_at, zone_or_utc(st.context.timezone)),
        tags=joined(tags),
    )


def _form(info: WebhookInfo, place: str) -> None:
    webhook_form.kinds(place, frozenset(info.kinds))
    outcomes.show(place)
    st.button(
        "Save", type="primary", key=f"{place}_save",
        on_click=acting.submit, args=(place, MANAGE, partial(_change, info.id, place)),
    )  # fmt: skip


def _switch(info: WebhookInfo) -> None:
    question = (
        "It is told nothing until it is turned on again. What waits for it now is given up."
        if info.enabled
        else "It is told of all that happens from now on."
    )
    acting.confirm(
        "Turn off" if info.enabled else "Turn on",
        question,
        f"switch_{info.id}",
        MANAGE,
        partial(_set_enabled, info.id, not info.enabled),
    )


def _log(principal: Principal, urls: Mapping[UUID, str]) -> None:
    chosen: UUID | None = None
    if len(urls) > 1:
        chosen = st.selectbox(
            "Of", [None, *urls], format_func=lambda one: urls.get(one, EVERY), key="webhooks_of"
        )
    outcomes.show(REPLAY)
    key = f"{LOG}_{chosen}"
    with working(principal, needs=MANAGE) as work:
        found, more = paged.so_far(
            lambda cursor: deliveries.listed(work, chosen, cursor=cursor, limit=20), key
        )
    if not found:
        st.caption(f"Nothing yet. What is sent stays here for {get_settings().keep_deliveries_days} days.")
    for delivery in found:
        _delivery(delivery, urls.get(delivery.webhook_id, ""))
    if more:
        paged.more_button(key)


def _delivery(delivery: Delivery, url: str) -> None:
    with st.container(border=True, key=f"card_delivery_{delivery.id}"):
        with st.container(horizontal=True, key=f"line_{delivery.id}", vertical_alignment="center"):
            st.html(_line(delivery, url), width="stretch")
            st.button(
                "Send again", key=f"replay_{delivery.id}", icon=":material/replay:",
                on_click=acting.act, args=(REPLAY, MANAGE, partial(_replay, delivery.id)),
            )  # fmt: skip
        with st.expander("Message", key=f"message_{delivery.id}"):
            st.code(_pretty(delivery.body), language="json", wrap_lines=True)


def _line(delivery: Delivery, url: str) -> Markup:
    zone = zone_or_utc(st.context.timezone)
    word, tone = CHIPS[delivery.state]
    said = " ".join(part for part in (str(delivery.status or ""), delivery.answer) if part)
    tries = "1 try" if delivery.attempts == 1 else f"{delivery.attempts} tries"
    following = f" · next {moment(delivery.next_at, zone)}" if delivery.next_at and delivery.attempts else ""
    return markup(
        '<div class="brand"><div class="line"><span class="chip {tone}">{word}</span><b>{name}</b></div>'
        '<div class="sub">{when} · {tries}{following}</div><div class="sub">{url}</div>{said}</div>',
        tone=tone,
        word=word,
        name=NAMES[delivery.kind],
        when=moment(delivery.created_at, zone),
        tries=tries,
        following=following,
        url=url,
        said=markup('<div class="sub">Answer: {said}</div>', said=said) if said else "",
    )


def _pretty(body: str) -> str:
    return json.dumps(json.loads(body), indent=2, ensure_ascii=False)


def _change(webhook_id: UUID, place: str, work: Work) -> str:
    webhooks.change(work, webhook_id, kinds=webhook_form.chosen(place))
    return "Saved."


def _set_enabled(webhook_id: UUID, enabled: bool, work: Work) -> str:
    webhooks.change(work, webhook_id, enabled=enabled)
    return "The webhook is on." if enabled else "The webhook is off."


def _delete(webhook_id: UUID, work: Work) -> str:
    webhooks.delete(work, webhook_id)
    return "The webhook was deleted."


def _replay(delivery_id: UUID, work: Work) -> str:
    deliveries.replay(work, delivery_id)
    return "It is sent again now."
