"""What the sandbox answers about one account of each network, at several moments: clean histories."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from platforms.contract import Answer, Entity
from platforms.registry import NETWORK_KEYS, network
from tests.platforms.conftest import Sandbox, as_account, case_module, pointed_at, serving

DAYS = 60
NEIGHBOURS = ("facebook", "threads", "tiktok", "youtube")  # where a second brand is looked at, too
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# Each look: how long after the one before, and how far back it goes (None: all there is).
LOOKS: tuple[tuple[timedelta, timedelta | None], ...] = (
    (timedelta(0), None),
    (DAY, None),
    (HOUR, DAY),
)


@dataclass(frozen=True)
class Seen:
    """All answers about an account at one moment (aware UTC), from `since` on."""

    at: datetime
    since: datetime | None
    answers: tuple[Answer, ...]

    @property
    def hour(self) -> datetime:
        """The hour it was asked in."""
        return self.at.replace(minute=0, second=0, microsecond=0)


@dataclass(frozen=True)
class History:
    """An account's looks, in order."""

    network: str
    external_id: str
    looks: tuple[Seen, ...]


@contextmanager
def histories(home: Path) -> Iterator[dict[tuple[str, int], History]]:
    """The histories of the first brand on every network, and of the second on some, by network and place."""
    with serving(home, days=DAYS) as sandbox:
        looks: dict[tuple[str, int], list[Seen]] = {}
        ids: dict[tuple[str, int], str] = {}
        for after, back in LOOKS:
            if after:
                sandbox.advance(after.total_seconds())
            for key in NETWORK_KEYS:
                for brand in (0, 1) if key in NEIGHBOURS else (0,):
                    external_id, seen = _look(sandbox, key, brand, back)
                    looks.setdefault((key, brand), []).append(seen)
                    ids[key, brand] = external_id
        yield {place: History(place[0], ids[place], tuple(seen)) for place, seen in looks.items()}


def _look(sandbox: Sandbox, key: str, brand: int, back: timedelta | None) -> tuple[str, Seen]:
    connector = network(key, pointed_at(sandbox))
    credentials = case_module(key).credentials(sandbox.access(key, brand))
    remotes = [one for one in connector.connect.accounts(credentials) if ":person:" not in one.external_id]
    account = as_account(remotes[min(brand, len(remotes) - 1)])
    now = sandbox.now()
    answers: list[Answer] = []
    for entity in connector.collect.entities:
        if entity is not Entity.DEMOGRAPHICS:
            since = _since(entity, now, back)
            # Some networks give each post's numbers in an answer of its own.
            most = 20 if entity is Entity.POST_METRICS else None
            answers += islice(connector.collect.collect(account, entity, since, now, None), most)
    # The sandbox's clock is ahead of the one that calls are stamped by.
    stamped = [replace(one, requested_at=now + timedelta(milliseconds=i)) for i, one in enumerate(answers)]
    return account.external_id, Seen(now, now - back if back else None, tuple(stamped))


def _since(entity: Entity, now: datetime, back: timedelta | None) -> datetime | None:
    """Days go back a few weeks at first, and five days from then on."""
    if entity is Entity.ACCOUNT_METRICS:
        return now - (5 * DAY if back else 20 * DAY)
    return now - back if back else None
