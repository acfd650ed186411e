"""The form of a queue: its name, and the times of each weekday."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time, timedelta
from functools import partial
from typing import Final
from uuid import UUID

import streamlit as st

from app.planning.planning import WRITE, Planning
from app.settings import acting
from app.views import outcomes
from identity.work import Work
from publishing.changes import DraftError
from publishing.scheduling import queues
from publishing.scheduling.names import LENGTH
from publishing.scheduling.queues import QueueView
from publishing.scheduling.slots import Slot

NEW: Final = "queue_new"
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
OFFERED: Final = tuple(f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 30))
NINE: Final = time(9)


def place_of(queue: QueueView | None) -> str:
    """The name of the form, which its fields' keys begin with."""
    return NEW if queue is None else f"queue_{queue.id}"


def forget(place: str) -> None:
    """Begin with the queue as it is now; to be called when the drawer is opened."""
    for key in [key for key in st.session_state if str(key).startswith(f"{place}_")]:
        del st.session_state[key]


def draw(of: Planning, queue: QueueView | None) -> None:
    """The drawer's body, for a new queue or one that is there."""
    place = place_of(queue)
    brand_id = queue.brand_id if queue else of.brand(place)
    st.text_input(
        "Name", queue.name if queue else "", key=f"{place}_name", max_chars=LENGTH, live="0ms",
        placeholder="Everyday, Recipes, Weekend …",
    )  # fmt: skip
    slots = queue.slots if queue else ()
    for number in range(1, 8):
        present = [f"{slot.at:%H:%M}" for slot in slots if slot.weekday == number]
        st.session_state.setdefault(_day(place, number), present)
    _several(place)
    zone = of.brands[brand_id].timezone.replace("_", " ")
    st.caption(f"Times on the clock in {zone}. Choose them, or type any other, such as 9:07.")
    columns = st.columns(2)
    for number, name in enumerate(WEEKDAYS, 1):
        key = _day(place, number)
        columns[number > 4].multiselect(
            name, sorted({*OFFERED, *st.session_state[key]}), key=key, accept_new_options=True,
            placeholder="No slot", select_all=False,
        )  # fmt: skip
    if queue is not None and queue.waiting:
        st.caption("Posts that wait in it are dealt the new slots, in their order.")
    outcomes.show(place)
    do = partial(_update, queue) if queue else partial(_create, brand_id)
    st.button(
        "Save" if queue else "Add the queue", type="primary", key=f"save_{place}", on_click=acting.submit,
        args=(place, WRITE, do),
    )  # fmt: skip


def _several(place: str) -> None:
    """Add one time to several days at once."""
    with st.container(border=True, key=f"card_{place}_several"):
        days = range(1, 8)
        st.pills(
            "On several days", days, selection_mode="multi", default=[1, 2, 3, 4, 5], key=f"{place}_days",
            format_func=lambda day: WEEKDAYS[day - 1][:3], wrap=True,
        )  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.time_input("At", NINE, key=f"{place}_at", step=timedelta(minutes=5), width=160)
            st.button("Add this time", key=f"{place}_add", on_click=_add, args=(place,))


def _add(place: str) -> None:
    at: time | None = st.session_state.get(f"{place}_at")
    for day in st.session_state.get(f"{place}_days", []) if at else []:
        present = st.session_state.get(_day(place, day), [])
        st.session_state[_day(place, day)] = sorted({*present, f"{at:%H:%M}"})


def _entered(place: str) -> list[Slot]:
    """The slots as the browser sent them.

    Raises:
        DraftError: something is no time of day.
    """
    found, wrong = [], []
    for day in range(1, 8):
        for written in st.session_state.get(_day(place, day), []):
            at = _time(written)
            if at is None:
                wrong.append(f"“{written}” on {WEEKDAYS[day - 1]} is no time of day: write it like 9:30.")
            else:
                found.append(Slot(day, at))
    if wrong:
        raise DraftError(wrong)
    return found


def _time(written: str) -> time | None:
    hour, _, minute = written.strip().replace(".", ":").partition(":")
    if not (hour.isdecimal() and (minute or "0").isdecimal()):
        return None
    try:
        return time(int(hour), int(minute or 0))
    except ValueError:
        return None


def _create(brand_id: UUID, work: Work) -> str:
    name = str(st.session_state.get(f"{NEW}_name") or "")
    queues.create(work.session, work.principal.organization_id, brand_id, name, _entered(NEW))
    return f"{name.strip()} was added."


def _update(queue: QueueView, work: Work) -> str:
    """Write what was changed here."""
    place, version = place_of(queue), queue.version
    name, slots = str(st.session_state.get(f"{place}_name") or ""), _entered(place)
    if name.strip() != queue.name:
        version = queues.rename(work.session, queue.id, name, version=version)
    if _sorted(slots) != _sorted(queue.slots):
        queues.set_slots(work.session, queue.id, slots, version=version)
    return "Saved."


def _sorted(slots: Sequence[Slot]) -> list[Slot]:
    return sorted(set(slots))


def _day(place: str, weekday: int) -> str:
    return f"{place}_day_{weekday}"
