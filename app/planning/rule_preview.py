"""What a rule comes to: its words, and its first times, with what is to be told of odd ones."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import streamlit as st

from app.views.clocks import NoTime
from app.views.notices import escaped
from app.views.times import moment_with_utc, zone_or_utc
from foundation.database import tenant_session
from identity.principal import Principal
from publishing.changes import DraftError
from publishing.scheduling import recurrences
from publishing.scheduling.rule_words import in_words

NEXT: Final = 5


def show(principal: Principal, brand_id: UUID, timezone: str, entered: tuple[str, datetime] | NoTime) -> None:
    """Draw it; `timezone` is the brand's (IANA)."""
    if isinstance(entered, NoTime):
        st.error(escaped(entered.problem))
        return
    try:
        with tenant_session(principal.tenant) as session:
            coming = recurrences.preview(session, brand_id, *entered, NEXT)
    except DraftError as error:
        st.error(escaped(" ".join(error.problems)))
        return
    zone = zone_or_utc(timezone)
    lines = [f"**{escaped(in_words(*entered, timezone))}**, on the clock in {escaped(timezone)}"]
    lines += [escaped(moment_with_utc(reading.at, zone)) for reading in coming]
    st.caption("  \n".join(lines))
    if not coming:
        st.error("All of its times have passed.")
    for reading in coming:
        if reading.notice:
            st.warning(escaped(reading.notice), icon=":material/schedule:")
