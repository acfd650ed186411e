"""The form of a brand's workflow: its steps, who decides at each, and when they are asked again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final
from uuid import UUID

import streamlit as st

from app import approving
from app.settings import acting, roles
from app.shell import access
from app.views import outcomes
from identity.models import Brand
from identity.permissions import Permission
from identity.work import Work, working
from publishing.approvals.people import APPROVING, Approver, approvers
from publishing.approvals.steps import Needs, Step
from publishing.approvals.workflow import LONGEST_WAIT_H, MOST_STEPS

PEOPLE, ROLE, CLIENT = "People by name", "Everybody of a role", "The client, by a link"
NEEDS: Final[Mapping[Needs, str]] = {Needs.ANY: "One of them is enough", Needs.ALL: "All of them have to"}
ENDING: Final = "Posts that wait already keep the steps they were submitted with."


def place_of(brand: Brand) -> str:
    """The name of the form, which its fields' keys begin with."""
    return f"workflow_{brand.id}"


def draw(brand: Brand) -> None:
    """The drawer's body."""
    place = place_of(brand)
    with working(access.require_sign_in(), needs=Permission.BRANDS_READ) as work:
        present = approving.workflow_of(work, brand.id)
        members = approvers(work.session, work.principal.organization_id, brand.id)
    seen: list[Step] = st.session_state.setdefault(_seen_key(place), present)
    st.caption(
        "Each step is asked once the one before it has approved. Whoever wrote a post never approves it "
        f"alone where others can. {ENDING}"
    )
    order: list[int] = st.session_state.setdefault(_order_key(place), list(range(len(seen))))
    if not order:
        st.info("Without a step, posts need no approval.", icon=":material/info:")
    for at, number in enumerate(order):
        with st.container(border=True, key=f"{place}_step_{number}"):
            _step(seen[number] if number < len(seen) else None, number, at, members, place)
            _arrange(place, at, number, len(order))
    if len(order) < MOST_STEPS:
        st.button(
            "Add a step", icon=":material/add:", key=f"{place}_add", on_click=_add, args=(place, len(seen))
        )
    outcomes.show(place)
    st.button("Save", type="primary", key=f"save_{place}", on_click=_save, args=(brand.id, place, seen))


def forget(brand: Brand) -> None:
    """Begin anew with the workflow as it is now; to be called when the drawer is opened."""
    for key in (_seen_key(place_of(brand)), _order_key(place_of(brand))):
        st.session_state.pop(key, None)


def words(steps: Sequence[Step]) -> str:
    """A workflow in a line."""
    return " → ".join(step.name for step in steps) or "no approval needed"


def _arrange(place: str, at: int, number: int, count: int) -> None:
    """The buttons that move a step or take it away."""
    with st.container(horizontal=True, gap="small", key=f"{place}_{number}_move"):
        if count > 1:
            st.button(
                "Earlier", icon=":material/arrow_upward:", key=f"{place}_{number}_up", type="tertiary",
                disabled=at == 0, on_click=_move, args=(place, number, -1),
            )  # fmt: skip
            st.button(
                "Later", icon=":material/arrow_downward:", key=f"{place}_{number}_down", type="tertiary",
                disabled=at == count - 1, on_click=_move, args=(place, number, 1),
            )  # fmt: skip
        st.button(
            "Remove this step", icon=":material/close:", key=f"{place}_{number}_drop", type="tertiary",
            on_click=_drop, args=(place, number),
        )  # fmt: skip


def _add(place: str, taken: int) -> None:
    order: list[int] = st.session_state[_order_key(place)]
    order.append(max([taken - 1, st.session_state.get(_last_key(place), -1), *order]) + 1)
    st.session_state[_last_key(place)] = order[-1]


def _move(place: str, number: int, by: int) -> None:
    order: list[int] = st.session_state[_order_key(place)]
    at = order.index(number) if number in order else -by
    if 0 <= at < len(order) and 0 <= at + by < len(order):
        order[at], order[at + by] = order[at + by], order[at]


def _drop(place: str, number: int) -> None:
    order: list[int] = st.session_state[_order_key(place)]
    order[:] = [one for one in order if one != number]


def _step(step: Step | None, number: int, at: int, members: Mapping[UUID, Approver], place: str) -> None:
    key = f"{place}_{number}"
    st.text_input(
        f"Step {at + 1}", step.name if step else "", key=f"{key}_name", live="0ms",
        placeholder="What it is called: Editing, Legal, Client …",
    )  # fmt: skip
    kinds = [PEOPLE, ROLE, CLIENT]
    kind: str = st.radio(
        "Who decides", kinds, index=kinds.index(_kind(step)), key=f"{key}_kind", horizontal=True
    )
    if kind == CLIENT:
        st.text_input(
            "The client's e-mail address", (step.client_email if step else None) or "", key=f"{key}_email",
            live="0ms", help="Gets a link for each post, and needs no account.",
        )  # fmt: skip
    elif kind == ROLE:
        offered = list(APPROVING)
        index = offered.index(step.role) if step and step.role in offered else None
        st.selectbox(
            "Role", offered, index=index, format_func=roles.LABELS.__getitem__, key=f"{key}_role",
            placeholder="Choose a role",
        )  # fmt: skip
    else:
        chosen = [one for one in step.person_ids if one in members] if step else []
        st.multiselect(
            "People", list(members), default=chosen, key=f"{key}_people", placeholder="Choose one or more",
            format_func=lambda one: members[one].name or members[one].email,
        )  # fmt: skip
    if kind != CLIENT:
        needs = list(NEEDS)
        st.radio(
            "Whose approval", needs, index=needs.index(step.needs) if step else 0, key=f"{key}_needs",
            format_func=NEEDS.__getitem__, horizontal=True, label_visibility="collapsed",
        )  # fmt: skip
    st.number_input(
        "Asked again after so many hours", 0, LONGEST_WAIT_H, step.remind_after_hours if step else 24,
        key=f"{key}_hours", help="0: never again.",
    )  # fmt: skip


def _kind(step: Step | None) -> str:
    if step is None or step.person_ids:
        return PEOPLE
    return CLIENT if step.client_email is not None else ROLE


def _save(brand_id: UUID, place: str, seen: list[Step]) -> None:
    if acting.finish(place, Permission.BRANDS_UPDATE, partial(_set, brand_id, place, seen)):
        st.session_state.pop(_seen_key(place), None)


def _set(brand_id: UUID, place: str, seen: list[Step], work: Work) -> str:
    entered = [_entered(f"{place}_{number}") for number in st.session_state[_order_key(place)]]
    approving.set_workflow(work, brand_id, entered, was=seen)
    return "Saved."


def _entered(key: str) -> Step:
    """A step as the browser sent it."""
    state = st.session_state
    kind = state[f"{key}_kind"]
    return Step(
        name=state[f"{key}_name"],
        person_ids=tuple(state[f"{key}_people"]) if kind == PEOPLE else (),
        role=state[f"{key}_role"] if kind == ROLE else None,
        client_email=state[f"{key}_email"] if kind == CLIENT else None,
        needs=Needs.ANY if kind == CLIENT else state[f"{key}_needs"],
        remind_after_hours=state[f"{key}_hours"],
    )


def _seen_key(place: str) -> str:
    return f"{place}_seen"


def _order_key(place: str) -> str:
    """The key of the steps' numbers, in their order; a number is part of the keys of its step's fields."""
    return f"{place}_order"


def _last_key(place: str) -> str:
    """The key of the highest number that was given: none is given twice."""
    return f"{place}_last"
