"""``python -m publishing.telling``: tell what happens, write the e-mails about it, remind whoever is asked
for approval, and deliver to webhooks, until told to stop.
"""

from __future__ import annotations

import logging
import signal
import sys
import threading
from itertools import count
from types import FrameType
from typing import Final

from foundation.settings import Settings, get_settings
from publishing.approvals import letters, reminders
from publishing.telling.delivering import Deliverer
from publishing.telling.listening import DATABASE_ERRORS
from publishing.telling.teller import Teller

TELLERS: Final = 2
DELIVERERS: Final = 8  # receivers that don't answer hold up two each, for 10 seconds
GLANCE_S: Final = 10.0
REMIND_EVERY: Final = 6  # glances: a minute

log = logging.getLogger("telling")


def main() -> int:
    """Run until SIGTERM or SIGINT; 1 when a worker has died, so that the supervisor starts anew."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        # By another thread: this one may hold the event's lock at this very moment, for it waits on it.
        threading.Thread(target=stop.set).start()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, end)
    return _work(get_settings(), stop)


def _work(settings: Settings, stop: threading.Event) -> int:
    runs = [Teller(settings, stop).run for _ in range(TELLERS)]
    runs += [Deliverer(settings, stop).run for _ in range(DELIVERERS)]
    threads = [threading.Thread(target=run) for run in runs]
    for thread in threads:
        thread.start()
    log.info("telling")
    for turn in count():
        if stop.is_set() or not all(thread.is_alive() for thread in threads):
            break
        _look_after(turn, settings)
        stop.wait(GLANCE_S)
    died = not stop.is_set()
    stop.set()
    for thread in threads:
        thread.join()
    return 1 if died else 0


def _look_after(turn: int, settings: Settings) -> None:
    """What is done beside telling; whatever goes wrong with it, telling goes on."""
    try:
        if turn % REMIND_EVERY == 0:
            reminders.remind(settings)
        letters.write_all(settings)
    except DATABASE_ERRORS:
        pass  # the workers say so
    except Exception as error:  # noqa: BLE001
        log.error("reminding or writing to clients failed (%s)", type(error).__name__)


if __name__ == "__main__":
    sys.exit(main())
