"""When an account's post goes out at another time than the others, on the brand's clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import streamlit as st

from app.composing import when
from app.composing.composition import Composition
from app.views.clocks import Clock, NoTime
from app.views.times import zone_or_utc
from platforms.accounts import ConnectedAccount
from publishing.changes import DraftError

WITH: Final = (when.NOW, when.LATER)  # a queue, a rule and a campaign give all accounts their time


def draw(post: Composition, account: ConnectedAccount) -> None:
    """Draw the choice, where the post has a time of which this one can be another."""
    if not _is_offered():
        return
    st.toggle("Another time on this account", key=post.key("own_time", account.id), persist_state="session")
    if is_used(post, account.id):
        zone, own = zone_or_utc(post.zone), clock(post, account.id)
        usual = when.MOMENT.local()
        if usual is not None and own.local() is None:
            own.take_local(usual)
        own.draw(zone)


def is_used(post: Composition, account_id: UUID) -> bool:
    """Whether the account has a time of its own."""
    return _is_offered() and bool(post.value("own_time", account_id))


def times(
    post: Composition, accounts: Sequence[ConnectedAccount], *, unfinished: bool
) -> dict[UUID, datetime]:
    """The times of their own (aware UTC), by account; a draft may lack one.

    Raises:
        DraftError: what is entered for one is no time.
    """
    zone = zone_or_utc(post.zone)
    entered = {one: clock(post, one.id).chosen(zone) for one in accounts if is_used(post, one.id)}
    problems = [f"{one.name}: {at.problem}" for one, at in entered.items() if isinstance(at, NoTime)]
    if problems and not unfinished:
        raise DraftError(problems)
    return {one.id: at for one, at in entered.items() if isinstance(at, datetime)}


def load(post: Composition, account_id: UUID, at: datetime) -> None:
    """Put a moment (aware UTC) into the choice."""
    post.enter("own_time", account_id, value=True)
    clock(post, account_id).take(at, zone_or_utc(post.zone))


def clock(post: Composition, account_id: UUID) -> Clock:
    """Where the time is entered."""
    return Clock(post.key("own_time_at", account_id))


def _is_offered() -> bool:
    return st.session_state.get(when.KIND, when.LATER) in WITH
