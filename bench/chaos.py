"""Posts on all networks while publishers are killed with -9, the database restarts and networks fail.

Afterwards the sandbox's own list of what it accepted is compared with the ledger. What is done when, and to
whom, follows from the seed; what it hits then is the machine's chance.

Waits that networks ask for (a quarter of an hour, a day) are cut to seconds, so that a run ends soon.
"""

from __future__ import annotations

import random
import re
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import psycopg
from sqlalchemy import select

from bench.members import Member, draft, kinds_of
from bench.publishing import Installation, installed, owner
from foundation.database import Tenant, tenant_session, utc_now, worker_session
from platforms.contract import Finding
from platforms.errors import NetworkError
from platforms.registry import NETWORK_KEYS
from publishing.compose import create_post
from publishing.content import of_publication
from publishing.models import Post, Publication
from publishing.senders import ConnectedSenders
from publishing.states import State

PUBLISHERS = 2
LEAD_S = 8.0  # from the last post composed to the first one due
POSTS_A_SECOND = 10.0
KILL_EVERY_S = (2.0, 5.0)
RESTARTS = 400  # posts for each restart of the database, and one at least
UPLOADS = 50  # on YouTube: the whole app has a hundred a day, tries included
PATIENCE_S = 900.0
# Shares of all calls. What accepts and then says nothing is the hardest of them.
FAULTS = {"429": 0.05, "5xx": 0.05, "accept_then_drop": 0.05, "drop_before_accept": 0.02}
# Seconds where an installation has minutes. A call that was made is done in less than `absent_after`.
POLICY: Mapping[str, float] = {
    "lease": 4,
    "heartbeat": 1,
    "poll": 0.3,
    "send_within": 3,
    "retry_base": 0.3,
    "retry_cap": 3,
    "first_look": 1,
    "look_cap": 4,
    "absent_after": 12,
    "missed_after": 259_200,  # waits of a day are cut short, and make nothing too late
}
_SHORTEN = """
UPDATE network_limits SET blocked_until = now() + interval '1 s' WHERE blocked_until > now() + interval '1 s';
UPDATE publications SET not_before = now() + interval '1 s', version = version + 1,
  lease_owner = NULL, lease_until = NULL
WHERE state = 'scheduled' AND not_before > now() + interval '1 s'
"""
ENDED = (State.PUBLISHED, State.FAILED, State.MISSED, State.CANCELLED)
Say = Callable[[str], None]


@dataclass
class Run:
    """One chaos run: what was composed, by its token, and who publishes."""

    installation: Installation
    seed: int
    say: Say
    tokens: dict[str, UUID] = field(default_factory=dict)  # to publications
    publishers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    kills: int = 0
    restarts: int = 0


def measure(posts: int, seed: int, say: Say) -> dict[str, int]:
    """Publish so many posts through it all, and compare.

    Returns:
        ``posts, doubled, lost, wrong_state, unknown_findable, kills``: `lost` are those that are not public
        and that nobody is asked about; `wrong_state` those of which the ledger says the opposite of the
        network; `unknown_findable` those left unknown though the network shows them.
    """
    brands = min(max(posts // 40, 2), 25)
    with installed(NETWORK_KEYS, brands) as installation:
        run = Run(installation, seed, say)
        spread_s = max(posts / POSTS_A_SECOND, 12.0)
        _compose(run, posts, spread_s)
        for number, key in enumerate(NETWORK_KEYS):
            for kind, share in FAULTS.items():
                installation.fault(network=key, kind=kind, probability=share, seed=seed * 100 + number)
        with _waits_cut_short(installation), _published(run):
            _wreak_havoc(run, posts, spread_s)
            _wait_until_settled(run)
            installation.clear_faults()
            _wait_until_settled(run, patience_s=120.0)
        figures = _compare(run)
    return {"posts": posts, **figures, "kills": run.kills}


def _compose(run: Run, posts: int, spread_s: float) -> None:
    """Posts on accounts of all networks in turn, due one after the other."""
    chance = random.Random(run.seed)  # noqa: S311 - chaos by a seed
    by_network: dict[str, list[Member]] = {}
    for member in run.installation.members:
        by_network.setdefault(member.network, []).append(member)
    start = utc_now() + timedelta(seconds=LEAD_S + posts / 100)
    turns = _turns(posts)
    for first in range(0, posts, 100):
        with tenant_session(Tenant(run.installation.organization_id)) as session:
            for number in range(first, min(first + 100, posts)):
                member = chance.choice(by_network[turns[number]])
                token = f"q{run.seed:x}n{number:06d}e"
                due_at = start + timedelta(seconds=spread_s * number / posts)
                kind = chance.choice(kinds_of(member.network))
                composed = draft(member, kind, token, run.installation.files, due_at)
                post_id = create_post(session, run.installation.organization_id, composed)
                query = select(Publication.id).where(Publication.post_id == post_id)
                run.tokens[token] = session.scalars(query).one()
    run.say(f"{posts} posts on {len(run.installation.members)} accounts, due over {spread_s:.0f} s")


def _turns(posts: int) -> list[str]:
    """Which network each post goes to."""
    others = [key for key in NETWORK_KEYS if key != "youtube"]
    chosen = [NETWORK_KEYS[number % len(NETWORK_KEYS)] for number in range(posts)]
    uploads = 0
    for number, key in enumerate(chosen):
        uploads += key == "youtube"
        if key == "youtube" and uploads > UPLOADS:
            chosen[number] = others[number // len(NETWORK_KEYS) % len(others)]
    return chosen


def _wreak_havoc(run: Run, posts: int, spread_s: float) -> None:
    """Kill publishers and restart the database for as long as posts fall due."""
    chance = random.Random(run.seed + 1)  # noqa: S311 - chaos by a seed
    end = time.monotonic() + LEAD_S + posts / 100 + spread_s
    restarts = sorted(chance.uniform(0.2, 0.9) for _ in range(1 + posts // RESTARTS))
    began = time.monotonic()
    while time.monotonic() < end:
        time.sleep(chance.uniform(*KILL_EVERY_S))
        if restarts and time.monotonic() - began > restarts[0] * (end - began):
            restarts.pop(0)
            run.installation.restart_database()
            run.restarts += 1
            run.say(f"the database was restarted; {_states(run)}")
        else:
            _kill_one(run, chance)


def _kill_one(run: Run, chance: random.Random) -> None:
    number = chance.randrange(PUBLISHERS)
    victim = run.publishers[number]
    if victim.poll() is None:
        victim.kill()
        run.kills += 1
    victim.wait()
    run.publishers[number] = run.installation.publisher(3600, POLICY)
    if run.kills % 5 == 0:
        run.say(f"{run.kills} publishers killed; {_states(run)}")


@contextmanager
def _published(run: Run) -> Iterator[None]:
    """Publishers at work; what is left of them at the end goes."""
    run.publishers += [run.installation.publisher(3600, POLICY) for _ in range(PUBLISHERS)]
    try:
        yield
    finally:
        for process in run.publishers:
            process.kill()
            process.wait()


@contextmanager
def _waits_cut_short(installation: Installation) -> Iterator[None]:
    """Nobody waits longer than a moment for a network that asked for it."""
    closing = threading.Event()

    def cut() -> None:
        while not closing.wait(1.0):
            with suppress(psycopg.OperationalError), owner(installation) as connection:
                connection.execute(_SHORTEN)

    thread = threading.Thread(target=cut, daemon=True)
    thread.start()
    try:
        yield
    finally:
        closing.set()
        thread.join()


def _wait_until_settled(run: Run, patience_s: float = PATIENCE_S) -> None:
    """Until nothing more is to be expected of any post, with publishers that nobody kills."""
    until, told = time.monotonic() + patience_s, 0.0
    while (waiting := _waiting(run)) and time.monotonic() < until:
        for number, process in enumerate(run.publishers):
            if process.poll() is not None:
                run.say(f"a publisher ended by itself ({process.returncode})")
                run.publishers[number] = run.installation.publisher(3600, POLICY)
        if time.monotonic() - told > 10:
            run.say(f"{waiting} posts are on their way; {_states(run)}")
            told = time.monotonic()
        time.sleep(1.0)


def _waiting(run: Run) -> int:
    rows = _rows(run)
    return sum(row.current not in ENDED and not row.asks_person for row in rows.values())


def _rows(run: Run) -> dict[UUID, Publication]:
    with worker_session(run.installation.settings) as session:
        return {row.id: row for row in session.scalars(select(Publication))}


def _states(run: Run) -> str:
    counted = Counter(row.state for row in _rows(run).values())
    return ", ".join(f"{count} {state}" for state, count in sorted(counted.items()))


def _compare(run: Run) -> dict[str, int]:
    """What the network has, beside what the ledger says."""
    rows = _rows(run)
    there = Counter(_accepted(run))
    figures = Counter(dict.fromkeys(("doubled", "lost", "wrong_state", "unknown_findable"), 0))
    for token, publication_id in run.tokens.items():
        row, count = rows[publication_id], there[token]
        found = _verdict(run, row, count)
        figures.update(found)
        for name in found:
            run.say(f"{name}: {row.network} {token} is {row.state}, {count} on the network: {row.problem}")
    run.say(f"{_states(run)}; {run.restarts} restarts of the database")
    return dict(figures)


def _accepted(run: Run) -> Iterator[str]:
    token = re.compile(rf"q{run.seed:x}n\d{{6}}e")
    for post in run.installation.sandbox("posts")["posts"]:
        if not post["deleted"]:
            yield from set(token.findall(f"{post['text']} {post['payload']}"))


def _verdict(run: Run, row: Publication, count: int) -> list[str]:
    """What is wrong with one post."""
    found = ["doubled"] if count > 1 else []
    unknown = row.current is State.UNKNOWN
    if not count and not (unknown and row.asks_person):
        found.append("lost")
    if not unknown and bool(count) != (row.current is State.PUBLISHED):
        found.append("wrong_state")
    if unknown and count and _is_findable(run, row):
        found.append("unknown_findable")
    return found


def _is_findable(run: Run, row: Publication) -> bool:
    """Whether looking would have settled it."""
    settings = run.installation.settings
    senders = ConnectedSenders(settings)
    with worker_session(settings) as session:
        post = session.get_one(Post, row.post_id)
    message = of_publication(post, row).message(row.organization_id, settings)
    try:
        account = senders.account(row.account_id)
        sent_at = row.sent_at or row.due_at or utc_now()
        found = senders.publisher(row.network).find(account, message, sent_at, row.prepared)
    except NetworkError as error:
        run.say(f"looking once more failed: {error.message}")
        return True
    return found.finding is Finding.FOUND
