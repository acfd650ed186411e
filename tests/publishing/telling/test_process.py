"""The real process: quick, killed with -9 while it works, and told to stop."""

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
from pathlib import Path

import pytest

from foundation.settings import REPOSITORY, Settings
from identity.work import working
from publishing.happenings import Kind
from publishing.telling import queue, webhooks
from tests.mail.outbox import wait_until
from tests.publishing.telling.conftest import House, execute, rows
from tests.publishing.telling.receiver import Answer, receiving

HAPPENINGS = 30


@contextmanager
def tellers(count: int, log: Path = Path(os.devnull)) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Real ``python -m publishing.telling`` processes, killed at the end of the block if they still run."""
    with log.open("ab") as output:
        started = [
            subprocess.Popen([sys.executable, "-m", "publishing.telling"], cwd=REPOSITORY, stderr=output)
            for _ in range(count)
        ]
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.wait()


def untold() -> int:
    return sum(row["told_at"] is None for row in rows("happenings"))


def test_killed_again_and_again_everything_is_told_once(
    house: House, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(3)
    with receiving() as receiver:
        receiver.usual = Answer(delay_s=0.02)
        monkeypatch.setenv("ALLIN_WEBHOOK_ORIGINS", receiver.origin)
        allowing = settings.model_copy(update={"webhook_origins": receiver.origin})
        with working(house.member(), settings=allowing) as work:
            webhooks.create(work, receiver.url, [Kind.FAILED])
        ids = [house.note(Kind.FAILED) for _ in range(HAPPENINGS)]
        with tellers(2) as running:
            wait_until(lambda: untold() < HAPPENINGS * 3 // 4, 40)
            time.sleep(chance.uniform(0, 0.03))
            for process in running:
                process.send_signal(signal.SIGKILL)
        assert untold() > 0, "the kill came too late: this test showed nothing"
        execute("UPDATE webhook_deliveries SET not_before = not_before - :by", by=queue.LEASE)
        with tellers(1) as (process,):
            wait_until(lambda: untold() == 0, 40)
            wait_until(lambda: {row["state"] for row in rows("webhook_deliveries")} == {"delivered"}, 40)
            ids.append(house.note(Kind.FAILED))
            wait_until(lambda: len(set(receiver.ids)) == len(ids), 4)  # at once, not at the next look
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
        told = Counter((row["happening_id"], row["person_id"]) for row in rows("notifications"))
        assert {happening for happening, _ in told} == set(ids)
        assert set(told.values()) == {1}
        assert Counter((row["happening_id"], row["person_id"]) for row in rows("mailings")) == told
        assert Counter(row["happening_id"] for row in rows("webhook_deliveries")) == dict.fromkeys(ids, 1)
        wanted = {f"msg_{row['id'].hex}" for row in rows("webhook_deliveries")}
        assert set(receiver.ids) == wanted


def test_what_it_prints_holds_no_secret(
    house: House, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "teller.log"
    with receiving() as receiver:
        receiver.usual = Answer(400, b"an answer with s3cret")
        monkeypatch.setenv("ALLIN_WEBHOOK_ORIGINS", receiver.origin)
        allowing = settings.model_copy(update={"webhook_origins": receiver.origin})
        with working(house.member(), settings=allowing) as work:
            _, secret = webhooks.create(work, f"{receiver.url}/t0ken-in-path", [Kind.FAILED])
        house.note(Kind.FAILED, problem="pr0blem")
        with tellers(1, log) as (process,):
            wait_until(lambda: [row["status"] for row in rows("webhook_deliveries")] == [400], 20)
            process.send_signal(signal.SIGTERM)
            assert process.wait(15) == 0
    said = log.read_text()
    assert "waiting 400" in said
    for hidden in (secret, "t0ken", "pr0blem", "example.com", "s3cret"):
        assert hidden not in said
