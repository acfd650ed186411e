"""``python -m bench.publisher SECONDS POLICY [FILE]``: one window of a publisher, in a process of its own.

POLICY is a JSON object with fields of `publishing.policy.Policy`, durations in seconds. Prints one JSON
object: its CPU seconds and its peak of memory in MB. Every request is written to FILE, a JSON object a line.
"""

from __future__ import annotations

import base64
import json
import resource
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2

from foundation.database import utc_now
from foundation.settings import get_settings
from platforms import http
from platforms.transport import client as real_client
from publishing.policy import Policy
from publishing.publisher import run_window


def main(seconds: float, numbers: dict[str, float]) -> None:
    """Run, and print."""
    policy = Policy.of(get_settings())
    values: dict[str, Any] = {
        name: timedelta(seconds=value) if isinstance(getattr(policy, name), timedelta) else int(value)
        for name, value in numbers.items()
    }
    run_window("bench", utc_now() + timedelta(seconds=seconds), policy=replace(policy, **values))
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s, peak_mb = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    print(json.dumps({"cpu_s": cpu_s, "peak_mb": peak_mb}), flush=True)


def record(path: str) -> None:
    """Write down every request from now on."""
    file, lock = open(path, "w"), threading.Lock()  # noqa: SIM115 - as long as the process

    def note(request: httpx2.Request) -> None:
        body = base64.b64encode(request.read()).decode()
        headers = dict(request.headers.items())
        line = {"method": request.method, "url": str(request.url), "headers": headers, "body": body}
        with lock:
            file.write(json.dumps(line) + "\n")
            file.flush()

    def noting(*where: str, **how: bool) -> httpx2.Client:
        made = real_client(*where, **how)
        made.event_hooks = {"request": [note], "response": []}
        return made

    setattr(http, "client", noting)  # noqa: B010 - what `Api` calls


if __name__ == "__main__":
    if len(sys.argv) > 3:
        record(sys.argv[3])
    main(float(sys.argv[1]), json.loads(sys.argv[2]))
