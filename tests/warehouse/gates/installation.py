"""Accounts in PostgreSQL and the lake, and answers landed for them as collecting would."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

import duckdb
from sqlalchemy import text

from foundation.database import worker_session
from foundation.settings import Settings
from platforms.contract import Account, Answer, Credentials
from tests.warehouse.gates.histories import Seen
from warehouse import landing

ORGANIZATION = text("INSERT INTO organizations (id, name) VALUES (:o, :name)")
BRAND = text(
    "INSERT INTO brands (id, organization_id, name, timezone) VALUES (:b, :o, :name, 'Europe/Berlin')"
)
ACCOUNT = text(
    "INSERT INTO accounts (id, organization_id, brand_id, network, external_id, name, access_token) "
    "VALUES (:a, :o, :b, :network, :external_id, :name, 'k.sealed')"
)
WINDOW = text(
    "INSERT INTO collections (account_id, organization_id, entity, observed_hour, since, finished_at, pages) "
    "VALUES (:a, :o, :entity, :hour, :since, :hour, :pages) ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True)
class Landing:
    """Answers of an account of a moment, and what the network `brought`, where some was lost since."""

    name: str
    answers: Sequence[Answer]
    seen: Seen
    brought: Sequence[Answer] | None = None


@dataclass
class Installation:
    """A lake with its accounts. Each account has an organization and a brand of its own, or another's."""

    settings: Settings
    connection: duckdb.DuckDBPyConnection
    accounts: dict[str, Account] = field(default_factory=dict)
    homes: dict[str, dict[str, uuid.UUID]] = field(default_factory=dict)  # organization and brand, by account

    def add(self, name: str, network: str, external_id: str, *, beside: str | None = None) -> Account:
        """Connect an account, in the brand of the one it is `beside`; `register` puts it into the lake."""
        ids = self.homes.get(beside or "") or {"o": uuid.uuid4(), "b": uuid.uuid4()}
        self.homes[name] = ids
        ids = {**ids, "a": uuid.uuid4()}
        values = {**ids, "name": name, "network": network, "external_id": external_id}
        with worker_session(self.settings) as session:
            for statement in (ORGANIZATION, BRAND, ACCOUNT)[2 if beside else 0 :]:
                session.execute(statement, values)
        account = Account(str(ids["a"]), str(ids["o"]), network, external_id, name, Credentials("token"))
        self.accounts[name] = account
        return account

    def register(self) -> None:
        """Land the registry."""
        with worker_session(self.settings) as session:
            landing.land_registry(self.connection, landing.registry(session))

    def land(
        self,
        name: str,
        answers: Iterable[Answer],
        hour: datetime,
        *,
        run: str = "run",
        since: datetime | None = None,
        finished: bool = True,
        brought: Sequence[Answer] | None = None,
    ) -> None:
        """Land answers of an hour, and note their windows as come to their end with what they `brought`."""
        account, found = self.accounts[name], list(answers)
        with self.connection.cursor() as cursor:
            landing.land(cursor, account, found, hour, run, known=set())
        shared = {"a": account.id, "o": account.organization_id, "hour": hour, "since": since}
        with worker_session(self.settings) as session:
            pages = Counter(answer.entity.value for answer in brought or found if is_json(answer.body))
            for entity in {answer.entity.value for answer in brought or found} if finished else ():
                session.execute(WINDOW, {**shared, "entity": entity, "pages": pages[entity]})

    def land_all(self, landings: Iterable[Landing]) -> None:
        """Land answers of many accounts, each of a moment, as many as can be in one commit."""

        def land(one: Landing) -> None:
            self.land(one.name, one.answers, one.seen.hour, since=one.seen.since, brought=one.brought)

        with ThreadPoolExecutor(16) as pool:
            list(pool.map(land, landings))

    def aside(self, name: str) -> dict[str, set[str]]:
        """What of an account is set aside: entities by check."""
        rows = self.connection.execute(
            "SELECT check_name, entity FROM lake.raw.quarantine WHERE account_id = ?",
            [self.accounts[name].id],
        ).fetchall()
        found: dict[str, set[str]] = {}
        for check, entity in rows:
            found.setdefault(str(check), set()).add(str(entity))
        return found


def is_json(text: str) -> bool:
    """Whether an answer came whole."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def body(answer: Answer, document: object) -> Answer:
    """The answer with another body."""
    return Answer(
        answer.entity,
        answer.request,
        answer.requested_at,
        answer.status,
        json.dumps(document),
        answer.next_cursor,
    )
