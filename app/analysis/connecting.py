"""People's own tools: readers of the mirror in PostgreSQL, how programs connect, all marts as one file."""

from __future__ import annotations

import logging
from functools import partial
from typing import Final
from uuid import UUID

import psycopg
import streamlit as st

from app.analysis import snippets
from app.settings import acting, drawer
from app.shell import access
from app.views import notices, outcomes
from app.views.html import joined, markup
from app.views.notices import escaped
from app.views.times import day, moment, zone_or_utc
from foundation import postgres
from foundation.settings import get_settings
from identity.errors import ForbiddenError
from identity.permissions import Permission, may
from identity.principal import Principal
from identity.sessions import signed_in
from identity.work import Work, working
from warehouse.analysts import asking, copy, mirror, readers
from warehouse.analysts.copy import CopyError
from warehouse.analysts.readers import ReaderInfo
from warehouse.lake import LakeError
from warehouse.releases import Release

NEW: Final = "reader_new"
MADE: Final = "reader_made"  # (name, role, password), until it was copied
NEEDS: Final = Permission.API_KEYS_MANAGE
LARGEST_FILE: Final = 200 * 2**20  # bytes that a browser is sent at once

TOO_LARGE: Final = "The file is too large for a browser. Whoever runs AllIN can write it with `allin export`."

log = logging.getLogger(__name__)


def show(principal: Principal, release: Release) -> None:
    """Draw it."""
    _file(release)
    st.markdown("#### Readers")
    st.caption(
        "A reader is a login at PostgreSQL for psql, Metabase, Tableau and the like. It sees your "
        "organization's marts as of the current release, in schema `marts`, and nothing else."
    )
    if not may(principal, NEEDS):
        st.info("Administrators of the whole organization make readers. Ask one of them for a login.")
        return
    with working(principal, needs=NEEDS) as work:
        found = readers.listed(work)
    _show_once()
    if st.button("Make a reader", type="primary", icon=":material/add:", key="reader_open"):
        drawer.open_drawer("Make a reader", NEW, _form)
    if not found:
        notices.empty(
            "No reader yet",
            "Make one for each tool that is to read your marts. Its password is shown once.",
        )
        return
    _standing(principal, release)
    for info in found:
        _row(info)
    _connecting(found)


def _file(release: Release) -> None:
    """All marts as one DuckDB file, which is the same that queries on this page run on."""
    st.markdown("#### Everything as one file")
    name = f"allin-release-{release.id}.duckdb"
    with st.container(horizontal=True, vertical_alignment="center", key="sql_file"):
        st.download_button(
            "DuckDB file", partial(marts_file, access.browser_token(), release), name,
            "application/octet-stream", key="sql_file_download", icon=":material/download:",
            on_click="ignore",
        )  # fmt: skip
        st.markdown("All marts of the release, for DuckDB, Python and DBeaver.", width="stretch")
    with st.expander("How to open it", key="sql_open_file"):
        st.code(snippets.duckdb_file(name), language="python")


def marts_file(token: str | None, release: Release) -> bytes:
    """The file. Who asks is looked up anew when it is made: they may have lost their role since.

    Raises:
        ForbiddenError: they may not look at numbers, or are signed in no more.
        CopyError, LakeError: there is no copy, none can be made, or it is too large for a browser.
    """
    visitor = signed_in(token)
    if not isinstance(visitor, Principal) or not may(visitor, Permission.ANALYTICS_READ):
        raise ForbiddenError
    path = copy.prepared(visitor.tenant, release)
    if path.stat().st_size > LARGEST_FILE:
        raise CopyError(TOO_LARGE)
    with working(visitor) as work:
        asking.note_export(work, release)
    return path.read_bytes()


def _standing(principal: Principal, release: Release) -> None:
    """Which release the mirror stands on, and a way to bring it along now."""
    zone = zone_or_utc(st.context.timezone)
    standing = mirror.standing(principal.organization_id)
    if standing is not None and standing.release_id == release.id:
        st.caption(f"The mirror stands on release {release.id}, copied {moment(standing.mirrored_at, zone)}.")
        return
    behind = "is empty" if standing is None else f"stands on release {standing.release_id}"
    st.info(f"The mirror {behind}. The next release brings it along by itself.")
    if st.button("Bring it to the current release now", key="mirror_now"):
        with st.spinner(f"Copying release {release.id} …", show_time=True):
            problem = _refreshed(principal, release)
        if problem is None:
            st.rerun()
        st.error(problem, icon=":material/error:")


def _refreshed(principal: Principal, release: Release) -> str | None:
    try:
        done = mirror.refresh_one(principal.organization_id, release)
    except (psycopg.Error, LakeError) as error:
        log.error("the mirror can't be refreshed (%s)", type(error).__name__)
        return "The database can't be reached at this moment. Try again in a minute."
    if done.problem is None:
        return None
    log.error("the mirror can't be refreshed (%s)", done.problem)
    return (
        "It could not be copied. If somebody reads the mirror at this moment, try again when they are done."
    )


def _row(info: ReaderInfo) -> None:
    with st.container(border=True, key=f"row_{info.id}", horizontal=True, vertical_alignment="center"):
        st.html(
            markup(
                '<div class="brand"><div class="line"><b>{name}</b><code>{role}</code></div>'
                '<div class="sub">since {since}</div></div>',
                name=info.name,
                role=info.role_name,
                since=day(info.created_at, zone_or_utc(st.context.timezone)),
            ),
            width="stretch",
        )
        acting.confirm(
            "New password",
            "The password of now no longer works, and who is connected with it is cut off.",
            f"rotate_{info.id}",
            NEEDS,
            partial(_rotate, info),
        )
        acting.confirm(
            "Revoke",
            markup("<b>{name}</b> can't log in any more. It can't be brought back.", name=info.name),
            f"revoke_{info.id}",
            NEEDS,
            partial(_revoke, info.id, info.name),
            danger=True,
        )


def _connecting(found: list[ReaderInfo]) -> None:
    st.markdown("#### Connect")
    server = snippets.server(postgres.database_url(get_settings()))
    role = found[0].role_name
    if len(found) > 1:
        roles = {info.role_name: info.name for info in found}
        role = st.selectbox(
            "Reader", list(roles), format_func=lambda one: roles[one], key="reader_chosen", width=320
        )
    if server.local:
        st.info(
            "This installation keeps its data in a PostgreSQL that only programs on the same machine reach. "
            "For tools elsewhere, whoever runs AllIN gives it a server (DATABASE_URL); until then use the "
            "file above."
        )
    tabs = st.tabs(["psql", "Python", "DuckDB", "Metabase, Tableau …"])
    tabs[0].code(snippets.psql(server, role), language="shell", wrap_lines=True)
    tabs[1].code(snippets.python(server, role), language="python")
    tabs[2].code(snippets.duckdb(server, role), language="sql")
    terms = [markup("<dt>{k}</dt><dd>{v}</dd>", k=k, v=v) for k, v in snippets.fields(server, role).items()]
    tabs[3].html(markup('<dl class="terms">{terms}</dl>', terms=joined(terms)))


def _form() -> None:
    st.text_input(
        "Name",
        key=f"{NEW}_name",
        live="0ms",
        max_chars=readers.LONGEST_NAME,
        placeholder="What uses it: Metabase …",
    )
    outcomes.show(NEW)
    st.button("Make the reader", type="primary", key=f"{NEW}_done", on_click=_create)


def _create() -> None:
    """Make it; the password is shown only when it is sure to work."""
    made: list[tuple[str, str, str]] = []

    def create(work: Work) -> str:
        info, password = readers.create(work, str(st.session_state.get(f"{NEW}_name") or ""))
        made.append((info.name, info.role_name, password))
        return ""

    if acting.finish(NEW, NEEDS, create):
        st.session_state[MADE] = made[-1]


def _rotate(info: ReaderInfo, work: Work) -> str:
    st.session_state[MADE] = (info.name, info.role_name, readers.rotate(work, info.id))
    return ""


def _revoke(reader_id: UUID, name: str, work: Work) -> str:
    readers.revoke(work, reader_id)
    return f"{name} was revoked."


def _show_once() -> None:
    if MADE in st.session_state:
        st.dialog("Copy the password now", width="medium", dismissible=False)(_made)()


def _made() -> None:
    access.require_sign_in()
    if MADE not in st.session_state:
        st.rerun()
    name, role, password = st.session_state[MADE]
    st.warning("It is shown this once and kept nowhere. Who has it reads your marts.", icon=":material/key:")
    st.markdown(f"**{escaped(name)}**")
    st.caption("User")
    st.code(role, language=None)
    st.caption("Password")
    st.code(password, language=None, wrap_lines=True)
    st.button("I have copied it", type="primary", key="reader_copied", on_click=_forget)


def _forget() -> None:
    st.session_state.pop(MADE, None)
