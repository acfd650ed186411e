"""What runs: preparing the copy, the query under way with its button to stop it, and what came of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from app.settings.acting import UNREACHABLE
from app.shell import access
from foundation.database import Tenant
from foundation.postgres import PostgresError
from identity.permissions import Permission
from identity.principal import Principal
from identity.work import working
from warehouse.analysts import asking, copy
from warehouse.analysts.copy import CopyError
from warehouse.analysts.run import Answer, QueryError, Running
from warehouse.lake import LakeError
from warehouse.releases import Release

UNDER_WAY: Final = "sql_under_way"
CAME: Final = "sql_came"
LOOK_S: Final = 0.5
NO_LAKE: Final = "The numbers can't be reached at this moment. Try again in a minute."

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asked:
    """A query under way: whose it is, and of which release."""

    tenant: Tenant
    release: Release
    running: Running


@dataclass(frozen=True)
class Outcome:
    """What came of a query: an answer, or what to say instead."""

    tenant: Tenant
    release: Release
    answer: Answer | None
    problem: str | None


def start(principal: Principal, statement: str, release: Release) -> None:
    """Run it, once there is a copy of the release; the page shows how far that is."""
    forget()
    try:
        _prepare(principal, release)
        with working(principal, access.browser_origin(), needs=Permission.ANALYTICS_READ) as work:
            running = asking.ask(work, statement, release)
    except (QueryError, CopyError) as error:
        _came(Outcome(principal.tenant, release, None, str(error)))
    except LakeError:
        log.error("the lake can't be read for a query")
        _came(Outcome(principal.tenant, release, None, NO_LAKE))
    except (SQLAlchemyError, PostgresError) as error:
        log.error("a query can't be started (%s)", type(error).__name__)
        _came(Outcome(principal.tenant, release, None, UNREACHABLE))
    else:
        st.session_state[UNDER_WAY] = Asked(principal.tenant, release, running)


def forget() -> None:
    """Stop what runs, and forget what came of the query before."""
    asked: Asked | None = st.session_state.pop(UNDER_WAY, None)
    if asked is not None:
        asked.running.stop()
    st.session_state.pop(CAME, None)


def under_way(tenant: Tenant) -> bool:
    """Whether a query of this tenant runs in this tab."""
    asked: Asked | None = st.session_state.get(UNDER_WAY)
    return asked is not None and asked.tenant == tenant


def outcome(tenant: Tenant) -> Outcome | None:
    """What came of this tenant's last query in this tab."""
    came: Outcome | None = st.session_state.get(CAME)
    return came if came is not None and came.tenant == tenant else None


@st.fragment(run_every=LOOK_S)
def progress() -> None:
    """How long it has been running, with a button to stop it; when it is done the page is drawn anew."""
    access.require_sign_in()
    asked: Asked | None = st.session_state.get(UNDER_WAY)
    if asked is None:
        st.rerun()
    if asked.running.done:
        st.session_state.pop(UNDER_WAY, None)
        _came(_outcome(asked))
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", key="sql_progress"):
        st.html('<div class="pulse" style="width:18px;height:18px;margin:6px"></div>', width="content")
        st.markdown(f"Running for {asked.running.seconds:.0f} s …", width="content")
        st.button("Stop", key="sql_stop", icon=":material/stop_circle:", on_click=asked.running.stop)


def _outcome(asked: Asked) -> Outcome:
    try:
        return Outcome(asked.tenant, asked.release, asked.running.answer(), None)
    except QueryError as error:
        return Outcome(asked.tenant, asked.release, None, str(error))


def _came(outcome: Outcome) -> None:
    st.session_state[CAME] = outcome


def _prepare(principal: Principal, release: Release) -> None:
    """Make the copy, if it is the first query of this release; it tells which table it is at."""
    shown = st.empty()

    def told(mart: str, done: int, of: int) -> None:
        words = f"Preparing your copy of release {release.id}: {mart} ({done + 1} of {of}) …"
        shown.progress(done / max(of, 1), words)

    try:
        copy.prepared(principal.tenant, release, told=told)
    finally:
        shown.empty()
