"""Overview: what the accounts did in a period, against the one before, from one released snapshot."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import polars as pl
import streamlit as st

from app import data
from app.shell import access, frame
from app.views import charts, notices, numbers
from app.views.accounts_table import METRICS, accounts_table
from app.views.choices import brand_or_all
from app.views.times import Period, last_days, moment_with_utc, zone_or_utc
from app.views.totals import explanation, total
from foundation.database import tenant_session, utc_now
from identity.brands import brands
from identity.permissions import Permission, may
from identity.principal import Principal
from warehouse import releases
from warehouse.catalogue import definition
from warehouse.releases import Build, Release

PERIODS: Final = {7: "7 days", 28: "28 days", 90: "90 days", 365: "365 days"}
CUSTOM: Final = 0
COUNT: Final = "Count"
GROWTH: Final = "Growth"
WAIT_S: Final = 4
NEW_RELEASE_S: Final = 20


def page() -> None:
    """Draw the page."""
    principal = access.require_sign_in()
    release = releases.current()
    frame.title("Overview")
    notices.publishing_banner()
    if not may(principal, Permission.ANALYTICS_READ):
        notices.not_for_you("Numbers are for others here. An owner or administrator can change your role.")
        return
    if release is None:
        waiting()
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="filters"):
        brand, zone = _brand_choice(principal)
        today = utc_now().astimezone(zone).date()
        period = _period_choice(today)
    build = releases.last_build()
    notices.build_banner(build, zone)
    if period is None:
        st.info("Choose the first and the last day.")
        return
    partial = ", today so far included" if period.end >= today else ""
    st.caption(
        f"**{period}** against {period.before}{partial} · numbers released "
        f"{moment_with_utc(release.released_at, zone)} · release {release.id}"
    )
    shown = data.overview(principal.tenant, release, period.start, period.end, brand)
    if shown.accounts.is_empty():
        _nothing_yet(principal, brand)
    else:
        _cards(shown.accounts, period)
        _charts(shown.daily, period)
        st.markdown("#### Accounts")
        st.html(accounts_table(shown.accounts, zone))
    watch(release, build)


def _nothing_yet(principal: Principal, brand: UUID | None) -> None:
    """What to do when there is no number to show."""
    if brand is None:
        notices.empty(
            "No account is in the numbers yet",
            "Make a brand for each client under Settings, and connect its accounts. "
            "Their numbers are here after the next release."
            if may(principal, Permission.ACCOUNTS_CONNECT)
            else "Once an administrator has connected accounts, their numbers come with the next release.",
        )
    else:
        st.info("No connected account of this brand is in the released numbers yet.")


@st.fragment(run_every=WAIT_S)
def waiting() -> None:
    """The page before the first release; it turns into the Overview by itself."""
    access.require_sign_in()
    if releases.current() is not None:
        st.rerun()
    notices.build_banner(releases.last_build(), zone_or_utc(st.context.timezone), released=False)
    notices.empty(
        "The first numbers are being collected",
        "AllIN is fetching the history of your accounts, checking it and releasing it. "
        "This page refreshes itself and shows the numbers as soon as they are there.",
        busy=True,
    )


@st.fragment(run_every=NEW_RELEASE_S)
def watch(release: Release, build: Build | None) -> None:
    """Draw the page anew when a newer release is out, or a newer build was refused."""
    access.require_sign_in()
    if releases.current() != release or releases.last_build() != build:
        st.rerun()


def _brand_choice(principal: Principal) -> tuple[UUID | None, ZoneInfo]:
    """The chosen brand, and the clock to show: the brand's, or the browser's for all brands."""
    with tenant_session(principal.tenant) as session:
        listed = {brand.id: brand for brand in brands(session)}
    chosen = brand_or_all({brand.id: brand.name for brand in listed.values()}, "overview_brand")
    return chosen, zone_or_utc(listed[chosen].timezone if chosen else st.context.timezone)


def _period_choice(today: date) -> Period | None:
    days: int = st.segmented_control(
        "Period",
        [*PERIODS, CUSTOM],
        default=28,
        required=True,
        format_func=lambda days: PERIODS.get(days, "Custom"),
        label_visibility="collapsed",
        key="overview_period",
        wrap=True,
        persist_state="session",
    )
    if days != CUSTOM:
        return last_days(days, today)
    default = last_days(28, today)
    picked: Any = st.date_input(
        "From and to",
        (default.start, default.end),
        max_value=today,
        key="overview_days",
        label_visibility="collapsed",
        width=260,
    )
    return Period(picked[0], picked[1]) if len(picked) == 2 else None


def _cards(accounts: pl.DataFrame, period: Period) -> None:
    with st.container(key="kpis"):
        columns = st.columns(len(METRICS))
    for column, (key, label) in zip(columns, METRICS, strict=True):
        found = total(accounts, key)
        colour, arrow = numbers.trend(found.change)
        column.metric(
            label,
            numbers.short(found.value),
            numbers.change(found.change),
            delta_color=colour,
            delta_arrow=arrow,
            delta_description=explanation(found, label.lower(), period.before),
            help=definition(key),
            border=True,
            height="stretch",
        )


def _charts(daily: pl.DataFrame, period: Period) -> None:
    left, right = st.columns(2)
    with left, st.container(border=True, key="card_followers", height="stretch"):
        heading, choice = st.columns([2, 3], vertical_alignment="center")
        heading.markdown("**Followers**")
        with choice:
            shown = _follower_view()
        if not charts.any_known(daily, "followers"):
            st.caption("No followers known in these days.")
        else:
            figure = charts.followers(daily, period, growth=shown == GROWTH)
            st.plotly_chart(figure, config=charts.CONFIG, key="chart_followers")
    with right, st.container(border=True, key="card_engagement", height="stretch"):
        st.markdown("**Engagement** by day of posting")
        if not charts.any_known(daily, "engagement"):
            st.caption("No engagement known in these days.")
        else:
            st.plotly_chart(charts.engagement(daily, period), config=charts.CONFIG, key="chart_engagement")


def _follower_view() -> str:
    with st.container(horizontal=True, horizontal_alignment="right"):
        chosen: str = st.segmented_control(
            "Show",
            [COUNT, GROWTH],
            default=COUNT,
            required=True,
            label_visibility="collapsed",
            key="overview_followers",
            persist_state="session",
        )
    return chosen
