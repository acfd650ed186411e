"""Real publisher processes against a recording network on loopback HTTP, killed with -9 while they send."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import text

from foundation.database import utc_now, worker_session
from foundation.settings import REPOSITORY
from publishing.states import State
from tests.publishing.conftest import Agency, read, state_of

KILLS = 5


class StubNetwork(ThreadingHTTPServer):
    """Accepts each POST after a moment and answers after another; knows everything it accepted."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received = 0
        self.texts: list[str] = []
        self.lock = threading.Lock()
        self.random = random.Random(7)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: StubNetwork

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.received += 1
            pauses = [self.server.random.uniform(0, 0.2) for _ in range(2)]
        time.sleep(pauses[0])
        with self.server.lock:
            self.server.texts.append(body["text"])
            number = len(self.server.texts)
        time.sleep(pauses[1])
        self._answer({"id": number})

    def do_GET(self) -> None:
        with self.server.lock:
            posts = [{"id": number + 1, "text": words} for number, words in enumerate(self.server.texts)]
        self._answer(posts)

    def _answer(self, value: object) -> None:
        body = json.dumps(value).encode()
        try:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the publisher was killed; the post stays

    def log_message(self, *_arguments: object) -> None:
        """Keep quiet."""


@pytest.fixture
def stub() -> Iterator[StubNetwork]:
    server = StubNetwork()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@contextmanager
def _publisher(url: str, seconds: float) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.publishing.publisher_process", url, str(seconds)]
    process = subprocess.Popen(command, cwd=REPOSITORY, env=os.environ)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not happen within {seconds} s"
        time.sleep(0.01)


def _unanswered() -> int:
    with worker_session() as session:
        query = "SELECT count(*) FROM attempts WHERE step = 'submit' AND outcome IS NULL"
        return int(session.execute(text(query)).scalar_one())


def _kill_while_sending(stub: StubNetwork, chance: random.Random) -> None:
    aim = stub.received + chance.randint(3, 9)
    with _publisher(stub.url, 60) as process:
        _wait_until(lambda: stub.received >= aim)
        time.sleep(chance.uniform(0, 0.2))  # before or after acceptance, the answer, the record of it
        process.send_signal(signal.SIGKILL)


def test_killed_again_and_again_every_post_is_accepted_exactly_once(
    tenant: Agency, stub: StubNetwork
) -> None:
    chance = random.Random(11)
    ids = []
    for kill in range(KILLS):
        start = utc_now() + timedelta(seconds=1)
        ids += [tenant.schedule(f"{kill}: {n}", start + timedelta(seconds=n / 20)) for n in range(30)]
        _kill_while_sending(stub, chance)
    assert _unanswered() > 0, "no kill hit a sending: this test showed nothing"
    with _publisher(stub.url, 60) as process:
        _wait_until(lambda: {state_of(row) for row in ids} == {State.PUBLISHED}, seconds=50)
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    assert Counter(stub.texts) == {f"{kill}: {n}": 1 for kill in range(KILLS) for n in range(30)}
    assert all(read(row).external_id for row in ids)


def test_two_processes_share_the_work(tenant: Agency, stub: StubNetwork) -> None:
    due_at = utc_now() + timedelta(seconds=3)
    ids = [tenant.schedule(f"post {n}", due_at) for n in range(100)]
    with _publisher(stub.url, 60), _publisher(stub.url, 60):
        _wait_until(lambda: {state_of(row) for row in ids} == {State.PUBLISHED})
    assert Counter(stub.texts) == {f"post {n}": 1 for n in range(100)}


def test_sigterm_finishes_what_is_under_way_and_gives_back_the_rest(
    tenant: Agency, stub: StubNetwork
) -> None:
    now, later = tenant.schedule("now"), tenant.schedule("later", utc_now() + timedelta(seconds=50))
    with _publisher(stub.url, 60) as process:
        _wait_until(lambda: stub.received == 1 and read(later).lease_owner is not None)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert (state_of(now), state_of(later)) == (State.PUBLISHED, State.SCHEDULED)
    assert read(later).lease_owner is None
    assert stub.texts == ["now"]
