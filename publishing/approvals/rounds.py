"""A round of approval: a version of a post is submitted, each step decides, and the last one lets it go out.

The post's row is locked before the round's, as by a change of the post: whoever comes first, a decision never
counts for words that were not looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from foundation.database import utc_now
from foundation.settings import get_settings
from publishing import gate, happenings
from publishing.approvals import links
from publishing.approvals.asking import ask
from publishing.approvals.models import ApprovalDecision, ApprovalRound, Standing
from publishing.approvals.people import By, approved_by, who_may_decide
from publishing.approvals.steps import Needs, Step
from publishing.approvals.words import checked
from publishing.changes import NotAllowedError, change, locked_post, why_not
from publishing.compose import checked_plan
from publishing.editing import ConflictError
from publishing.happenings import Kind
from publishing.models import Post, Publication
from publishing.opening import opened
from publishing.scheduling.moving import require_all_accounts
from publishing.senders import ConnectedSenders, Senders
from publishing.states import Event, State
from publishing.telling import inbox

NOTHING: Final = "There is nothing to approve any more."
FOR_OTHERS: Final = "This step is for others to decide."
WHAT_TO_CHANGE: Final = "Say what should be changed."
LATE: Final = "It was approved after its time had passed, and is not sent by itself."
ANOTHER_TIME: Final = "Give it another time, or send it now: it stays approved."
NO_TIME: Final = "It goes out once it has a time."
OVER: Final[dict[Standing, str]] = {
    Standing.APPROVED: "It was approved already.",
    Standing.CHANGES_REQUESTED: "Changes were asked for already.",
    Standing.WITHDRAWN: "The post was changed meanwhile. Look at it as it is now.",
}


def submit(
    session: Session,
    post_id: UUID,
    *,
    by: UUID | None,
    version: int | None = None,
    senders: Senders | None = None,
) -> UUID:
    """Submit a draft for approval, on every account where it is one; returns the round's id.

    `version` is the one that was looked at.

    Raises:
        NotAllowedError: it is no draft, waits already, or its brand has no workflow.
        ConflictError: it was changed meanwhile.
        DraftError: with everything that keeps it from being sent.
    """
    require_all_accounts(session)
    post = locked_post(session, post_id)
    if version is not None and post.version != version:
        raise ConflictError("Someone changed this post meanwhile. Look at it as it is now, then submit it.")
    waits = exists().where(ApprovalRound.post_id == post_id, ApprovalRound.state == Standing.OPEN.value)
    if session.scalar(select(waits)):
        raise NotAllowedError("It waits for approval already.")
    if not gate.is_needed(session, post.brand_id):
        raise NotAllowedError("Posts of this brand need no approval: give it a time.")
    present = _publications(session, post_id)
    drafts = [one for one in present if one.current is State.DRAFT]
    if not drafts:
        raise NotAllowedError(why_not(present[0].current) if present else "Choose at least one account.")
    senders = senders or ConnectedSenders(get_settings())
    draft = opened(session, post_id, senders=senders).draft
    whole = replace(draft, unfinished=False, due_at=None, times={})  # a time that has passed is told later
    checked_plan(session, post.organization_id, whole, senders)
    for one in drafts:
        change(one, Event.SUBMIT_FOR_REVIEW)
    session.flush()
    return gate.open_round(session, post.organization_id, post_id, post.brand_id, post.version, by)


def decide(
    session: Session, round_id: UUID, step: int, by: By, *, approves: bool, words: str = ""
) -> Standing:
    """A member's decision at a step of a round, the first being 0; where the round stands after it.

    Who decides the same again changes nothing.

    Raises:
        NotAllowedError: the round is over, at another step, or theirs is not to decide.
        WordsError: changes are asked for without saying which, or the words can't be kept.
    """

    def may(round_: ApprovalRound) -> bool:
        return by.person_id in who_may_decide(session, round_)

    return _decide(session, round_id, step, by, may, approves, words)


def decide_by_link(session: Session, place: links.Place, *, approves: bool, words: str = "") -> Standing:
    """The client's decision, by a link that still holds (`links.look`); where the round stands after it.

    Raises:
        NotAllowedError: the round is over, or its step was decided.
        WordsError: changes are asked for without saying which, or the words can't be kept.
    """

    def may(round_: ApprovalRound) -> bool:
        return Step.of(round_.steps[round_.step]).client_email == place.email

    return _decide(session, place.round_id, place.step, By(place.email), may, approves, words)


def _decide(
    session: Session,
    round_id: UUID,
    step: int,
    by: By,
    may: Callable[[ApprovalRound], bool],
    approves: bool,
    words: str,
) -> Standing:
    said = checked(words, asked="" if approves else WHAT_TO_CHANGE)
    require_all_accounts(session)
    post, round_ = _at(session, round_id)
    over = round_.standing is not Standing.OPEN or round_.step != step
    if over and _same(session, round_, step, by, approves):
        return round_.standing
    if round_.standing is not Standing.OPEN:
        raise NotAllowedError(OVER[round_.standing])
    if round_.version != post.version:
        raise NotAllowedError(OVER[Standing.WITHDRAWN])
    if over:
        raise NotAllowedError("This step was decided already.")
    if not may(round_):
        raise NotAllowedError(FOR_OTHERS)
    return _settle(session, post, round_, by, approves, said)


def _settle(
    session: Session, post: Post, round_: ApprovalRound, by: By, approves: bool, words: str
) -> Standing:
    """Note the decision, and what follows from it."""
    approved = approved_by(session, round_)
    if not approves or by.person_id is None or by.person_id not in approved:
        session.add(
            ApprovalDecision(
                organization_id=round_.organization_id,
                round_id=round_.id,
                step=round_.step,
                person_id=by.person_id,
                by_name=by.name,
                approves=approves,
                words=words,
            )
        )
        session.flush()
    if not approves:
        _send_back(session, post, round_, by, words)
    elif _is_done(session, round_):
        _go_on(session, post, round_, by, words)
    session.flush()
    return round_.standing


def _is_done(session: Session, round_: ApprovalRound) -> bool:
    """Whether the present step has the approvals it needs; there is one at least."""
    step = Step.of(round_.steps[round_.step])
    if step.needs is Needs.ANY or step.client_email is not None:
        return True
    return who_may_decide(session, round_) <= approved_by(session, round_)


def _go_on(session: Session, post: Post, round_: ApprovalRound, by: By, words: str) -> None:
    """To the next step; after the last one the post is approved, and goes out at its time."""
    if round_.step + 1 < len(round_.steps):
        round_.step += 1
        round_.asked_at, round_.letter_at = utc_now(), None
        session.flush()
        inbox.settle_approvals(session, post.id)
        ask(session, round_.id)
        return
    _end(session, round_, Standing.APPROVED)
    advice = ""
    for one in _publications(session, post.id):
        if one.current is not State.IN_REVIEW:
            continue
        change(one, Event.APPROVE)
        if one.due_at is None:
            advice = NO_TIME
        elif one.due_at > utc_now():
            change(one, Event.SCHEDULE)
        else:
            one.problem, one.advice = LATE, ANOTHER_TIME
            advice = f"{LATE} {ANOTHER_TIME}"
    _note(session, round_, Kind.APPROVED, by, words, advice=advice)


def _send_back(session: Session, post: Post, round_: ApprovalRound, by: By, words: str) -> None:
    _end(session, round_, Standing.CHANGES_REQUESTED)
    for one in _publications(session, post.id):
        if one.current is State.IN_REVIEW:
            change(one, Event.SEND_BACK)
    _note(session, round_, Kind.CHANGES_REQUESTED, by, words)


def _end(session: Session, round_: ApprovalRound, standing: Standing) -> None:
    """The links stay: what they lead to says how it ended."""
    round_.state, round_.ended_at = standing.value, utc_now()
    session.flush()
    inbox.settle_approvals(session, round_.post_id)


def _note(session: Session, round_: ApprovalRound, kind: Kind, by: By, words: str, **more: Any) -> None:
    said = {"by_name": by.name, "by_person_id": by.person_id, "words": words, **more}
    details = {name: value for name, value in said.items() if value}
    happenings.note(
        session,
        round_.organization_id,
        kind,
        post_id=round_.post_id,
        details={"round_id": round_.id, **details},
    )


def _at(session: Session, round_id: UUID) -> tuple[Post, ApprovalRound]:
    """The post and the round, locked in this order.

    Raises:
        NotAllowedError: there is no such round, or its post was deleted.
    """
    post_id = session.scalar(select(ApprovalRound.post_id).where(ApprovalRound.id == round_id))
    if post_id is None:
        raise NotAllowedError(NOTHING)
    try:
        post = locked_post(session, post_id)
    except NotAllowedError:
        raise NotAllowedError(NOTHING) from None
    query = select(ApprovalRound).where(ApprovalRound.id == round_id).with_for_update()
    return post, session.scalars(query.execution_options(populate_existing=True)).one()


def _same(session: Session, round_: ApprovalRound, step: int, by: By, approves: bool) -> bool:
    """Whether they have decided just this at that step: a second click is no mistake."""
    before = exists().where(
        ApprovalDecision.round_id == round_.id,
        ApprovalDecision.step == step,
        ApprovalDecision.approves.is_(approves),
        ApprovalDecision.person_id.is_not_distinct_from(by.person_id),
        ApprovalDecision.by_name == by.name,
    )
    return bool(session.scalar(select(before)))


def _publications(session: Session, post_id: UUID) -> list[Publication]:
    query = select(Publication).where(Publication.post_id == post_id).order_by(Publication.id)
    return list(session.scalars(query.with_for_update().execution_options(populate_existing=True)))
