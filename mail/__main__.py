"""``python -m mail``: send what is in the outbox, until told to stop."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from contextlib import suppress
from itertools import count
from types import FrameType

from foundation.settings import Settings, get_settings
from mail import upkeep
from mail.letter import sender_address
from mail.sender import DATABASE_ERRORS, Sender
from mail.transports import Transport, transport

SENDERS = 3  # one that waits for a slow answer does not hold up the rest
UPKEEP_S = 10.0
FORGET_EVERY = 360  # turns of upkeep: an hour

log = logging.getLogger("mail")


def main() -> int:
    """Run until SIGTERM or SIGINT; 1 when a sender has died, so that the supervisor starts anew."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        # By another thread: this one may hold the event's lock at this very moment, for it waits on it.
        threading.Thread(target=stop.set).start()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, end)
    settings = get_settings()
    try:
        sender_address(settings.mail_from)
        service = transport(settings)
    except ValueError as error:
        return _wait_unset(str(error), settings, stop)
    log.info("sending by %s", service)
    return _send(service, settings, stop)


def _send(service: Transport, settings: Settings, stop: threading.Event) -> int:
    threads = [
        threading.Thread(target=Sender(service, settings, stop).run, name=f"sender-{number}")
        for number in range(SENDERS)
    ]
    for thread in threads:
        thread.start()
    for turn in count():
        if stop.is_set() or not all(thread.is_alive() for thread in threads):
            break
        with suppress(*DATABASE_ERRORS):  # the senders say so
            upkeep.look_after(service, settings)
            if turn % FORGET_EVERY == 0:
                upkeep.forget(settings)
        stop.wait(UPKEEP_S)
    died = not stop.is_set()
    stop.set()
    for thread in threads:
        thread.join()
    return 1 if died else 0


def _wait_unset(problem: str, settings: Settings, stop: threading.Event) -> int:
    """Without a service e-mails wait; a restart with one set sends them."""
    log.error("%s; e-mails wait until then", problem)
    while not stop.is_set():
        try:
            upkeep.explain(problem, settings)
        except DATABASE_ERRORS as error:
            log.warning("no database (%s)", type(error).__name__)
        stop.wait(UPKEEP_S)
    return 0


if __name__ == "__main__":
    sys.exit(main())
