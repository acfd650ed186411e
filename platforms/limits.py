"""The networks' limits, shared by every process: calls are counted before they go, refusals obeyed by all.

Counts live in PostgreSQL (``network_limits``), one row a window of an app or an account. Whoever calls for an
account says so with `on_behalf_of`; calls outside of it (a consent) are not counted. The network has the last
word: a store that can't be reached stops no call.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import Row, TextClause, text
from sqlalchemy.exc import SQLAlchemyError

from foundation.database import Role, engine, utc_now
from foundation.postgres import PostgresError
from foundation.settings import Settings
from platforms.capabilities import Capabilities, Quota
from platforms.contract import Account
from platforms.errors import NetworkError, RateLimited
from platforms.rates import spent_until

APP: Final = "app"
FOREVER: Final = timedelta(days=3650)  # the window of a row that only holds a block

log = logging.getLogger(__name__)

_COUNT = text("""
INSERT INTO network_limits AS l (network, subject, name, used, allowed, window_ends_at)
VALUES (:network, :subject, :name, 1, :allowed, :ends_at)
ON CONFLICT (network, subject, name) DO UPDATE SET
  used = CASE WHEN l.window_ends_at <= :now THEN 1 ELSE l.used + 1 END,
  window_ends_at = CASE WHEN l.window_ends_at <= :now THEN :ends_at ELSE l.window_ends_at END,
  allowed = :allowed
RETURNING used, window_ends_at, blocked_until
""")
_BLOCK = text("""
INSERT INTO network_limits AS l (network, subject, name, window_ends_at, blocked_until)
VALUES (:network, :subject, :name, :ends_at, :until)
ON CONFLICT (network, subject, name) DO UPDATE SET blocked_until = greatest(l.blocked_until, :until)
""")


@dataclass(frozen=True)
class _Caller:
    network: str
    label: str
    account_id: str
    quotas: tuple[Quota, ...]
    settings: Settings


@dataclass(frozen=True)
class Used:
    """What is used of a limit now: `used` of `allowed` calls until `ends_at` (aware UTC)."""

    network: str
    subject: str  # an account's id, or "app"
    name: str
    used: int
    allowed: int
    ends_at: datetime
    blocked_until: datetime | None


_caller: ContextVar[_Caller | None] = ContextVar("network_caller", default=None)


@contextmanager
def on_behalf_of(
    account: Account, label: str, capabilities: Capabilities, settings: Settings
) -> Iterator[None]:
    """Count the calls made in this block, in this thread, for the account and its network's app."""
    token = _caller.set(_Caller(account.network, label, account.id, capabilities.quotas, settings))
    try:
        yield
    finally:
        _caller.reset(token)


def before(method: str, path: str) -> None:
    """Count a call about to be sent.

    Raises:
        RateLimited: a quota is used up, or the network asked to wait; nothing was sent.
    """
    caller = _caller.get()
    if caller is None:
        return
    now = utc_now()
    for subject, name, quota in _rows(caller, method, path):
        window = quota.per if quota else FOREVER
        allowed = quota.count if quota else None
        values = {"subject": subject, "name": name, "allowed": allowed, "ends_at": now + window, "now": now}
        row = _run(caller, _COUNT, values)
        if row is None:
            continue
        used, ends_at, blocked_until = row
        if blocked_until is not None and blocked_until > now:
            raise RateLimited(f"{caller.label} asked to wait", until=blocked_until)
        # A limit on calls of all kinds holds back questions, never a post: the network may see it otherwise.
        is_held = quota is not None and (bool(quota.calls) or method == "GET")
        if allowed is not None and used > allowed and is_held:
            words = f"{name}: {caller.label} takes {allowed:,} in {_words(window)}"
            raise RateLimited(words, until=ends_at)


def after(method: str, path: str, headers: Mapping[str, str], problem: NetworkError | None) -> None:
    """Take note of what an answer says about further calls: a refusal for now, or a limit just used up."""
    caller = _caller.get()
    if caller is None:
        return
    now = utc_now()
    until = problem.until if isinstance(problem, RateLimited) else spent_until(headers, now)
    if until is None or until <= now:
        return
    subject, name, _ = next(iter(_rows(caller, method, path)))
    _run(caller, _BLOCK, {"subject": subject, "name": name, "ends_at": now + FOREVER, "until": until})


def used(settings: Settings, network: str, account_ids: Iterable[str]) -> list[Used]:
    """What is used of the quotas of these accounts and of the network's app; ended windows are left out."""
    statement = text(
        "SELECT network, subject, name, used, allowed, window_ends_at, blocked_until FROM network_limits "
        "WHERE network = :network AND subject = ANY(:subjects) AND allowed IS NOT NULL "
        "AND window_ends_at > :now ORDER BY subject, name"
    )
    values = {"network": network, "subjects": [APP, *account_ids], "now": utc_now()}
    with engine(Role.APP, settings, autocommit=True).connect() as connection:
        return [Used(*row) for row in connection.execute(statement, values)]


def _rows(caller: _Caller, method: str, path: str) -> Iterator[tuple[str, str, Quota | None]]:
    """The rows a call belongs to, the account's first: its quotas, else one for refusals of its method."""
    quotas = [quota for quota in caller.quotas if _counts(quota, method, path)]
    if not any(quota.of == "account" for quota in quotas):
        yield caller.account_id, method, None
    for quota in sorted(quotas, key=lambda quota: quota.of):
        yield (caller.account_id if quota.of == "account" else APP), quota.name, quota


def _counts(quota: Quota, method: str, path: str) -> bool:
    whole = "/" + urlsplit(path).path.lstrip("/")
    return not quota.calls or any(_matches(call, method, whole) for call in quota.calls)


def _matches(call: str, method: str, path: str) -> bool:
    """Whether a call is the documented one: "GET /2/users/{id}/tweets"; a version may stand before it."""
    wanted_method, _, template = call.partition(" ")
    literal = re.split(r"\{[^}]*\}|:[a-z_]+", template)
    pattern = "[^/]+".join(map(re.escape, literal))
    return wanted_method.upper() == method and re.fullmatch(rf"(/v?[\d.]+)?{pattern}", path) is not None


def _run(caller: _Caller, statement: TextClause, values: Mapping[str, object]) -> Row[Any] | None:
    try:
        with engine(Role.APP, caller.settings, autocommit=True).connect() as connection:
            result = connection.execute(statement, {"network": caller.network, **values})
            return result.one() if result.returns_rows else None
    except (SQLAlchemyError, PostgresError) as error:
        log.warning("the limits of %s could not be counted (%s)", caller.label, type(error).__name__)
        return None


def _words(window: timedelta) -> str:
    seconds = int(window.total_seconds())
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size and seconds % size == 0:
            count = seconds // size
            return f"{count} {unit}s" if count > 1 else f"a{'n' if unit == 'hour' else ''} {unit}"
    return f"{seconds} seconds"
