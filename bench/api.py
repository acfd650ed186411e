"""Five common routes of the API at 50 connections, beside bare handlers in the same process."""

from __future__ import annotations

import hashlib
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from bench.floor import QUERIES
from bench.load import Load, put_load
from bench.rig import free_ports
from foundation import postgres
from foundation.database import utc_now, worker_session
from foundation.migrate import migrate
from foundation.settings import REPOSITORY, Settings
from identity.models import AuditEvent, Brand, Membership, Organization, Person, SessionToken, SignIn
from identity.passwords import UNUSABLE
from identity.permissions import Role

CONNECTIONS = 50
BRANDS, MEMBERS, EVENTS = 20, 60, 2_000
START_S = 60


@dataclass(frozen=True)
class World:
    """An organization of ordinary size, and the token of its owner."""

    organization: UUID
    person: UUID
    token: str


def measure(seconds: float, say: Callable[[str], None]) -> dict[str, float]:
    """Load each route, and its floor, for so many seconds.

    Returns:
        Of the worst route (by its ratio): ``p50_ms, p95_ms, p99_ms, rps, floor_p95_ms, ratio``.
    """
    with tempfile.TemporaryDirectory(prefix="allin-bench-", ignore_cleanup_errors=True) as folder:
        settings = Settings(home=Path(folder) / "home", database_url="", demo=False)
        url = postgres.start(settings)
        try:
            migrate(url)
            world = _world(Settings(home=settings.home, database_url=url, demo=False))
            with _server(settings.home, url) as address:
                found = {name: _route(address, name, world, seconds) for name in QUERIES}
        finally:
            postgres.stop(settings)
    for name, (product, bare) in found.items():
        say(
            f"GET /{name}: p50 {product.p50_ms} ms, p95 {product.p95_ms} ms, p99 {product.p99_ms} ms, "
            f"{product.rps:.0f}/s; bare p95 {bare.p95_ms} ms, {bare.rps:.0f}/s; "
            f"ratio {product.p95_ms / bare.p95_ms:.2f}"
        )
    product, bare = max(found.values(), key=lambda pair: pair[0].p95_ms / pair[1].p95_ms)
    return {
        "p50_ms": product.p50_ms,
        "p95_ms": product.p95_ms,
        "p99_ms": product.p99_ms,
        "rps": product.rps,
        "floor_p95_ms": bare.p95_ms,
        "ratio": round(product.p95_ms / bare.p95_ms, 2),
    }


def _route(address: str, name: str, world: World, seconds: float) -> tuple[Load, Load]:
    bare = put_load(f"{address}/floor/{name}/{world.organization}/{world.person}", {}, CONNECTIONS, seconds)
    bearer = {"Authorization": f"Bearer {world.token}"}
    product = put_load(f"{address}/api/v1/{name}", bearer, CONNECTIONS, seconds)
    for load in (bare, product):
        if load.refused:
            raise RuntimeError(f"{load.refused} answers of {name} were not 200")
    return product, bare


def _world(settings: Settings) -> World:
    """Write the organization as its routes will read it."""
    world = World(uuid4(), uuid4(), secrets.token_urlsafe(32))
    people = [world.person, *(uuid4() for _ in range(MEMBERS - 1))]
    with worker_session(settings) as session:
        session.add(Organization(id=world.organization, name="Bench"))
        for number, person in enumerate(people):
            session.add(
                Person(id=person, email=f"person{number}@example.com", name="", password_hash=UNUSABLE)
            )
        session.flush()
        for person in people:
            role = Role.OWNER if person == world.person else Role.EDITOR
            session.add(Membership(person_id=person, organization_id=world.organization, role=role.value))
        for number in range(BRANDS):
            session.add(
                Brand(organization_id=world.organization, name=f"Brand {number}", timezone="Europe/Berlin")
            )
        for number in range(EVENTS):
            session.add(
                AuditEvent(
                    organization_id=world.organization,
                    actor="person1@example.com",
                    action="updated",
                    target_type="brand",
                    target_id=str(number),
                    target=f"Brand {number}",
                    before={"name": "before"},
                    after={"name": "after"},
                )
            )
        _signed_in(session, world)
    return world


def _signed_in(session: Session, world: World) -> None:
    later = utc_now() + timedelta(hours=1)
    sign_in = SignIn(person_id=world.person, organization_id=world.organization, kind="api", expires_at=later)
    session.add(sign_in)
    session.flush()
    digest = hashlib.sha256(world.token.encode()).digest()
    session.add(SessionToken(token_hash=digest, session_id=sign_in.id, kind="access", expires_at=later))


@contextmanager
def _server(home: Path, database_url: str) -> Iterator[str]:
    """The app and its floor, in a process of their own; every request is counted, none is refused."""
    port = free_ports(1)[0]
    environment = {
        **os.environ,
        "ALLIN_HOME": str(home),
        "DATABASE_URL": database_url,
        "ALLIN_APP_PORT": str(port),
        "ALLIN_DEMO": "false",
        "ALLIN_API_REQUESTS_PER_MINUTE": str(10**8),
    }
    process = subprocess.Popen([sys.executable, "-m", "bench.floor"], env=environment, cwd=REPOSITORY)
    try:
        _wait(f"http://127.0.0.1:{port}/health", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urlopen(url, timeout=2):  # noqa: S310 - our own loopback address
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError("the app did not start")
