"""What a page of numbers is asked for, and the release it reads from start to end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import streamlit as st

from app.shell import access, frame, standing
from app.views import failing, notices
from app.views.choices import brand_or_all
from app.views.times import Period, last_days, moment_with_utc, zone_or_utc
from foundation.database import Tenant, tenant_session, utc_now
from identity.brands import brands
from identity.permissions import Permission, may
from identity.principal import Principal
from warehouse import holds, releases
from warehouse.holds import Hold
from warehouse.releases import Build, Release

PERIODS: Final = {7: "7 days", 28: "28 days", 90: "90 days", 365: "365 days"}
CUSTOM: Final = 0
WAIT_S: Final = 4
NEW_RELEASE_S: Final = 20


@dataclass(frozen=True)
class Asked:
    """Whose numbers, of which days, from which release; `zone` is the clock to show."""

    principal: Principal
    release: Release
    build: Build | None
    hold: Hold | None
    brand: UUID | None
    zone: ZoneInfo
    period: Period

    @property
    def tenant(self) -> Tenant:
        """Whose rows are read."""
        return self.principal.tenant


def asked(title: str, *, compared: bool = True) -> Asked | None:
    """Draw the headline, the filters and the release; None when there is nothing more to draw.

    The filters are the same on all pages of numbers, and keep their choice from one to the next. `compared`:
    whether the page sets the period against the one before.
    """
    principal = access.require_sign_in()
    release = releases.current()
    frame.title(title)
    notices.publishing_banner()
    if not may(principal, Permission.ANALYTICS_READ):
        notices.not_for_you("Numbers are for others here. An owner or administrator can change your role.")
        return None
    if release is None:
        waiting()
        return None
    with st.container(horizontal=True, vertical_alignment="bottom", key="filters"):
        brand, zone = _brand_choice(principal)
        today = utc_now().astimezone(zone).date()
        period = _period_choice(today)
    build, hold = releases.last_build(), holds.held()
    notices.build_banner(build, zone)
    standing.banner(release, hold, zone)
    if period is None:
        st.info("Choose the first and the last day.")
        return None
    partial = ", today so far included" if period.end >= today else ""
    against = f" against {period.before}" if compared else ""
    st.caption(
        f"**{period}**{against}{partial} · numbers released "
        f"{moment_with_utc(release.released_at, zone)} · release {release.id}"
    )
    wanted = Asked(principal, release, build, hold, brand, zone, period)
    watch(wanted)
    return wanted


def nothing_yet(wanted: Asked) -> None:
    """What to do when there is no account to show numbers of."""
    if wanted.brand is not None:
        st.info("No connected account of this brand is in the released numbers yet.")
        return
    notices.empty(
        "No account is in the numbers yet",
        "Make a brand for each client under Settings, and connect its accounts. "
        "Their numbers are here after the next release."
        if may(wanted.principal, Permission.ACCOUNTS_CONNECT)
        else "Once an administrator has connected accounts, their numbers come with the next release.",
    )


@st.fragment(run_every=WAIT_S)
@failing.told()
def waiting() -> None:
    """The page before the first release; it turns into the real one by itself."""
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
@failing.told()
def watch(shown: Asked) -> None:
    """Draw the page anew on another release, a newer build that was refused, or a hold.

    It stands before what the page shows: what can't be drawn from one release may be from the next.
    """
    access.require_sign_in()
    if (releases.current(), releases.last_build(), holds.held()) != (shown.release, shown.build, shown.hold):
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
        persist_state="session",
        width=260,
    )
    return Period(picked[0], picked[1]) if len(picked) == 2 else None
