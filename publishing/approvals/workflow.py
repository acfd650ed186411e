"""A brand's workflow of approval: no step, one, or a chain. It is set as a whole.

Posts that are in review keep the steps that they were submitted with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from identity import inputs
from identity.errors import InvalidError
from publishing.approvals.models import ApprovalStep
from publishing.approvals.people import APPROVING, Approver, approvers
from publishing.approvals.steps import Needs, Step
from publishing.changes import NotAllowedError
from publishing.models import BRANDS

MOST_STEPS: Final = 10
LONGEST_WAIT_H: Final = 30 * 24
OVERTAKEN: Final = "Someone changed the workflow meanwhile. Look at it as it is now, then change it again."


class WorkflowError(ValueError):
    """The workflow can't be as it is given; `problems` are lines for whoever sets it."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)


def workflow_of(session: Session, brand_id: UUID) -> list[Step]:
    """The brand's steps in their order; empty: its posts need no approval."""
    query = select(ApprovalStep).where(ApprovalStep.brand_id == brand_id).order_by(ApprovalStep.position)
    return [Step.of(vars(row)) for row in session.scalars(query.execution_options(populate_existing=True))]


def set_workflow(
    session: Session,
    organization_id: UUID,
    brand_id: UUID,
    steps: Sequence[Step],
    *,
    was: Sequence[Step] | None = None,
) -> list[Step]:
    """Replace the brand's workflow; returns it as it is kept. `was` is the one that the change was made from.

    Raises:
        WorkflowError: with everything that is wrong with it.
        NotAllowedError: there is no such brand, or somebody else changed the workflow meanwhile.
    """
    locked = select(BRANDS.c.id).where(BRANDS.c.id == brand_id).with_for_update()
    if session.scalar(locked) is None:
        raise NotAllowedError("There is no such brand.")
    if was is not None and list(was) != workflow_of(session, brand_id):
        raise NotAllowedError(OVERTAKEN)
    found = [_tidied(step) for step in steps]
    if problems := list(_problems(found, approvers(session, organization_id, brand_id))):
        raise WorkflowError(problems)
    session.execute(delete(ApprovalStep).where(ApprovalStep.brand_id == brand_id))
    session.add_all(_row(organization_id, brand_id, position, step) for position, step in enumerate(found))
    session.flush()
    return found


def _row(organization_id: UUID, brand_id: UUID, position: int, step: Step) -> ApprovalStep:
    return ApprovalStep(
        organization_id=organization_id,
        brand_id=brand_id,
        position=position,
        name=step.name,
        needs=step.needs.value,
        of_client=step.of_client,
        role=step.role.value if step.role else None,
        person_ids=list(step.person_ids),
        client_email=step.client_email,
        remind_after_hours=step.remind_after_hours,
    )


def _tidied(step: Step) -> Step:
    """The step with its address and its people in the form they are kept in; what is wrong stays."""
    email = (step.client_email or "").strip() or None
    if email is not None:
        email = inputs.asked_address(email) or email
    people = tuple(dict.fromkeys(step.person_ids))
    needs = step.needs if email is None else Needs.ANY
    return replace(step, name=step.name.strip(), person_ids=people, client_email=email, needs=needs)


def _problems(steps: Sequence[Step], members: dict[UUID, Approver]) -> Iterator[str]:
    if len(steps) > MOST_STEPS:
        yield f"A workflow has up to {MOST_STEPS} steps."
    names = [step.name.casefold() for step in steps]
    if len(set(names)) < len(names):
        yield "Two steps have the same name."
    for number, step in enumerate(steps, 1):
        for problem in _problems_of(step, members):
            yield f"Step {number}: {problem}"


def _problems_of(step: Step, members: dict[UUID, Approver]) -> Iterator[str]:
    try:
        inputs.name(step.name, "name")
    except InvalidError as error:
        yield str(error)
    if sum((bool(step.person_ids), step.role is not None, step.client_email is not None)) != 1:
        yield "Choose who decides: people, a role, or the client."
    if set(step.person_ids) - members.keys():
        yield "Someone chosen is no member who may approve this brand's posts."
    if step.role is not None and step.role not in APPROVING:
        yield "This role approves no posts."
    if step.client_email is not None:
        try:
            inputs.address(step.client_email)
        except InvalidError as error:
            yield str(error)
    if not 0 <= step.remind_after_hours <= LONGEST_WAIT_H:
        yield f"A reminder comes after 1 to {LONGEST_WAIT_H} hours, or with 0 never."
