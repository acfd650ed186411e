"""The publisher: claims what falls due, prepares it early, and submits each post at its second."""

from __future__ import annotations

import signal
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from types import FrameType
from uuid import UUID

from foundation.database import utc_now
from foundation.settings import Settings, get_settings
from publishing.loop import PublisherLoop, WindowResult
from publishing.policy import Policy
from publishing.senders import ConnectedSenders, Senders

__all__ = ["WindowResult", "publish_now", "run_window"]


def run_window(
    owner: str,
    until: datetime,
    settings: Settings | None = None,
    *,
    senders: Senders | None = None,
    policy: Policy | None = None,
    stop: threading.Event | None = None,
) -> WindowResult:
    """Publish everything that falls due until `until` (aware UTC), each post at its second.

    Takes over dead publishers' posts and looks for unknown ones meanwhile; sees what is scheduled
    while it runs within a second. Begun after `until`, it does once what is due. SIGTERM, where the
    process handles it in no other way, and `stop` end it cleanly: what is unsent goes back.

    Raises:
        ExceptionGroup: something unforeseen went wrong; the states are safe nevertheless.
    """
    settings = settings or get_settings()
    loop = PublisherLoop(
        owner, settings, senders or ConnectedSenders(settings), policy or Policy.of(settings)
    )
    stop = stop or threading.Event()
    with _stopped_by_sigterm(stop):
        return loop.run(until, stop)


def publish_now(
    publication_ids: Collection[UUID],
    settings: Settings | None = None,
    *,
    until: datetime | None = None,
    senders: Senders | None = None,
    policy: Policy | None = None,
) -> WindowResult:
    """Send these publications by the same leases and ledger, and wait for their answers.

    Only those that are due, or fall due up to `until` (aware UTC), each at its second, and that no
    other publisher holds. The caller answers for the ids being its organization's own.

    Raises:
        ExceptionGroup: something unforeseen went wrong; the states are safe nevertheless.
    """
    settings = settings or get_settings()
    loop = PublisherLoop(
        "now", settings, senders or ConnectedSenders(settings), policy or Policy.of(settings)
    )
    now = utc_now()
    return loop.run(max(until or now, now), threading.Event(), only=publication_ids)


@contextmanager
def _stopped_by_sigterm(stop: threading.Event) -> Iterator[None]:
    """Set `stop` on SIGTERM, where signals can be handled and nobody else does."""
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
