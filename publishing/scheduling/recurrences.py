"""Posts that come again: begun, changed from now on, skipped once, ended.

All within the session of one organization: row-level security hides every other's rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.database import utc_now
from foundation.settings import get_settings
from publishing.changes import PAST_TOLERANCE, DraftError, NotAllowedError, why_not
from publishing.compose import checked_plan
from publishing.drafts import Draft
from publishing.editing import ConflictError, delete_post, edit_post
from publishing.models import Post, Publication
from publishing.scheduling.again import composed, stored
from publishing.scheduling.materialising import coming, locked, materialise
from publishing.scheduling.models import Recurrence
from publishing.scheduling.moving import (
    WAITING,
    locked_posts,
    locked_publications,
    require_all_accounts,
    zone_of_brand,
)
from publishing.scheduling.rules import parse
from publishing.scheduling.walltime import Reading, read
from publishing.senders import ConnectedSenders, Senders
from publishing.states import State

CHANGED = "Someone changed this recurrence meanwhile. Look at it as it is now, then change it again."
SECOND = timedelta(seconds=1)
FURTHER = (timedelta(days=60), timedelta(days=800), timedelta(days=9 * 366))


@dataclass(frozen=True)
class RecurrenceView:
    """A recurrence as people see it. `starts` and `skipped` are on the clock of `zone`, the brand's (IANA).

    `next` are its coming times, with what is to be told of those that are not plain. `problem` says why posts
    could not be made.
    """

    id: UUID
    brand_id: UUID
    rule: str
    zone: str
    starts: datetime
    skipped: tuple[datetime, ...]
    account_ids: tuple[UUID, ...]
    text: str
    next: tuple[Reading, ...]
    problem: str | None
    ended_at: datetime | None
    version: int


def create(
    session: Session,
    organization_id: UUID,
    draft: Draft,
    rule: str,
    starts: datetime,
    *,
    senders: Senders | None = None,
) -> UUID:
    """Begin a recurrence of a draft, and make its posts of the next 60 days; returns its id.

    `starts` is on the wall clock of the brand's zone, without zone; it counts only if the rule says it. The
    time, campaign and id of the draft have no meaning here.

    Raises:
        DraftError: with everything that is wrong with the draft or the rule.
        NotAllowedError: there is no such brand.
    """
    zone = zone_of_brand(session, draft.brand_id)
    checked = parse(rule, starts, zone)
    recurrence = Recurrence(
        id=uuid4(),
        organization_id=organization_id,
        brand_id=draft.brand_id,
        rule=checked.text,
        starts_local=checked.starts,
        skipped=[],
        account_ids=list(draft.account_ids),
        content=stored(draft),
        version=1,
        created_by=draft.created_by,
    )
    _check(session, recurrence, senders)
    session.add(recurrence)
    session.flush()
    materialise(session, recurrence, senders=senders)
    return recurrence.id


def edit(
    session: Session,
    recurrence_id: UUID,
    *,
    version: int,
    draft: Draft | None = None,
    rule: str | None = None,
    starts: datetime | None = None,
    by: UUID | None = None,
    senders: Senders | None = None,
) -> int:
    """Change what it says, and when, from now on; its new version. What is left out stays.

    Its waiting posts say what it says now, also where one of them was changed on its own; those at times that
    are no longer its own are deleted. What is being sent or was sent stays as it is.

    Raises:
        DraftError: with everything that is wrong with the draft or the rule; nothing is changed.
        ConflictError: the recurrence was changed meanwhile.
        NotAllowedError: it has ended, does not exist, or the caller sees only single accounts.
    """
    require_all_accounts(session)
    recurrence = _going_on(session, recurrence_id, version)
    zone, now = zone_of_brand(session, recurrence.brand_id), utc_now()
    checked = parse(rule or recurrence.rule, starts or recurrence.starts_local, zone)
    before = set(coming(recurrence, zone, now))
    recurrence.rule, recurrence.starts_local = checked.text, checked.starts
    if draft is not None:
        if draft.brand_id != recurrence.brand_id:
            raise DraftError(["A recurrence stays with its brand."])
        recurrence.content, recurrence.account_ids = stored(draft), list(draft.account_ids)
    _check(session, recurrence, senders)
    times = set(coming(recurrence, zone, now))
    for post in _waiting(session, recurrence):
        at = post.occurrence
        if at is None:
            continue  # never: each of them stands for a time
        moment = read(at, zone).at
        if moment >= now - PAST_TOLERANCE and at not in recurrence.skipped and checked.times(at - SECOND, at):
            again = composed(recurrence, at, moment)
            edit_post(session, post.id, again, version=post.version, by=by, senders=senders)
        elif moment >= now - PAST_TOLERANCE:
            _give_up(session, post)
    materialise(session, recurrence, also=times - before, senders=senders, now=now)
    return recurrence.version


def skip(session: Session, recurrence_id: UUID, occurrence: datetime) -> None:
    """Leave out one time (on the brand's clock, without zone); its post is deleted. May be repeated.

    Raises:
        DraftError: the recurrence has no such time.
        NotAllowedError: that post is being sent or was, there is no such recurrence, or the caller sees only
            single accounts.
    """
    require_all_accounts(session)
    recurrence = locked(session, recurrence_id)
    if occurrence in recurrence.skipped:
        return
    rule = parse(recurrence.rule, recurrence.starts_local, zone_of_brand(session, recurrence.brand_id))
    if not rule.times(occurrence - timedelta(seconds=1), occurrence):
        raise DraftError(["This is no time of this recurrence."])
    query = select(Post).where(Post.recurrence_id == recurrence_id, Post.occurrence == occurrence)
    if (post := session.scalars(query).one_or_none()) is not None:
        for publication in locked_publications(session, locked_posts(session, [post.id])).get(post.id, []):
            if publication.current not in (*WAITING, State.CANCELLED):
                raise NotAllowedError(why_not(publication.current))
        _give_up(session, post)
    recurrence.skipped = sorted([*recurrence.skipped, occurrence])
    recurrence.version += 1
    session.flush()


def take_back_skip(
    session: Session, recurrence_id: UUID, occurrence: datetime, *, senders: Senders | None = None
) -> None:
    """Have a skipped time again; where it is still to come, its post is made. May be repeated.

    Raises:
        DraftError: its post can't be made.
        NotAllowedError: there is no such recurrence.
    """
    recurrence = locked(session, recurrence_id)
    if occurrence in recurrence.skipped:
        recurrence.skipped = [at for at in recurrence.skipped if at != occurrence]
        recurrence.version += 1
        materialise(session, recurrence, also=[occurrence], senders=senders)


def end(session: Session, recurrence_id: UUID, *, version: int) -> int:
    """End it: no more posts are made, and those that wait are deleted; its new version.

    What is being sent or was sent stays as it is.

    Raises:
        ConflictError: the recurrence was changed meanwhile.
        NotAllowedError: it has ended, does not exist, or the caller sees only single accounts.
    """
    require_all_accounts(session)
    recurrence = _going_on(session, recurrence_id, version)
    for post in _waiting(session, recurrence):
        delete_post(session, post.id)
    recurrence.ended_at = utc_now()
    session.flush()
    return recurrence.version


def recurrences(session: Session, brand_id: UUID | None = None, *, count: int = 5) -> list[RecurrenceView]:
    """The recurrences that the session sees, newest first, each with its next `count` times."""
    query = select(Recurrence).order_by(Recurrence.created_at.desc(), Recurrence.id)
    if brand_id is not None:
        query = query.where(Recurrence.brand_id == brand_id)
    return [_view(session, one, count) for one in session.scalars(query).all()]


def posts_of(session: Session, recurrence_ids: Iterable[UUID]) -> dict[UUID, dict[datetime, UUID]]:
    """The posts made for recurrences that are not deleted: for each its times (on the clock) -> post."""
    query = select(Post.recurrence_id, Post.occurrence, Post.id)
    query = query.where(Post.recurrence_id.in_(list(recurrence_ids)), Post.deleted_at.is_(None))
    found: dict[UUID, dict[datetime, UUID]] = {}
    for recurrence_id, occurrence, post_id in session.execute(query):
        found.setdefault(recurrence_id, {})[occurrence] = post_id
    return found


def preview(session: Session, brand_id: UUID, rule: str, starts: datetime, count: int = 5) -> list[Reading]:
    """The first times of a rule from now on, with what is to be told of those that are not plain.

    Raises:
        DraftError: the rule can't be used.
        NotAllowedError: there is no such brand.
    """
    zone = zone_of_brand(session, brand_id)
    checked = parse(rule, starts, zone)
    some = Recurrence(rule=checked.text, starts_local=checked.starts, skipped=[])
    return _next(some, zone, count)


def _next(recurrence: Recurrence, zone: ZoneInfo, count: int) -> list[Reading]:
    """The next times; how far ahead they are depends on the rule."""
    now = utc_now()
    found: list[datetime] = []
    for ahead in FURTHER:
        found = coming(recurrence, zone, now, ahead)[:count]
        if len(found) == count:
            break
    return [read(at, zone) for at in found]


def _view(session: Session, recurrence: Recurrence, count: int) -> RecurrenceView:
    zone = zone_of_brand(session, recurrence.brand_id)
    return RecurrenceView(
        id=recurrence.id,
        brand_id=recurrence.brand_id,
        rule=recurrence.rule,
        zone=zone.key,
        starts=recurrence.starts_local,
        skipped=tuple(recurrence.skipped),
        account_ids=tuple(recurrence.account_ids),
        text=recurrence.content["text"],
        next=() if recurrence.ended_at else tuple(_next(recurrence, zone, count)),
        problem=recurrence.problem,
        ended_at=recurrence.ended_at,
        version=recurrence.version,
    )


def _going_on(session: Session, recurrence_id: UUID, version: int) -> Recurrence:
    """The recurrence, locked, as the caller has seen it, and on to its next version."""
    recurrence = locked(session, recurrence_id)
    if recurrence.version != version:
        raise ConflictError(CHANGED)
    if recurrence.ended_at is not None:
        raise NotAllowedError("This recurrence has ended.")
    recurrence.version += 1
    return recurrence


def _check(session: Session, recurrence: Recurrence, senders: Senders | None) -> None:
    """Whether its post could be sent as things are, however far away the first time is."""
    draft = composed(recurrence, recurrence.starts_local, utc_now())
    with session.no_autoflush:
        checked_plan(session, recurrence.organization_id, draft, senders or ConnectedSenders(get_settings()))


def _waiting(session: Session, recurrence: Recurrence) -> list[Post]:
    """The recurrence's posts of which nothing was sent and something waits to be, locked."""
    query = select(Post.id).join(Publication, Publication.post_id == Post.id)
    query = query.where(Post.recurrence_id == recurrence.id, Publication.state.in_(WAITING))
    posts = locked_posts(session, session.scalars(query.distinct()))
    rows = locked_publications(session, posts)
    return [posts[post_id] for post_id, of_post in rows.items() if _only_waits(of_post)]


def _only_waits(publications: Iterable[Publication]) -> bool:
    states = {one.current for one in publications}
    return bool(states & set(WAITING)) and states <= {*WAITING, State.CANCELLED}


def _give_up(session: Session, post: Post) -> None:
    """Delete a post of which nothing was sent, so that its time may have another one later."""
    if post.deleted_at is None:
        delete_post(session, post.id)
    post.recurrence_id = post.occurrence = None
    session.flush()
