"""What was imported, and undoing it."""

from __future__ import annotations

from functools import partial
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import duckdb
import streamlit as st
from markupsafe import Markup

from app.importing import doing, words
from app.settings import acting, entering
from app.views.html import markup
from app.views.times import day_span, moment, zone_or_utc
from identity.audit import OPERATOR
from identity.errors import ConflictError, ForbiddenError, NotFoundError
from identity.principal import Origin, Principal, Visitor
from identity.work import working
from warehouse.importing import records
from warehouse.importing.records import Import, State
from warehouse.lake import LakeError

TONES: Final = {State.LANDING: "busy", State.LANDED: "good", State.UNDONE: "off"}
FAILED: Final = "The warehouse does not answer at this moment, and nothing was changed. Try again in a while."


def draw(principal: Principal) -> None:
    """Draw the imports that the member sees, newest first."""
    with working(principal) as work:
        found = records.listed(work.session)
    if not found:
        return
    st.subheader("What was imported", anchor=False)
    zone = zone_or_utc(st.context.timezone)
    for row in found:
        with st.container(border=True, key=f"row_import_{row.id}"):
            st.html(_card(row, zone))
            if row.state != State.UNDONE:
                acting.confirm_as_oneself(
                    "Undo",
                    markup(
                        "What <b>{name}</b> brought leaves the numbers with the next build, and accounts "
                        "that were made for it alone go as well. Imported again, it comes back.",
                        name=row.file_name,
                    ),
                    f"undo_{row.id}",
                    partial(_undo, row.id),
                    icon=":material/undo:",
                )


def _card(row: Import, zone: ZoneInfo) -> Markup:
    days = day_span(row.first_day, row.last_day) if row.first_day and row.last_day else "no days"
    who = "whoever runs this installation" if row.created_by_name == OPERATOR else row.created_by_name
    parts = [words.rows(row.kind, row.row_count), words.count(row.account_count, "account"), days]
    if row.left_out:
        parts.append(f"{words.count(row.left_out, 'wrong row')} left out")
    note = (
        '<div class="problem">It was interrupted. Import the same file again to finish it, or undo it.</div>'
        if row.state == State.LANDING
        else ""
    )
    return markup(
        '<div class="brand"><div class="line"><b>{name}</b><span class="chip {tone}">{state}</span></div>'
        '<div class="sub">{facts}</div><div class="sub">By {who}, {when}; as of {exported}</div>'
        "{note}</div>",
        name=row.file_name,
        tone=TONES[State(row.state)],
        state=words.state(row).capitalize(),
        facts=", ".join(parts),
        who=who,
        when=moment(row.created_at, zone),
        exported=moment(row.exported_at, zone),
        note=Markup(note),  # noqa: S704 - a literal of ours
    )


def _undo(id_: UUID, visitor: Visitor, origin: Origin) -> str:
    member = member_of(visitor)
    try:
        row = doing.undo(member.tenant, id_, member, origin)
    except LookupError as error:
        raise NotFoundError(str(error)) from None
    except (LakeError, duckdb.Error):
        raise ConflictError(FAILED) from None
    return f"{row.file_name} is undone. Its numbers go with the next build, within the hour."


def member_of(visitor: Visitor) -> Principal:
    """The member this page was drawn for.

    Raises:
        ForbiddenError: it was drawn for another organization, or they are no member any more.
    """
    if not isinstance(visitor, Principal) or not entering.is_drawn_for(visitor):
        raise ForbiddenError(acting.SWITCHED)
    return visitor
