"""Sending at once, in this process; the next publishing run takes over whatever this one leaves."""

from __future__ import annotations

import logging
from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from uuid import UUID

from publishing.publisher import WindowResult, publish_now

log = logging.getLogger(__name__)
WORKERS = 4


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(WORKERS, thread_name_prefix="publish-now")


def start(publication_ids: Collection[UUID]) -> Future[WindowResult]:
    """Send these publications, already scheduled and committed, without waiting for the answers."""
    future = _pool().submit(publish_now, list(publication_ids))
    future.add_done_callback(_report)
    return future


def _report(future: Future[WindowResult]) -> None:
    error = future.exception()
    if error is not None:
        log.error("publishing at once met an error; the posts' states are safe", exc_info=error)
