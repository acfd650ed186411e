"""The editor: what is asked, which release it is asked of, examples, and queries that were kept."""

from __future__ import annotations

from functools import partial
from typing import Final
from uuid import UUID

import streamlit as st

from app.analysis.examples import EXAMPLES
from app.settings import acting, drawer
from app.views import outcomes
from app.views.times import moment, zone_or_utc
from identity.permissions import Permission
from identity.principal import Principal
from identity.work import Work, working
from warehouse import releases
from warehouse.analysts import saved
from warehouse.analysts.run import LONGEST
from warehouse.analysts.saved import Kept
from warehouse.releases import Release

STATEMENT: Final = "sql_statement"
RELEASE: Final = "sql_release"
CHOSEN: Final = "sql_chosen"
NEW: Final = "sql_keep"  # the place of the form that keeps a query
CHANGE: Final = "sql_change"
NOW: Final = 0  # no release has this number; it follows the newest one
NEEDS: Final = Permission.ANALYTICS_READ
START: Final = next(iter(EXAMPLES))


def release_choice(current: Release) -> Release:
    """The release to ask: the newest one, or an earlier one that is still kept."""
    zone = zone_or_utc(st.context.timezone)
    kept = {one.id: one for one in releases.history() if one.expired_at is None}
    kept.setdefault(current.id, current)
    chosen: int = st.selectbox(
        "Numbers as of",
        [NOW, *(number for number in kept if number != current.id)],
        format_func=lambda number: (
            f"now: release {current.id}, {moment(current.released_at, zone)}"
            if number == NOW
            else f"release {number}, {moment(kept[number].released_at, zone)}"
        ),
        key=RELEASE,
        width=420,
    )
    return kept.get(chosen, current)


def library(principal: Principal) -> None:
    """The choice among examples and kept queries; choosing one puts it into the editor."""
    with working(principal, needs=NEEDS) as work:
        kept = saved.listed(work)
        mine = {one.id for one in kept if saved.may_change(work, one)}
    st.session_state.setdefault(STATEMENT, EXAMPLES[START])
    found: dict[str | UUID, Kept] = {one.id: one for one in kept}
    chosen = st.selectbox(
        "Examples and saved queries",
        [*found, *EXAMPLES],
        index=None,
        format_func=lambda key: _named(key, found),
        placeholder="Choose one to put it into the editor",
        key=CHOSEN,
        on_change=_load,
        args=({key: one.statement for key, one in found.items()},),
    )
    st.text_area(
        "SQL", key=STATEMENT, height=260, persist_state="session", max_chars=LONGEST,
        label_visibility="collapsed",
        help="DuckDB's SQL. Several statements are divided by semicolons; the last one's rows are shown.",
    )  # fmt: skip
    if chosen in found and chosen in mine:
        _changing(found[chosen])


def keep_button(principal: Principal) -> None:
    """The button that keeps what is in the editor."""
    if st.button("Save …", key="sql_keep_open", icon=":material/bookmark_add:"):
        drawer.open_drawer("Save this query", NEW, partial(_form, principal.brand_ids is None))


def statement() -> str:
    """What is in the editor."""
    return str(st.session_state.get(STATEMENT) or "")


def _named(key: str | UUID, found: dict[str | UUID, Kept]) -> str:
    if key not in found:
        return f"Example · {key}"
    return f"{'Shared' if found[key].shared else 'Mine'} · {found[key].name}"


def _load(statements: dict[str | UUID, str]) -> None:
    chosen = st.session_state.get(CHOSEN)
    if chosen is not None:
        st.session_state[STATEMENT] = statements.get(chosen) or EXAMPLES.get(str(chosen), "")


def _changing(kept: Kept) -> None:
    """What can be done with the kept query that was chosen."""
    with st.container(horizontal=True, key="do_saved"):
        if statement().strip() != kept.statement:
            st.button(
                "Save the changes", key=f"change_{kept.id}", on_click=acting.act,
                args=(CHANGE, NEEDS, partial(_change, kept.id)),
            )  # fmt: skip
        acting.confirm(
            "Delete",
            f"The query {kept.name} is deleted" + (" for everybody here." if kept.shared else "."),
            f"delete_{kept.id}",
            NEEDS,
            partial(_delete, kept.id),
            danger=True,
        )
    outcomes.show(CHANGE)


def _form(may_share: bool) -> None:
    st.text_input("Name", key=f"{NEW}_name", live="0ms", max_chars=saved.LONGEST_NAME)
    if may_share:
        st.checkbox("Everybody here who may look at numbers finds it", True, key=f"{NEW}_shared")
    outcomes.show(NEW)
    st.button(
        "Save the query", type="primary", key=f"{NEW}_done", on_click=acting.submit, args=(NEW, NEEDS, _keep)
    )


def _keep(work: Work) -> str:
    name = str(st.session_state.get(f"{NEW}_name") or "")
    kept = saved.keep(work, name, statement(), shared=bool(st.session_state.get(f"{NEW}_shared")))
    return f"{kept.name} is saved."


def _change(query_id: UUID, work: Work) -> str:
    saved.change(work, query_id, statement())
    return "The changes are saved."


def _delete(query_id: UUID, work: Work) -> str:
    saved.delete(work, query_id)
    st.session_state.pop(CHOSEN, None)
    return "The query was deleted."
