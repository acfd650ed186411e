"""A load of HTTP GETs from many connections at once, cheap enough not to be what is measured.

Plain HTTP/1.1 over asyncio streams: a full client costs as much per request as the server under test, and
would flatter the ratio.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

WARM_UP = 0.25  # of the time, before anything counts


@dataclass(frozen=True)
class Load:
    """What came of a load: latencies in milliseconds, answers a second, answers other than 200."""

    p50_ms: float
    p95_ms: float
    p99_ms: float
    rps: float
    refused: int


def put_load(url: str, headers: dict[str, str], connections: int, seconds: float) -> Load:
    """Ask for `url` from so many connections for so long, from a process of its own."""
    task = json.dumps([url, headers, connections, seconds])
    done = subprocess.run(
        [sys.executable, "-m", "bench.load", task], capture_output=True, text=True, check=True
    )
    return Load(**json.loads(done.stdout))


async def _load(url: str, headers: dict[str, str], connections: int, seconds: float) -> Load:
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    lines = [f"GET {target} HTTP/1.1", f"Host: {parts.netloc}", *(f"{k}: {v}" for k, v in headers.items())]
    request = ("\r\n".join(lines) + "\r\n\r\n").encode()
    begin = time.perf_counter() + seconds * WARM_UP
    end = begin + seconds
    workers = [
        _connection(parts.hostname or "", parts.port or 80, request, begin, end) for _ in range(connections)
    ]
    found = await asyncio.gather(*workers)
    taken = sorted(latency for latencies, _ in found for latency in latencies)
    p50, p95, p99 = (round(_quantile(taken, q) * 1000, 2) for q in (0.50, 0.95, 0.99))
    return Load(
        p50_ms=p50,
        p95_ms=p95,
        p99_ms=p99,
        rps=round(len(taken) / seconds, 1),
        refused=sum(refused for _, refused in found),
    )


async def _connection(
    host: str, port: int, request: bytes, begin: float, end: float
) -> tuple[list[float], int]:
    """One keep-alive connection: the latencies of answers that came between the two moments."""
    reader, writer = await asyncio.open_connection(host, port)
    latencies: list[float] = []
    refused = 0
    while (sent := time.perf_counter()) < end:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(_length(head))
        now = time.perf_counter()
        if begin <= sent and now <= end:
            latencies.append(now - sent)
            refused += not head.startswith(b"HTTP/1.1 200")
    writer.close()
    return latencies, refused


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ValueError("an answer without its length")


def _quantile(ordered: Sequence[float], q: float) -> float:
    """The nearest-rank quantile."""
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))] if ordered else float("nan")


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(_load(*json.loads(sys.argv[1]))))))
