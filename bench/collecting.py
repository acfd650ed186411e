"""``python -m bench.collecting NETWORK…``: collect every connected account once, in a process of its own.

Prints one JSON object: seconds, answers landed, the peak of memory in MB, and every request in the order
of its account, for a bare loop to repeat.
"""

from __future__ import annotations

import gc
import json
import logging
import resource
import sys
import time
from collections import defaultdict

import httpx2

from assets.ingest import collect_network
from platforms import http
from platforms.transport import client as real_client
from warehouse import lake

Requests = dict[str, list[tuple[str, str]]]


def main(networks: list[str]) -> None:
    """Collect, and print."""
    requests: Requests = defaultdict(list)

    def note(request: httpx2.Request) -> None:
        requests[request.headers.get("authorization", "")].append((request.method, str(request.url)))

    def noting(*where: str, **how: bool) -> httpx2.Client:
        made = real_client(*where, **how)
        made.event_hooks = {"request": [note], "response": []}
        return made

    setattr(http, "client", noting)  # noqa: B010 - what `Api` calls
    with lake.connect() as connection:  # makes the lake, and loads what DuckDB loads once in a process
        lake.ensure(connection)
    gc.freeze()  # as pipelines.analytics.definitions does
    began = time.perf_counter()
    results = [result for key in networks for result in collect_network(key, "bench", logging.getLogger())]
    seconds = time.perf_counter() - began
    problems = [f"{result.account}: {result.problem}" for result in results if result.problem]
    if problems:
        raise SystemExit("; ".join(problems[:3]))
    figures = {
        "seconds": seconds,
        "landed": sum(result.landed for result in results),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "requests": requests,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(sys.argv[1:])
