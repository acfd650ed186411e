"""Collecting from the sandbox into raw, beside a bare loop of the same requests at the same concurrency."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2

from assets.ingest import ACCOUNTS_AT_ONCE
from bench.members import connect_all
from bench.sandboxed import sandbox
from foundation import postgres
from foundation.migrate import migrate
from foundation.settings import REPOSITORY, Settings

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
    with sandbox(_variables(brands, BUSY)) as port:
        warm = _collect(port)  # the sandbox makes its history when it is first asked
        say(f"{2 * brands} accounts, {warm['landed']} answers landed; the sandbox is warm")
        bare_s = _repeat(warm["requests"])
        ours = _collect(port)
    requests = sum(len(of_account) for of_account in ours["requests"].values())
    say(f"{ours['seconds']:.1f} s for {requests} requests; a bare loop {bare_s:.1f} s")
    peaks = {}
    for times in (1, 10):
        with sandbox(_variables(3, BUSY * times)) as port:
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
            connect_all(Settings(home=home, database_url=url, sandbox_port=port), uuid4(), NETWORKS)
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


def _variables(brands: int, busy: int) -> dict[str, str]:
    """A sandbox with so many brands, which counts no calls."""
    x_limits = dict.fromkeys(X_CALLS, 100_000)
    return {
        "ALLIN_SANDBOX_SMTP_PORT": "0",
        "ALLIN_SANDBOX_BRANDS": str(brands),
        "ALLIN_SANDBOX_BUSY": str(busy),
        "ALLIN_SANDBOX_DAYS": str(DAYS),
        "ALLIN_SANDBOX_X_LIMITS": json.dumps(x_limits),
        "ALLIN_SANDBOX_FACEBOOK_HOURLY_CALLS": "1000000",
    }
