"""What waits for approval and for whom, and how the rounds of a post went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, ScalarSelect, Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from publishing.approvals.models import ApprovalDecision, ApprovalRound, Standing
from publishing.approvals.people import approvers, deciding, names_of, still_asked
from publishing.approvals.steps import Step
from publishing.models import BRANDS, Post, Publication
from publishing.states import State

MOST: Final = 200


@dataclass(frozen=True)
class Decision:
    """What somebody decided at a step (the first is 0). `at` is aware UTC; without a person: by link."""

    step: int
    by_name: str
    person_id: UUID | None
    approves: bool
    words: str
    at: datetime


@dataclass(frozen=True)
class Round:
    """A submission of one version of a post, and what came of it. Times are aware UTC."""

    id: UUID
    post_id: UUID
    version: int
    steps: tuple[Step, ...]
    step: int
    standing: Standing
    submitted_by: UUID | None
    submitted_at: datetime
    ended_at: datetime | None
    decisions: tuple[Decision, ...]

    @property
    def present(self) -> Step:
        """The step that is asked, or was asked last."""
        return self.steps[min(self.step, len(self.steps) - 1)]

    @property
    def approved_now(self) -> list[UUID | None]:
        """Who approved at the present step."""
        return [one.person_id for one in self.decisions if one.approves and one.step == self.step]


@dataclass(frozen=True)
class Waiting:
    """An open round with the names around it.

    `may_decide` are the members who may decide now, `asked` those of them who have not yet. `due_at` (aware
    UTC) is the first time at which the post is to go out.
    """

    round: Round
    brand_id: UUID
    brand_name: str
    timezone: str
    submitter: str
    due_at: datetime | None
    may_decide: frozenset[UUID]
    asked: frozenset[UUID]


@dataclass(frozen=True)
class SentBack:
    """A post that waits for its author: the round it came back from, and the version it has by now."""

    round: Round
    brand_id: UUID
    brand_name: str
    version: int
    text: str

    @property
    def asked(self) -> Decision | None:
        """What was asked for."""
        return next((one for one in reversed(self.round.decisions) if not one.approves), None)


def rounds_of(session: Session, post_id: UUID) -> list[Round]:
    """The rounds of a post, newest first."""
    query = select(ApprovalRound).where(ApprovalRound.post_id == post_id)
    rows = session.scalars(query.order_by(ApprovalRound.submitted_at.desc(), ApprovalRound.version.desc()))
    return _rounds(session, list(rows))


def post_of(round_id: UUID) -> ScalarSelect[UUID]:
    """The post of a round, for a query."""
    return select(ApprovalRound.post_id).where(ApprovalRound.id == round_id).scalar_subquery()


def waiting(
    session: Session,
    *,
    brand_id: UUID | None = None,
    post_id: UUID | None = None,
    asked: UUID | None = None,
) -> list[Waiting]:
    """All that waits for approval (of a brand, or one post; by somebody who is asked), what is due first
    before the rest; at most `MOST`.
    """
    query = _open_rounds(brand_id, post_id)
    found: list[Waiting] = []
    for offset in count(0, MOST):
        rows = session.execute(query.offset(offset), execution_options={"populate_existing": True}).all()
        page = _waiting(session, rows)
        found += [one for one in page if asked is None or asked in one.asked]
        if asked is None or len(found) >= MOST or len(rows) < MOST:
            break
    return found[:MOST]


def _open_rounds(brand_id: UUID | None, post_id: UUID | None) -> Select[Any]:
    first_due = (
        select(func.min(Publication.due_at))
        .where(Publication.post_id == Post.id, Publication.state == State.IN_REVIEW.value)
        .scalar_subquery()
    )
    in_review = exists().where(Publication.post_id == Post.id, Publication.state == State.IN_REVIEW.value)
    query = (
        select(
            ApprovalRound,
            Post.brand_id,
            Post.created_by,
            BRANDS.c.name,
            BRANDS.c.timezone,
            first_due.label("due_at"),
        )
        .join(Post, Post.id == ApprovalRound.post_id)
        .join(BRANDS, BRANDS.c.id == Post.brand_id)
        .where(
            ApprovalRound.state == Standing.OPEN.value,
            ApprovalRound.version == Post.version,
            Post.deleted_at.is_(None),
            in_review,
        )
        .order_by(first_due.asc().nulls_last(), ApprovalRound.submitted_at, ApprovalRound.id)
        .limit(MOST)
    )
    if brand_id is not None:
        query = query.where(Post.brand_id == brand_id)
    return query if post_id is None else query.where(Post.id == post_id)


def sent_back(session: Session) -> list[SentBack]:
    """Posts that somebody asked changes for, and that were not submitted since; the last first."""
    later = aliased(ApprovalRound)
    is_draft = exists().where(Publication.post_id == Post.id, Publication.state == State.DRAFT.value)
    query = (
        select(ApprovalRound, Post.brand_id, Post.version, Post.text, Post.title, BRANDS.c.name)
        .join(Post, Post.id == ApprovalRound.post_id)
        .join(BRANDS, BRANDS.c.id == Post.brand_id)
        .where(
            ApprovalRound.state == Standing.CHANGES_REQUESTED.value,
            Post.deleted_at.is_(None),
            is_draft,
            ~exists().where(
                later.post_id == ApprovalRound.post_id, later.submitted_at > ApprovalRound.submitted_at
            ),
        )
        .order_by(ApprovalRound.ended_at.desc(), ApprovalRound.id)
        .limit(MOST)
    )
    rows = session.execute(query).all()
    told = _rounds(session, [row[0] for row in rows])
    return [
        SentBack(one, row.brand_id, row.name, row.version, row.text or row.title)
        for one, row in zip(told, rows, strict=True)
    ]


def _waiting(session: Session, rows: Sequence[Row[Any]]) -> list[Waiting]:
    """The rounds with the names around them, in as few questions however many they are."""
    told = {one.id: one for one in _rounds(session, [row[0] for row in rows])}
    brands = {row.brand_id: row[0].organization_id for row in rows}
    members = {brand_id: approvers(session, of, brand_id) for brand_id, of in brands.items()}
    names = names_of(session, {row[0].submitted_by for row in rows})
    found = []
    for row in rows:
        round_ = told[row[0].id]
        deciders = deciding(row[0], row.created_by, members[row.brand_id])
        found.append(
            Waiting(
                round=round_,
                brand_id=row.brand_id,
                brand_name=row.name,
                timezone=row.timezone,
                submitter=names.get(round_.submitted_by, ""),
                due_at=row.due_at,
                may_decide=deciders,
                asked=still_asked(deciders, round_.approved_now),
            )
        )
    return found


def _rounds(session: Session, rows: Iterable[ApprovalRound]) -> list[Round]:
    listed = list(rows)
    query = select(ApprovalDecision).where(ApprovalDecision.round_id.in_([row.id for row in listed]))
    decisions: dict[UUID, list[Decision]] = defaultdict(list)
    for one in session.scalars(query.order_by(ApprovalDecision.id)):
        decisions[one.round_id].append(
            Decision(one.step, one.by_name, one.person_id, one.approves, one.words, one.decided_at)
        )
    return [
        Round(
            id=row.id,
            post_id=row.post_id,
            version=row.version,
            steps=tuple(map(Step.of, row.steps)),
            step=row.step,
            standing=row.standing,
            submitted_by=row.submitted_by,
            submitted_at=row.submitted_at,
            ended_at=row.ended_at,
            decisions=tuple(decisions[row.id]),
        )
        for row in listed
    ]
