"""Sending what is due now or in a moment, in this process; a publishing run takes over what it leaves."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from foundation.database import utc_now
from publishing.models import Publication
from publishing.publisher import WindowResult, publish_now
from publishing.states import State

log = logging.getLogger(__name__)
WORKERS = 16  # most of them wait for an answer or a second
# The sensor looks every five seconds and a run takes about ten to start.
SOON = timedelta(seconds=30)


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(WORKERS, thread_name_prefix="publish-now")


def is_soon(due_at: datetime | None) -> bool:
    """Whether a post is due now (None) or sooner than a publishing run is sure to have started."""
    return due_at is None or due_at - utc_now() < SOON


def start(publication_ids: Collection[UUID], due_at: datetime | None = None) -> Future[WindowResult]:
    """Send these publications, already scheduled and committed, without waiting for the answers.

    Now, or at their second when they fall due at `due_at` (aware UTC).
    """
    future = _pool().submit(publish_now, list(publication_ids), until=due_at)
    future.add_done_callback(_report)
    return future


def once_committed(session: Session, publications: Iterable[Publication]) -> None:
    """Send what of these is scheduled and due now or in a moment, after the session's transaction commits."""
    due: dict[datetime, list[UUID]] = defaultdict(list)
    for one in publications:
        if one.current is State.SCHEDULED and one.due_at is not None and is_soon(one.due_at):
            due[one.due_at].append(one.id)

    def send(_: Session) -> None:
        for due_at, ids in due.items():
            start(ids, due_at)

    if due:
        event.listen(session, "after_commit", send, once=True)


def whole_once_committed(session: Session, post_id: UUID) -> None:
    """Send what of a post is scheduled and due now or in a moment, with the parts that continue it."""
    session.flush()
    once_committed(session, session.scalars(select(Publication).where(Publication.post_id == post_id)).all())


def soon_once_committed(session: Session) -> None:
    """Send whatever the session sees that has just come to fall due now or in a moment, after it commits.

    For changes of a plan, which may give any of its posts another time.
    """
    session.flush()
    now = utc_now()
    query = select(Publication).where(
        Publication.state == State.SCHEDULED, Publication.due_at.between(now - SOON, now + SOON)
    )
    once_committed(session, session.scalars(query).all())


def _report(future: Future[WindowResult]) -> None:
    error = future.exception()
    if error is not None:
        log.error("publishing at once met an error; the posts' states are safe", exc_info=error)
