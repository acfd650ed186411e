"""Approving posts, as pages, API and command line do it: each act asks whether the caller may.

What keeps somebody from it comes as one of `identity.errors`, in words for people.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from identity import brands
from identity.audit import Action, Target, record
from identity.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from identity.permissions import Permission, Role, may, require
from identity.principal import Principal
from identity.work import Work
from publishing.approvals import comments, letters, links, reading, rounds, workflow
from publishing.approvals.asking import ask
from publishing.approvals.comments import Remark
from publishing.approvals.models import ApprovalRound, Standing
from publishing.approvals.people import By
from publishing.approvals.reading import Round, SentBack, Waiting
from publishing.approvals.steps import Step
from publishing.approvals.words import WordsError
from publishing.approvals.workflow import WorkflowError
from publishing.changes import DraftError, NotAllowedError
from publishing.editing import ConflictError as ChangedError
from publishing.models import Post
from publishing.senders import Senders


def workflow_of(work: Work, brand_id: UUID) -> list[Step]:
    """The brand's steps in their order; empty: its posts need no approval.

    Raises:
        ForbiddenError: the caller may not read brands.
        NotFoundError: there is no such brand.
    """
    brands.get(work, brand_id)
    return workflow.workflow_of(work.session, brand_id)


def set_workflow(
    work: Work, brand_id: UUID, steps: Sequence[Step], *, was: Sequence[Step] | None = None
) -> list[Step]:
    """Replace a brand's workflow; returns it as it is kept. `was` is the one the change was made from.

    Raises:
        ForbiddenError: the caller may not change brands.
        NotFoundError: there is no such brand.
        InvalidError: with everything that is wrong with it.
        ConflictError: somebody else changed it meanwhile.
    """
    require(work.principal, Permission.BRANDS_UPDATE, brand_id)
    brand = brands.get(work, brand_id)
    before = workflow.workflow_of(work.session, brand_id)
    with _for_people():
        found = workflow.set_workflow(work.session, work.principal.organization_id, brand_id, steps, was=was)
    if found != before:
        target = Target("brand", brand_id, brand.name)
        told = {"approvals": list(map(_told, before))}, {"approvals": list(map(_told, found))}
        record(work, Action.UPDATED, target, before=told[0], after=told[1])
    return found


def waiting(
    work: Work, *, brand_id: UUID | None = None, post_id: UUID | None = None, mine: bool = False
) -> list[Waiting]:
    """What waits for approval (of a brand, or one post); `mine`: for the caller's.

    Raises:
        ForbiddenError: the caller may not read posts.
    """
    require(work.principal, Permission.POSTS_READ)
    asked = work.principal.person_id if mine else None
    found = reading.waiting(work.session, brand_id=brand_id, post_id=post_id, asked=asked)
    return [replace(one, round=_shown(work.principal, one.round)) for one in found]


def sent_back(work: Work) -> list[SentBack]:
    """Posts that somebody asked changes for, and that were not submitted since; the last first.

    Raises:
        ForbiddenError: the caller may not write posts.
    """
    require(work.principal, Permission.POSTS_WRITE)
    return reading.sent_back(work.session)


def may_decide(principal: Principal, one: Waiting) -> bool:
    """Whether the caller may decide at the present step."""
    return principal.person_id in one.may_decide and may(principal, Permission.POSTS_APPROVE, one.brand_id)


def rounds_of(work: Work, post_id: UUID) -> list[Round]:
    """The rounds of a post, newest first.

    Raises:
        ForbiddenError: the caller may not read posts.
        NotFoundError: there is no such post.
    """
    _brand_of(work, post_id, Permission.POSTS_READ)
    return [_shown(work.principal, one) for one in reading.rounds_of(work.session, post_id)]


def submit(work: Work, post_id: UUID, *, version: int | None = None, senders: Senders | None = None) -> UUID:
    """Submit a draft for approval; returns the round's id. `version` is the one that was looked at.

    Raises:
        ForbiddenError: the caller may not write posts.
        NotFoundError: there is no such post.
        InvalidError: with everything that keeps it from being sent.
        ConflictError: it is no draft, waits already, needs no approval, or was changed meanwhile.
    """
    _brand_of(work, post_id, Permission.POSTS_WRITE)
    with _for_people():
        return rounds.submit(
            work.session, post_id, by=work.principal.person_id, version=version, senders=senders
        )


def decide(work: Work, round_id: UUID, step: int, *, approves: bool, words: str = "") -> Standing:
    """Approve, or ask for changes, at a step of a round (the first is 0); where the round stands after it.

    Raises:
        ForbiddenError: the caller may not approve posts of this brand.
        NotFoundError: there is no such round.
        InvalidError: the words can't be used, or changes are asked for without any.
        ConflictError: it was decided or changed meanwhile, or others are to decide.
    """
    _brand_of(work, _post_of(work, round_id), Permission.POSTS_APPROVE)
    with _for_people():
        return rounds.decide(work.session, round_id, step, by(work.principal), approves=approves, words=words)


def comment(work: Work, post_id: UUID, words: str, *, for_client: bool = False) -> UUID:
    """Say something about a post; returns the comment's id. A client's words are always for the client too.

    Raises:
        ForbiddenError: the caller may neither write nor approve posts of this brand.
        NotFoundError: there is no such post.
        InvalidError: the words can't be used.
    """
    brand_id = _brand_of(work, post_id, Permission.POSTS_READ)
    if not may_comment(work.principal, brand_id):
        raise ForbiddenError
    with _for_people():
        return comments.comment(
            work.session,
            post_id,
            by(work.principal),
            words,
            for_client=for_client or work.principal.role is Role.CLIENT,
        )


def comments_of(work: Work, post_id: UUID) -> list[Remark]:
    """The comments on a post that the caller may read, oldest first.

    Raises:
        ForbiddenError: the caller may not read posts.
        NotFoundError: there is no such post.
    """
    _brand_of(work, post_id, Permission.POSTS_READ)
    return comments.comments_of(work.session, post_id, of_client=work.principal.role is Role.CLIENT)


def may_comment(principal: Principal, brand_id: UUID) -> bool:
    """Whether the caller may say something about posts of the brand."""
    return any(
        may(principal, needed, brand_id) for needed in (Permission.POSTS_WRITE, Permission.POSTS_APPROVE)
    )


def ask_again(work: Work, round_id: UUID) -> None:
    """Ask the people of the present step again; a client gets a new link.

    Raises:
        ForbiddenError: the caller may not write posts of this brand.
        NotFoundError: there is no such round.
        ConflictError: it is over.
    """
    round_ = _open(work, round_id)
    links.may_be_sent(round_, work.settings)
    ask(work.session, round_.id, reminder=True)
    if (email := Step.of(round_.steps[round_.step]).client_email) is not None:
        letters.write_now(work.session, round_, email, work.settings)


def revoke_links(work: Work, round_id: UUID) -> int:
    """Withdraw the client's links to a round; how many still held.

    Raises:
        ForbiddenError: the caller may not write posts of this brand.
        NotFoundError: there is no such round.
        ConflictError: it is over.
    """
    return links.revoke(work.session, _open(work, round_id).id)


def by(principal: Principal) -> By:
    """The caller, as others know them."""
    return By(principal.name or principal.email, principal.person_id)


def _open(work: Work, round_id: UUID) -> ApprovalRound:
    _brand_of(work, _post_of(work, round_id), Permission.POSTS_WRITE)
    query = select(ApprovalRound).where(ApprovalRound.id == round_id).with_for_update()
    round_ = work.session.scalars(query.execution_options(populate_existing=True)).one()
    if round_.standing is not Standing.OPEN:
        raise ConflictError(rounds.OVER[round_.standing])
    return round_


def _post_of(work: Work, round_id: UUID) -> UUID:
    found = work.session.scalar(select(ApprovalRound.post_id).where(ApprovalRound.id == round_id))
    if found is None:
        raise NotFoundError(rounds.NOTHING)
    return found


def _brand_of(work: Work, post_id: UUID, needs: Permission) -> UUID:
    """The post's brand, for a caller who holds what it needs there."""
    require(work.principal, needs)
    query = select(Post.brand_id).where(Post.id == post_id, Post.deleted_at.is_(None))
    brand_id = work.session.scalar(query)
    if brand_id is None:
        raise NotFoundError("There is no such post.")
    require(work.principal, needs, brand_id)
    return brand_id


def _shown(principal: Principal, one: Round) -> Round:
    """The round as the caller may see it: what an agency decides for itself is none of its client's."""
    if principal.role is not Role.CLIENT:
        return one
    return replace(one, decisions=tuple(each for each in one.decisions if one.steps[each.step].of_client))


def _told(step: Step) -> str:
    """A step in the audit trail."""
    if step.client_email is not None:
        return f"{step.name} (the client, {step.client_email})"
    who = step.role.title() if step.role else f"{len(step.person_ids)} by name"
    return f"{step.name} ({step.needs} of {who})"


@contextmanager
def _for_people() -> Iterator[None]:
    try:
        yield
    except (WordsError, WorkflowError, DraftError) as error:
        problems = getattr(error, "problems", [str(error)])
        raise InvalidError(" ".join(problems)) from None
    except (NotAllowedError, ChangedError) as error:
        raise ConflictError(str(error)) from None
