"""Collecting from the sandbox into raw, beside a bare loop of the same requests at the same concurrency."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2

from assets.ingest import ACCOUNTS_AT_ONCE
from bench.rig import free_ports
from foundation import postgres
from foundation.database import worker_session
from foundation.migrate import migrate
from foundation.settings import REPOSITORY, Settings
from identity.models import Brand, Organization
from platforms import accounts
from platforms.contract import Credentials
from platforms.registry import network

NETWORKS = ("facebook", "x")
DAYS, BUSY = 170, 3  # about a thousand posts an account
START_S = 60
X_CALLS = ("GET /2/users/me", "GET /2/users/:id/tweets")


def measure(brands: int, say: Callable[[str], None]) -> dict[str, float]:
    """Collect two accounts of each brand, and repeat their requests with a bare loop.

    Returns:
        ``seconds, bare_seconds, ratio, requests, peak_mb_1x, peak_mb_10x``; the peaks are of three accounts
        with a thousand and with ten thousand posts each.
    """
    with _sandbox(brands, BUSY) as port:
        warm = _collect(port)  # the sandbox makes its history when it is first asked
        say(f"{2 * brands} accounts, {warm['landed']} answers landed; the sandbox is warm")
        bare_s = _repeat(warm["requests"])
        ours = _collect(port)
    requests = sum(len(of_account) for of_account in ours["requests"].values())
    say(f"{ours['seconds']:.1f} s for {requests} requests; a bare loop {bare_s:.1f} s")
    peaks = {}
    for times in (1, 10):
        with _sandbox(3, BUSY * times) as port:
            peaks[times] = _collect(port, ("facebook",))["peak_mb"]
            say(f"three accounts of about {1_000 * times:,} posts: peak {peaks[times]:.0f} MB")
    return {
        "seconds": round(ours["seconds"], 2),
        "bare_seconds": round(bare_s, 2),
        "ratio": round(ours["seconds"] / bare_s, 2),
        "requests": requests,
        "peak_mb_1x": round(peaks[1], 1),
        "peak_mb_10x": round(peaks[10], 1),
    }


def _collect(port: int, networks: tuple[str, ...] = NETWORKS) -> dict[str, Any]:
    """Everything from the start, into empty stores, by a process of its own."""
    with tempfile.TemporaryDirectory(prefix="allin-bench-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        embedded = Settings(home=home, database_url="", sandbox_port=port)
        url = postgres.start(embedded)
        try:
            migrate(url)
            _connect(Settings(home=home, database_url=url, sandbox_port=port))
            own = {"DATABASE_URL": url, "ALLIN_HOME": folder, "ALLIN_SANDBOX_PORT": str(port)}
            done = subprocess.run(
                [sys.executable, "-m", "bench.collecting", *networks],
                cwd=REPOSITORY, env={**os.environ, **own}, capture_output=True, text=True, check=False,
            )  # fmt: skip
        finally:
            postgres.stop(embedded)
    if done.returncode:
        raise RuntimeError(f"collecting failed: {done.stderr.strip().splitlines()[-1]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _repeat(requests: dict[str, list[tuple[str, str]]]) -> float:
    """The same requests, one account after the other in each of as many threads; seconds."""
    with httpx2.Client(trust_env=False, timeout=60) as client, ThreadPoolExecutor(ACCOUNTS_AT_ONCE) as pool:

        def one(account: tuple[str, list[tuple[str, str]]]) -> None:
            token, calls = account
            for method, url in calls:
                client.request(
                    method, url, headers={"Authorization": token}
                ).json()  # refusals are answers too

        began = time.perf_counter()
        list(pool.map(one, requests.items()))
        return time.perf_counter() - began


@contextmanager
def _sandbox(brands: int, busy: int) -> Iterator[int]:
    """The sandbox with so many brands, on a free port; its state is gone at the end."""
    port = free_ports(1)[0]
    folder = tempfile.TemporaryDirectory(prefix="allin-bench-", ignore_cleanup_errors=True)
    environment = {
        **os.environ,
        "ALLIN_SANDBOX_HOME": folder.name,
        "ALLIN_SANDBOX_PORT": str(port),
        "ALLIN_SANDBOX_SMTP_PORT": "0",
        "ALLIN_SANDBOX_BRANDS": str(brands),
        "ALLIN_SANDBOX_BUSY": str(busy),
        "ALLIN_SANDBOX_DAYS": str(DAYS),
        "ALLIN_SANDBOX_X_LIMITS": json.dumps(
            {"GET /2/users/me": 100_000, "GET /2/users/:id/tweets": 100_000}
        ),
        "ALLIN_SANDBOX_FACEBOOK_HOURLY_CALLS": "1000000",
    }
    process = subprocess.Popen([sys.executable, "-m", "sandbox"], cwd=REPOSITORY, env=environment)
    try:
        _wait(f"http://127.0.0.1:{port}/_sandbox/health")
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)
        folder.cleanup()


def _wait(address: str) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        try:
            httpx2.get(address, trust_env=False, timeout=2)
        except httpx2.TransportError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the sandbox did not start")


def _connect(settings: Settings) -> None:
    """Every brand of the sandbox's world with its page and its account on X."""
    world = httpx2.get(f"{settings.sandbox_url}/_sandbox/world", trust_env=False, timeout=300).json()
    organization = uuid4()
    with worker_session(settings) as session:
        session.add(Organization(id=organization, name="Bench"))
        session.flush()
        for one in world["brands"]:
            brand_id, name, zone = uuid4(), one["name"], one["timezone"]
            session.add(Brand(id=brand_id, organization_id=organization, name=name, timezone=zone))
            session.flush()
            tokens = {"facebook": one["facebook"]["user_token"], "x": one["x"]["access_token"]}
            for key, token in tokens.items():
                found = network(key, settings).connect.accounts(Credentials(token))
                accounts.connect(session, organization, brand_id, found[0], settings)
