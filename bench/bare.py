"""``python -m bench.bare FILE TIMES``: send the requests of a file so often, as fast as a bare client can.

Each time the words of the posts are others. Prints one JSON object: requests a second, how many the file has,
and how often which status was answered (0: none); a refusal is an answer too.
"""

from __future__ import annotations

import base64
import json
import re
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2

AT_ONCE = 16
TOKEN = re.compile(rb"Fresh(.)out(.)of(.)the(.)oven(.)[0-9a-f]{28}")
_OWN = ("content-length", "connection", "host", "transfer-encoding")


def main(path: Path, times: int) -> None:
    """Send, and print."""
    recorded = [json.loads(line) for line in path.read_text().splitlines()]
    calls = [_other_words(call, turn) for turn in range(times) for call in recorded]
    answers: Counter[int] = Counter()
    limits = httpx2.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    with httpx2.Client(trust_env=False, timeout=60, limits=limits) as client:

        def send(call: dict[str, Any]) -> int:
            try:
                return client.request(**call).status_code
            except httpx2.TransportError:
                return 0

        began = time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers.update(pool.map(send, calls))
        took = time.perf_counter() - began
    found = {"requests_per_s": len(calls) / took, "recorded": len(recorded), "answers": dict(answers)}
    print(json.dumps(found))


def _other_words(call: dict[str, Any], turn: int) -> dict[str, Any]:
    mark = f"{turn:04x}".encode()
    body = base64.b64decode(call["body"])
    said = TOKEN.search(body)
    if said:
        body = body.replace(said[0], said[0][:-4] + mark)
    headers = {name: value for name, value in call["headers"].items() if name.lower() not in _OWN}
    return {"method": call["method"], "url": call["url"], "headers": headers, "content": body}


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
