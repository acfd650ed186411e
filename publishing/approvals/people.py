"""Who may decide: the members that a step names, as they are now, and never its author alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from identity.models import Membership, MembershipBrand, Person
from identity.permissions import TABLE, Permission, Role
from publishing.approvals.models import ApprovalDecision, ApprovalRound
from publishing.approvals.steps import Step
from publishing.models import Post

APPROVING: Final = tuple(role for role in Role if Permission.POSTS_APPROVE in TABLE[role])
# They decide where nobody of a step is left: a post does not wait for someone who is gone.
STAND_INS: Final = (Role.OWNER, Role.ADMIN)


@dataclass(frozen=True)
class By:
    """Who decides or comments: a member or, without a person, whoever holds the client's link."""

    name: str
    person_id: UUID | None = None


@dataclass(frozen=True)
class Approver:
    """A member who may approve posts of a brand."""

    person_id: UUID
    email: str
    name: str
    role: Role


def approvers(session: Session, organization_id: UUID, brand_id: UUID) -> dict[UUID, Approver]:
    """The members who may approve posts of the brand, by their ids."""
    here = exists().where(
        MembershipBrand.organization_id == Membership.organization_id,
        MembershipBrand.person_id == Membership.person_id,
        MembershipBrand.brand_id == brand_id,
    )
    query = (
        select(Person.id, Person.email, Person.name, Membership.role)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organization_id == organization_id,
            Membership.role.in_([role.value for role in APPROVING]),
            or_(Membership.limited.is_(False), here),
        )
        .order_by(Person.email)
    )
    return {row.id: Approver(row.id, row.email, row.name, Role(row.role)) for row in session.execute(query)}


def chosen(step: Step, members: Mapping[UUID, Approver]) -> frozenset[UUID]:
    """Those of the members whom the step means; where nobody of them is left, those who stand in."""
    if step.client_email is not None:  # by the link; or signed in, with this address
        return frozenset(one.person_id for one in members.values() if one.email == step.client_email)
    if step.role is not None:
        found = frozenset(one.person_id for one in members.values() if one.role is step.role)
    else:
        found = frozenset(step.person_ids) & members.keys()
    return found or frozenset(one.person_id for one in members.values() if one.role in STAND_INS)


def without_authors(found: frozenset[UUID], authors: Sequence[UUID | None]) -> frozenset[UUID]:
    """Nobody decides on their own words where somebody else can: neither whoever wrote the post nor, before
    all, whoever submitted it. `authors`: the submitter, then the one who wrote it first.
    """
    for excluded in (set(authors), set(authors[:1])):
        if others := found - excluded:
            return frozenset(others)
    return found


def who_may_decide(session: Session, round_: ApprovalRound) -> frozenset[UUID]:
    """The people who may decide at the present step of an open round.

    At a client's step also whoever holds its link.
    """
    post = session.execute(
        select(Post.brand_id, Post.created_by).where(Post.id == round_.post_id)
    ).one_or_none()
    if post is None:
        return frozenset()
    members = approvers(session, round_.organization_id, post.brand_id)
    return deciding(round_, post.created_by, members)


def deciding(round_: ApprovalRound, author: UUID | None, members: Mapping[UUID, Approver]) -> frozenset[UUID]:
    """See `who_may_decide`; `members` are the approvers of its brand, `author` wrote the post first."""
    if round_.step >= len(round_.steps):
        return frozenset()
    found = chosen(Step.of(round_.steps[round_.step]), members)
    return without_authors(found, (round_.submitted_by, author))


def still_asked(deciders: frozenset[UUID], approved: Iterable[UUID | None]) -> frozenset[UUID]:
    """Those who have not approved yet; all where only somebody who is gone was missing."""
    return deciders - frozenset(one for one in approved if one) or deciders


def approved_by(session: Session, round_: ApprovalRound) -> frozenset[UUID]:
    """The people who approved at the present step."""
    query = select(ApprovalDecision.person_id).where(
        ApprovalDecision.round_id == round_.id,
        ApprovalDecision.step == round_.step,
        ApprovalDecision.approves,
    )
    return frozenset(one for one in session.scalars(query) if one is not None)


def name_of(session: Session, person_id: UUID | None) -> str:
    """How somebody is called; empty where nobody is known."""
    return names_of(session, [person_id]).get(person_id, "")


def names_of(session: Session, person_ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """How people are called, by their ids."""
    query = select(Person.id, Person.name, Person.email)
    rows = session.execute(query.where(Person.id.in_([one for one in person_ids if one is not None])))
    return {row.id: row.name or row.email for row in rows}
