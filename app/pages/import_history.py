"""Import history: posts and followers of a time before AllIN, from files."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import duckdb
import streamlit as st

from app.importing import choices, doing, history, looking, preview, words
from app.settings import acting, entering
from app.views import notices, outcomes
from app.views.clocks import NoTime
from app.views.notices import escaped
from identity.brands import brands
from identity.errors import ConflictError
from identity.models import Brand
from identity.permissions import Permission
from identity.principal import Origin, Principal, Visitor
from identity.work import working
from warehouse.importing.columns import COLUMNS, Kind
from warehouse.importing.examining import Examined
from warehouse.importing.taking import NotTakenError
from warehouse.lake import LakeError

NEEDS: Final = Permission.ACCOUNTS_CONNECT
PLACE: Final = "import"
LARGEST_MB: Final = 200  # through a browser
ENDINGS: Final = ("csv", "tsv", "txt")
KINDS: Final = {Kind.POSTS: "Posts", Kind.FOLLOWERS: "Followers"}
UPLOADS: Final = "import_uploads"  # how many files this tab has done with: the next upload is another one


def page() -> None:
    """Draw the page."""
    principal = entering.entered(
        NEEDS,
        "Import history",
        "Posts and followers of a time before AllIN, from exports and your own tables.",
    )
    if principal is None:
        return
    with working(principal, needs=NEEDS) as work:
        of = {brand.id: brand for brand in brands(work.session)}
    if not of:
        notices.empty("No brand yet", "History belongs to the accounts of a brand. Add a brand first.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="filters"):
        chosen = st.selectbox(
            "Brand", list(of), format_func=lambda id_: of[id_].name, key="import_brand", width=240
        )
        kind: Kind = st.segmented_control(
            "Rows are", list(KINDS), default=Kind.POSTS, format_func=KINDS.__getitem__, required=True,
            key="import_kind",
        )  # fmt: skip
    brand = of[chosen]
    upload = st.file_uploader(
        "Table (CSV or TSV)",
        ENDINGS,
        key=f"import_file_{st.session_state.get(UPLOADS, 0)}",
        max_upload_size=LARGEST_MB,
        help="Larger files go in by `allin import` on the machine that AllIN runs on.",
    )
    if upload is None:
        looking.forget()
        _example(kind)
    else:
        _file(principal, brand, kind, upload)
    history.draw(principal)


def _file(principal: Principal, brand: Brand, kind: Kind, upload: Any) -> None:
    said = choices.draw(kind, brand, looking.header(upload), upload.file_id)
    if isinstance(said, NoTime):
        st.error(escaped(said.problem), icon=":material/error:")
        return
    known = looking.header(upload)
    examined = looking.look(principal, brand, kind, upload, said)
    if not known and examined.header:
        st.rerun()  # its columns can be named now
    with st.container(border=True, key="card_import"):
        preview.draw(examined, brand)
        _buttons(examined)


def _buttons(examined: Examined) -> None:
    if examined.blocked or not examined.right:
        st.caption("Nothing can be imported from it as it is. Correct the file, or say above how it is read.")
        return
    skip = not examined.wrong or st.checkbox(
        f"Leave the {words.count(examined.wrong, 'wrong row')} out and import the others", key="import_skip"
    )
    create = not examined.made or st.checkbox(
        f"Make {words.count(len(examined.made), 'new account')} for this history alone: never collected, "
        "never published on",
        key="import_create",
    )
    outcomes.show(PLACE)
    label = f"Import {words.rows(examined.wanted.kind, examined.right)}"
    if st.button(label, type="primary", disabled=not (skip and create), key="import_go"):
        do = partial(_take, examined, bool(examined.wrong), bool(examined.made))
        if acting.attempt_as_oneself(PLACE, do):
            looking.forget()
            st.session_state[UPLOADS] = st.session_state.get(UPLOADS, 0) + 1
        st.rerun()


def _take(examined: Examined, skip_bad: bool, create: bool, visitor: Visitor, origin: Origin) -> str:
    member = history.member_of(visitor)
    bar = st.progress(0.0, "Importing …")
    try:
        taken = doing.take(
            examined,
            member,
            origin,
            skip_bad=skip_bad,
            create=create,
            progress=lambda rows, share: bar.progress(share, f"Importing: {words.count(rows, 'row')} …"),
        )
    except NotTakenError as error:
        raise ConflictError(str(error)) from None
    except (LakeError, duckdb.Error):
        raise ConflictError(history.FAILED) from None
    finally:
        bar.empty()
    if taken.again:
        return "These rows were imported before. Nothing was changed."
    rows = words.rows(examined.wanted.kind, taken.rows)
    return f"{rows} imported. They are among the numbers after the next build, within the hour."


def _example(kind: Kind) -> None:
    """What a file has to look like, before there is one."""
    columns = COLUMNS[kind]
    notices.empty(
        "Bring a file",
        "Exports of Meta Business Suite, X, LinkedIn, YouTube Studio, TikTok and Pinterest are known by "
        "their headers. Any other table needs a column for each of: "
        f"{', '.join(one.name for one in columns if one.needed)}. Of an Excel workbook save the sheet as CSV "
        "(UTF-8). Nothing is imported before you have seen what comes of it.",
    )
    st.download_button(
        "An empty table to fill in (CSV)",
        (",".join(one.name for one in columns) + "\r\n").encode("utf-8-sig"),
        f"{kind}.csv",
        "text/csv",
        icon=":material/download:",
        key=f"import_example_{kind}",
    )
