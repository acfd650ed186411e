"""Banners and empty states."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import streamlit as st

from app.health import words
from app.views import failing
from app.views.html import markup
from app.views.times import moment_with_utc
from app.web.health import publishing_runs
from app.web.paths import HOME
from warehouse.releases import Build, BuildStatus

REASONS_SHOWN = 5
LOOK_S = 15  # a minute of silence is what it tells of


def build_text(build: Build, zone: ZoneInfo, *, released: bool = True) -> str | None:
    """What to say about the newest finished build, as Markdown; None when it was released.

    `released` tells whether an older release stands in for it.
    """
    if build.status not in (BuildStatus.REFUSED, BuildStatus.FAILED):
        return None
    when = moment_with_utc(build.finished_at or build.started_at, zone)
    said = (
        f"**The newest numbers did not pass their checks**, {when}. "
        if build.status is BuildStatus.REFUSED
        else f"**The newest numbers could not be computed**, {when}. "
    )
    reasons = words.reasons(build)
    lines = [f"- {escaped(reason)}" for reason in reasons[:REASONS_SHOWN]]
    if len(reasons) > REASONS_SHOWN:
        lines.append(f"- and {len(reasons) - REASONS_SHOWN} more")
    instead = "What you see is the last good release." if released else "AllIN tries again by itself."
    return "\n".join([f"{said}{instead}", *lines])


def build_banner(build: Build | None, zone: ZoneInfo, *, released: bool = True) -> None:
    """Say that the newest build failed or was refused, and why."""
    text = build_text(build, zone, released=released) if build else None
    if text is not None:
        st.warning(text, icon=":material/report:")


@st.fragment(run_every=LOOK_S)
@failing.told()
def publishing_banner() -> None:
    """Say that scheduled posts will not go out, when nothing looks for them; it looks again by itself."""
    if not publishing_runs():
        st.error(
            "**Scheduled publishing is not running**, so posts will not go out at their time. "
            "Whoever runs AllIN can see why with `allin doctor`. Posts wait meanwhile; none is sent twice.",
            icon=":material/cloud_off:",
        )


def empty(heading: str, text: str, *, busy: bool = False, go: tuple[str, str] | None = None) -> None:
    """A friendly nothing; `busy` says with a pulse that something is under way, `go` where to go on: (words,
    local address).
    """
    way = markup('<p><a href="{to}" target="_self">{words}</a></p>', words=go[0], to=go[1]) if go else ""
    st.html(
        markup(
            '<div class="empty"><div class="{mark}"></div><h3>{heading}</h3><p>{text}</p>{way}</div>',
            mark="pulse" if busy else "rest",
            heading=heading,
            text=text,
            way=way,
        )
    )


def not_for_you(text: str) -> None:
    """The page is not for the role of who looks at it; `text` says who can help."""
    empty("Your role does not open this page", text, go=("Go to your first page", HOME))


def escaped(text: str) -> str:
    """Text as it is, where Markdown is expected."""
    return "".join(
        f"\\{character}" if character in r"\`*_{}[]()#+-.!|<>~$:&" else character for character in text
    )
