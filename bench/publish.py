"""Posts due at a steady rate, published by the product, beside a bare loop that sends the same requests."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from statistics import median
from uuid import uuid4

from bench.members import draft, kinds_of
from bench.publishing import Installation, installed, owner
from foundation.database import Tenant, tenant_session, utc_now, worker_session
from foundation.settings import REPOSITORY
from publishing.claim import claim_due, release
from publishing.compose import create_post

NETWORKS = ("facebook", "instagram", "x", "threads", "linkedin", "pinterest", "bluesky")
BRANDS = 40  # accounts of each network: none comes near what its network allows an account
RATE, SECONDS = 100, 60
LEAD_S = 40.0  # as long as the sensor looks ahead, less the start of a run
PATIENCE_S = 300.0  # after the last post's time
SMALL, LARGE = 1_000, 1_000_000
CLAIMS, CLAIMED = 40, 50
RECORDED, REPEATED = 420, 6
Say = Callable[[str], None]
_SENT = """
SELECT extract(epoch FROM sent_at - due_at)::float, extract(epoch FROM sent_at)::float
FROM publications WHERE state = 'published' ORDER BY sent_at
"""
_FILL = """
WITH one AS (SELECT * FROM publications ORDER BY id LIMIT 1), made AS (
  INSERT INTO posts (id, organization_id, brand_id, text)
  SELECT gen_random_uuid(), p.organization_id, p.brand_id, 'old ' || n
  FROM posts p, generate_series(1, %(count)s) n WHERE p.id = (SELECT post_id FROM one)
  RETURNING id
)
INSERT INTO publications (id, organization_id, post_id, account_id, network, state, due_at, sent_at,
  published_at, external_id)
SELECT gen_random_uuid(), one.organization_id, made.id, one.account_id, one.network, 'published',
  now() - random() * interval '700 days', now(), now(), made.id::text
FROM one, made
"""


def measure(seconds: int, say: Say) -> dict[str, float]:
    """Publish `RATE` posts a second for so many seconds, and send the same requests with a bare loop.

    Returns:
        ``sent_per_s, bare_per_s, ratio, lateness_p50_s, lateness_p95_s, lateness_p99_s, claim_ms_1k,
        claim_ms_1m``, and ``cpu_s, peak_mb`` of the publisher. The bare rate is posts a second, as fast as
        it goes; the product's, while it was behind, or else the rate at which the posts fell due.
    """
    with installed(NETWORKS, BRANDS) as installation:
        figures = _publish(installation, seconds, say)
        bare = _bare(installation, RATE * seconds, say)
        claims = {name: _claiming(installation, count, say) for name, count in
                  (("claim_ms_1k", SMALL), ("claim_ms_1m", LARGE))}  # fmt: skip
    ratio = round(figures["sent_per_s"] / bare, 2)
    return {**figures, "bare_per_s": round(bare, 1), "ratio": ratio, **claims}


def _publish(installation: Installation, seconds: int, say: Say) -> dict[str, float]:
    count = RATE * seconds
    start = utc_now() + timedelta(seconds=LEAD_S + count / 60)
    _compose(installation, count, start)
    say(f"{count} posts composed on {len(installation.members)} accounts")
    time.sleep(max((start - utc_now()).total_seconds() - LEAD_S, 0.0))
    process = installation.publisher((start - utc_now()).total_seconds() + seconds + PATIENCE_S)
    out = _until_published(installation, process, count, start + timedelta(seconds=seconds))
    used = json.loads(out.splitlines()[-1])
    with owner(installation) as connection:
        rows = connection.execute(_SENT).fetchall()
    if len(rows) < count:
        say(f"only {len(rows)} of {count} were published")
    lateness = sorted(row[0] for row in rows)
    duration = rows[-1][1] - start.timestamp()
    p50, p95, p99 = (round(lateness[int(q * (len(lateness) - 1))], 3) for q in (0.50, 0.95, 0.99))
    say(f"{len(rows) / duration:.1f} sent a second; {p50}, {p95}, {p99} s late (p50, p95, p99)")
    say(f"the publisher used {used['cpu_s']:.1f} s of CPU and {used['peak_mb']:.0f} MB at most")
    return {
        "sent_per_s": round(len(rows) / duration, 1),
        "lateness_p50_s": p50, "lateness_p95_s": p95, "lateness_p99_s": p99,
        "cpu_s": round(used["cpu_s"], 1), "peak_mb": round(used["peak_mb"], 1),
    }  # fmt: skip


def _until_published(
    installation: Installation, process: subprocess.Popen[bytes], count: int, end: datetime
) -> bytes:
    """Wait until all is published, or for as long as patience lasts; what the publisher prints in the end."""
    time.sleep(max((end - utc_now()).total_seconds(), 0.0))
    with owner(installation) as connection:
        while utc_now() < end + timedelta(seconds=PATIENCE_S):
            found = connection.execute(
                "SELECT count(*) FROM publications WHERE state = 'published'"
            ).fetchone()
            if found and found[0] >= count:
                break
            time.sleep(0.5)
    time.sleep(2.0)  # what is public is read back
    process.terminate()
    return process.communicate()[0]


def _compose(installation: Installation, count: int, start: datetime, rate: float = RATE) -> None:
    """Posts of all networks in turn, words and images, due `rate` a second."""
    by_network = {key: [one for one in installation.members if one.network == key] for key in NETWORKS}
    for first in range(0, count, 100):
        with tenant_session(Tenant(installation.organization_id)) as session:
            for number in range(first, min(first + 100, count)):
                turn, key = divmod(number, len(NETWORKS))[0], NETWORKS[number % len(NETWORKS)]
                member = by_network[key][turn % BRANDS]
                kinds = kinds_of(key)
                due_at = start + timedelta(seconds=number / rate)
                token = uuid4().hex
                composed = draft(member, kinds[turn % len(kinds)], token, installation.files, due_at)
                create_post(session, installation.organization_id, composed)


def _bare(installation: Installation, there: int, say: Say) -> float:
    """Posts a second of a loop that repeats the publisher's requests, with words of their own."""
    path = installation.home / "requests.jsonl"
    _compose(installation, RECORDED, utc_now(), rate=1e6)
    process = installation.publisher(PATIENCE_S, record=path)
    _until_published(installation, process, there + RECORDED, utc_now())
    done = subprocess.run(
        [sys.executable, "-m", "bench.bare", str(path), str(REPEATED)],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    posts_per_s = found["requests_per_s"] * RECORDED / found["recorded"]
    say(
        f"bare: {found['requests_per_s']:.0f} requests a second, {found['recorded'] / RECORDED:.1f} a post: "
        f"{posts_per_s:.1f} posts a second; answers {found['answers']}"
    )
    return float(posts_per_s)


def _claiming(installation: Installation, old: int, say: Say) -> float:
    """Milliseconds that a claim takes beside so many old publications, the median."""
    with owner(installation) as connection:
        row = connection.execute("SELECT count(*) FROM publications").fetchone()
        there = row[0] if row else 0
        connection.execute(_FILL, {"count": max(old - there, 0)})
        connection.execute("VACUUM (ANALYZE)")  # what the server does by itself a while after such a change
        connection.execute("CHECKPOINT")
    if not there or old == SMALL:
        _compose(installation, 4 * CLAIMED, utc_now() + timedelta(hours=1))
    took = []
    for _ in range(CLAIMS):
        began = time.perf_counter()
        with worker_session(installation.settings) as session:
            until = utc_now() + timedelta(hours=2)
            claims = claim_due(session, "bench", until, limit=CLAIMED, lease=timedelta(minutes=1))
        took.append((time.perf_counter() - began) * 1000)
        if len(claims) != CLAIMED:
            raise RuntimeError(f"{len(claims)} were claimed, not {CLAIMED}")
        with worker_session(installation.settings) as session:
            release(session, claims)
    found = round(median(took), 2)
    say(f"claiming {CLAIMED} beside {old:,} old ones: {found} ms")
    return found
