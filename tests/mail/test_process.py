"""The real process: killed with -9 while it sends, told to stop, and without a mail service."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from foundation.settings import REPOSITORY, Settings
from mail import queue
from tests.mail.outbox import enqueue, pass_time, row, states, wait_until
from tests.sandbox.server import Running

MAILS = 60
KILLS = 3


@contextmanager
def mailers(count: int, **changes: str) -> Iterator[list[subprocess.Popen[str]]]:
    """Real ``python -m mail`` processes, killed at the end of the block if they still run."""
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "mail"],
            cwd=REPOSITORY,
            env={**os.environ, **changes},
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(count)
    ]
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.wait()
            if process.stderr is not None:
                process.stderr.close()


def stop(process: subprocess.Popen[str]) -> str:
    """Tell it to stop; what it had printed."""
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert process.stderr is not None
    return process.stderr.read()


def test_killed_again_and_again_nothing_goes_out_twice_and_nothing_is_lost(
    by_smtp: Settings, sandbox: Running
) -> None:
    chance = random.Random(3)
    sandbox.fault(network="mail", kind="accept_then_drop", probability=0.1, seed=5)
    sandbox.fault(network="mail", kind="delay", delay_s=0.02)
    ids = {f"<{enqueue(by_smtp)}@localhost>" for _ in range(MAILS)}
    for kill in range(KILLS):
        aim = (kill + 1) * MAILS // (KILLS + 2)
        with mailers(2) as running:
            wait_until(lambda aim=aim: len(sandbox.mail()) >= aim, 30)  # type: ignore[misc]
            time.sleep(chance.uniform(0, 0.03))
            for process in running:
                process.send_signal(signal.SIGKILL)
    cut_off = Counter(states(by_smtp).values())["sending"]
    assert cut_off > 0, "no kill hit a sending: this test showed nothing"
    pass_time(by_smtp, queue.ANSWER_LEASE)  # the leases of the dead run out
    with mailers(2):
        wait_until(lambda: set(states(by_smtp).values()) <= {"sent", "unknown"}, 30)
    arrived = Counter(mail["headers"]["message-id"] for mail in sandbox.mail())
    unknown = {f"<{mail}@localhost>" for mail, state in states(by_smtp).items() if state == "unknown"}
    doubled = {mail for mail, times in arrived.items() if times > 1}
    lost = ids - set(arrived) - unknown
    assert (doubled, lost) == (set(), set())
    assert unknown
    assert len(unknown) <= MAILS // 2


def test_told_to_stop_it_finishes_the_mail_in_hand(by_smtp: Settings, sandbox: Running) -> None:
    sandbox.fault(network="mail", kind="delay", delay_s=0.8)
    ids = [enqueue(by_smtp) for _ in range(8)]
    with mailers(1) as (process,):
        wait_until(lambda: "sending" in states(by_smtp).values())
        stop(process)
    found = Counter(states(by_smtp)[mail] for mail in ids)
    assert set(found) == {"sent", "queued"}
    assert len(sandbox.mail()) == found["sent"]


def test_without_a_service_mails_wait_and_say_why(
    settings: Settings, sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLIN_DEMO", "false")
    waiting = enqueue(settings)
    with mailers(1, ALLIN_SMTP_URL="") as (process,):
        wait_until(lambda: row(settings, waiting)["problem"])
        said = stop(process)
    assert said.count("no mail service is set") == 1
    assert row(settings, waiting)["problem"].startswith("no mail service is set: ALLIN_SMTP_URL")
    assert row(settings, waiting)["state"] == "queued"
    pass_time(settings, timedelta(days=3))
    with mailers(1, ALLIN_SMTP_URL=f"smtp://127.0.0.1:{sandbox.smtp_port}"):
        wait_until(lambda: row(settings, waiting)["state"] == "sent")
    assert row(settings, waiting)["problem"] is None


def test_what_it_prints_holds_no_secret(by_smtp: Settings, sandbox: Running) -> None:
    enqueue(by_smtp, name="Nobody-Else")
    url = f"smtp://allin:pa55word@127.0.0.1:{sandbox.smtp_port}"
    with mailers(1, ALLIN_SMTP_URL=url) as (process,):
        wait_until(lambda: row(by_smtp, next(iter(states(by_smtp))))["problem"])  # it knows no sign-in
        said = stop(process)
    assert "sending by SMTP 127.0.0.1" in said
    for secret in ("pa55word", "s3cret", "Nobody-Else", "reader@example.com"):
        assert secret not in said
