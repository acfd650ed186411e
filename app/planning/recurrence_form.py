"""The form of a post that repeats: its words, and its rule, from now on."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from app.planning import rule_preview
from app.planning.planning import WRITE
from app.planning.rule_form import RuleForm
from app.settings import acting
from app.shell import access
from app.views import outcomes
from app.views.clocks import Clock, NoTime
from app.views.times import zone_or_utc
from foundation.database import utc_now
from identity.work import Work
from publishing.changes import DraftError
from publishing.scheduling import again, materialising, recurrences
from publishing.scheduling.recurrences import RecurrenceView


def place_of(one: RecurrenceView) -> str:
    """The name of the form, which its fields' keys begin with."""
    return f"repeating_{one.id}"


def begin(one: RecurrenceView) -> None:
    """Fill the fields with what is there now; to be called when the drawer is opened."""
    _rule(one).take(one.rule, one.starts)
    st.session_state[f"{place_of(one)}_text"] = one.text


def draw(one: RecurrenceView) -> None:
    """The drawer's body."""
    place = place_of(one)
    st.caption(
        "From now on. Posts that wait are changed too; what is being sent or was sent stays. Files, accounts "
        "and settings stay as they are."
    )
    st.text_area("Text", key=f"{place}_text", height=140)
    _rule(one).draw(zone_or_utc(one.zone))
    rule_preview.show(access.require_sign_in(), one.brand_id, one.zone, _rule(one).chosen())
    outcomes.show(place)
    st.button(
        "Save", type="primary", key=f"save_{place}", on_click=acting.submit,
        args=(place, WRITE, partial(_update, one)),
    )  # fmt: skip


def _rule(one: RecurrenceView) -> RuleForm:
    return RuleForm(place_of(one), Clock(place_of(one)))


def _update(one: RecurrenceView, work: Work) -> str:
    """Write what was changed here."""
    entered = _rule(one).chosen()
    if isinstance(entered, NoTime):
        raise DraftError([entered.problem])
    rule, starts = entered
    text = str(st.session_state.get(f"{place_of(one)}_text") or "")
    draft = None
    if text != one.text:
        present = materialising.locked(work.session, one.id)
        draft = replace(again.composed(present, one.starts, utc_now()), text=text)
    recurrences.edit(
        work.session,
        one.id,
        version=one.version,
        draft=draft,
        rule=rule,
        starts=starts,
        by=work.principal.person_id,
    )
    return "Saved."
