"""Data health: whether the numbers can be trusted, what was set aside, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from zoneinfo import ZoneInfo

import streamlit as st

from app.health import cards
from app.health.facts import DAYS, Health, Waiting, health
from app.settings import acting, entering
from app.views import networks, notices
from app.views.html import markup
from app.views.times import zone_or_utc
from identity.permissions import Permission, may
from identity.principal import Principal
from identity.work import Work, working
from warehouse import releases
from warehouse.gates import settling
from warehouse.gates.quarantine import Verdict


def page() -> None:
    """Draw the page."""
    principal = entering.entered(
        Permission.ANALYTICS_READ,
        "Data health",
        "Every number is checked twice before you see it: when a network sends it, and before it is shown.",
    )
    if principal is None:
        return
    zone = zone_or_utc(st.context.timezone)
    with working(principal, needs=Permission.ANALYTICS_READ) as work:
        found = health(work)
    if not (found.raw or found.marts or found.builds):
        notices.empty(
            "Nothing was checked yet",
            "The first checks run with the first numbers: some minutes after an account is connected.",
            busy=True,
        )
        return
    notices.build_banner(releases.last_build(), zone, released=found.release is not None)
    st.html(cards.standing(found, zone))
    _waiting(principal, found.waiting, zone)
    _checks(found, zone)
    if found.builds:
        st.subheader("The newest builds", anchor=False)
        st.html(cards.builds(found.builds, zone))
    if found.decided:
        st.subheader("Decided lately", anchor=False)
        st.html(cards.decided(found.decided, zone))


def _waiting(principal: Principal, waiting: Sequence[Waiting], zone: ZoneInfo) -> None:
    st.subheader("Set aside", anchor=False)
    if not waiting:
        st.html(markup('<p class="sub">Nothing waits for you. All numbers that came in were taken in.</p>'))
        return
    st.html(
        markup(
            '<p class="sub">These numbers looked wrong and were not taken in. Their accounts keep the last '
            "good numbers until somebody decides, or until the same numbers come right. All other accounts "
            "go on as usual.</p>"
        )
    )
    for group in waiting:
        batch = group.newest
        with st.container(border=True, key=f"row_batch_{batch.id}"):
            st.html(cards.card(group, zone))
            if may(principal, Permission.ACCOUNTS_CONNECT, batch.brand_id):
                _buttons(group)
            else:
                st.caption("An administrator of this brand can accept or reject these numbers.")


def _buttons(group: Waiting) -> None:
    batch, times = group.newest, len(group.batches)
    name = f"{batch.account_name} ({networks.label(batch.network)})"
    hours = "of this hour" if times == 1 else f"of these {times} hours"
    with st.container(horizontal=True, key=f"buttons_batch_{batch.id}"):
        acting.confirm(
            "Reject",
            markup(
                "The numbers of <b>{name}</b> {hours} are left out for good. What came before stays, and "
                "AllIN goes on asking the network every hour.",
                name=name,
                hours=hours,
            ),
            f"reject_{batch.id}",
            Permission.ACCOUNTS_CONNECT,
            partial(_settle, batch.id, Verdict.REJECTED),
            icon=":material/block:",
            danger=True,
        )
        acting.confirm(
            "Accept",
            markup(
                "The numbers of <b>{name}</b> {hours} are taken in with the next build, within the hour, and "
                "later ones are compared with them.",
                name=name,
                hours=hours,
            ),
            f"accept_{batch.id}",
            Permission.ACCOUNTS_CONNECT,
            partial(_settle, batch.id, Verdict.ACCEPTED),
            icon=":material/check:",
        )


def _settle(batch_id: int, verdict: Verdict, work: Work) -> str:
    batch = settling.settle(work, batch_id, verdict)
    if verdict is Verdict.ACCEPTED:
        return f"Accepted. The numbers of {batch.account_name} come in with the next build, within the hour."
    return f"Rejected. These numbers of {batch.account_name} are left out."


def _checks(found: Health, zone: ZoneInfo) -> None:
    for heading, lines in (
        ("When a network sends numbers", found.raw),
        ("Before numbers are shown", found.marts),
    ):
        if lines:
            st.subheader(heading, anchor=False)
            st.html(cards.checks(lines, found.days, zone))
    if found.raw or found.marts:
        st.caption(f"The marks at the right are the last {DAYS} days (UTC), today last.")
