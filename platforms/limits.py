"""The networks' limits, shared by every process: calls are counted before they go, refusals obeyed by all.

Counts live in PostgreSQL (``network_limits``), one row a window of an app or an account. Whoever calls for an
account says so with `on_behalf_of`; calls outside of it (a consent) are not counted. The network has the last
word: a store that can't be reached stops no call.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

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
HELD_S: Final = 2.0  # how long calls counted ahead may go without looking at what other processes met
FOREVER: Final = timedelta(days=3650)  # the window of a row that only holds a block

log = logging.getLogger(__name__)

# All windows of a call in one statement. A count lost with the database's machine is not worth waiting for
# the disk: the network has the last word.
_COUNT = text("""
INSERT INTO network_limits AS l (network, subject, name, used, allowed, window_ends_at)
SELECT :network, w.subject, w.name, w.cost, w.allowed, w.ends_at
FROM unnest(CAST(:subjects AS text[]), CAST(:names AS text[]), CAST(:allowed AS integer[]),
  CAST(:costs AS integer[]), CAST(:ends AS timestamptz[])) AS w (subject, name, allowed, cost, ends_at)
ON CONFLICT (network, subject, name) DO UPDATE SET
  used = CASE WHEN l.window_ends_at <= :now THEN excluded.used ELSE l.used + excluded.used END,
  window_ends_at = CASE WHEN l.window_ends_at <= :now THEN excluded.window_ends_at ELSE l.window_ends_at END,
  allowed = excluded.allowed
RETURNING subject, name, used, window_ends_at, blocked_until, set_config('synchronous_commit', 'off', true)
""")
_GIVE_BACK = text("""
UPDATE network_limits SET used = greatest(used - :cost, 0)
WHERE network = :network AND subject = :subject AND name = :name
""")
_BLOCK = text("""
INSERT INTO network_limits AS l (network, subject, name, window_ends_at, blocked_until)
VALUES (:network, :subject, :name, :ends_at, :until)
ON CONFLICT (network, subject, name) DO UPDATE SET blocked_until = greatest(l.blocked_until, :until)
""")


_Cost = tuple[str, str, int]  # whose limit, its name, and how much of it a call uses up


@dataclass
class _Held:
    """Calls that were counted and have not gone."""

    left: int
    until: float  # by the monotonic clock, in seconds


@dataclass(frozen=True)
class _Caller:
    network: str
    label: str
    account_id: str
    quotas: tuple[Quota, ...]
    settings: Settings
    ahead: int
    held: dict[tuple[_Cost, ...], _Held] = field(default_factory=dict)


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
    account: Account, label: str, capabilities: Capabilities, settings: Settings, *, ahead: int = 1
) -> Iterator[None]:
    """Count the calls made in this block, in this thread, for the account and its network's app.

    Many questions in a row are counted `ahead` at a time; those that did not go are given back at the end,
    and a process that is killed has used up too many rather than too few.
    """
    caller = _Caller(account.network, label, account.id, capabilities.quotas, settings, ahead)
    token = _caller.set(caller)
    try:
        yield
    finally:
        _caller.reset(token)
        _give_back_held(caller)


def before(method: str, path: str) -> None:
    """Count a call about to be sent.

    Raises:
        RateLimited: a quota is used up, or the network asked to wait; nothing was sent.
    """
    caller = _caller.get()
    if caller is None:
        return
    wanted = {(subject, name): quota for subject, name, quota in _rows(caller, method, path)}
    costs = tuple((*row, _cost(quota, method, path)) for row, quota in wanted.items())
    held = caller.held.get(costs)
    if held and held.left and time.monotonic() < held.until:
        held.left -= 1
        return
    caller.held.pop(costs, None)
    if held and held.left:
        _give_back(caller, costs, held.left)
    if caller.ahead > 1 and _count(caller, method, wanted, costs, caller.ahead) is None:
        caller.held[costs] = _Held(caller.ahead - 1, time.monotonic() + HELD_S)
    elif refusal := _count(caller, method, wanted, costs, 1):
        raise refusal


def _count(
    caller: _Caller,
    method: str,
    wanted: Mapping[tuple[str, str], Quota | None],
    costs: tuple[_Cost, ...],
    calls: int,
) -> RateLimited | None:
    """Count so many calls at once; a refusal, when they may not go: then none of them is counted."""
    now = utc_now()
    values = {
        "subjects": [subject for subject, _, _ in costs],
        "names": [name for _, name, _ in costs],
        "allowed": [quota.count if quota else None for quota in wanted.values()],
        "costs": [cost * calls for _, _, cost in costs],
        "ends": [_ends(quota, now) for quota in wanted.values()],
        "now": now,
    }
    for subject, name, used, ends_at, blocked_until, _ in _run(caller, _COUNT, values):
        refusal = _refusal(caller, method, name, wanted[subject, name], used, ends_at)
        if blocked_until is not None and blocked_until > now:
            refusal = RateLimited(f"{caller.label} asked to wait", until=blocked_until)
        if refusal is not None:
            _give_back(caller, costs, calls)
            return refusal
    return None


def _give_back(caller: _Caller, costs: tuple[_Cost, ...], calls: int) -> None:
    for subject, name, cost in costs:  # one at a time: nobody who counts waits for both
        _run(caller, _GIVE_BACK, {"subject": subject, "name": name, "cost": cost * calls})


def _give_back_held(caller: _Caller) -> None:
    while caller.held:
        costs, held = caller.held.popitem()
        if held.left:
            _give_back(caller, costs, held.left)


def _refusal(
    caller: _Caller, method: str, name: str, quota: Quota | None, used: int, ends_at: datetime
) -> RateLimited | None:
    """What keeps a call from going after it was counted."""
    if quota is None or used <= quota.count:
        return None
    # A limit on calls of all kinds holds back questions, never a post: the network may see it otherwise.
    if not quota.calls and method != "GET":
        return None
    words = f"{name}: {caller.label} takes {quota.count:,} in {_words(quota.per)}"
    return RateLimited(words, until=ends_at)


def after(method: str, path: str, headers: Mapping[str, str], problem: NetworkError | None) -> None:
    """Take note of what an answer says about further calls: a refusal for now, or a limit just used up."""
    caller = _caller.get()
    if caller is None:
        return
    now = utc_now()
    until = problem.until if isinstance(problem, RateLimited) else spent_until(headers, now)
    if until is None or until <= now:
        return
    _give_back_held(caller)
    rows = list(_rows(caller, method, path))
    of = problem.of if isinstance(problem, RateLimited) else "account"
    subject, name, _ = next((row for row in rows if row[2] and row[2].of == of), rows[0])
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
    """The rows a call belongs to: the account's quotas, or one for refusals of its method; the app's.

    Of both the quotas of single calls come first: a refusal is theirs sooner than one of all calls.
    """
    quotas = [quota for quota in caller.quotas if _counts(quota, method, path)]
    if not any(quota.of == "account" for quota in quotas):
        yield caller.account_id, method, None
    for quota in sorted(quotas, key=lambda quota: (quota.of, not quota.calls)):
        yield (caller.account_id if quota.of == "account" else APP), quota.name, quota


def _counts(quota: Quota, method: str, path: str) -> bool:
    return not quota.calls or any(_matches(call, method, path) for call in quota.calls)


def _cost(quota: Quota | None, method: str, path: str) -> int:
    """How much of a quota a call uses up."""
    costs = quota.costs.items() if quota else ()
    return next((cost for call, cost in costs if _matches(call, method, path)), 1)


def _ends(quota: Quota | None, now: datetime) -> datetime:
    """When a window that begins now (aware UTC) ends; one of days of the calendar at a midnight."""
    if quota is None:
        return now + FOREVER
    if not quota.zone:
        return now + quota.per
    zone = ZoneInfo(quota.zone)
    last = now.astimezone(zone).date() + quota.per
    return datetime.combine(last, clock_time(), zone).astimezone(UTC)


def _matches(call: str, method: str, path: str) -> bool:
    """Whether a call is the documented one: "GET /2/users/{id}/tweets"; a version may stand before it."""
    wanted_method, pattern = _pattern(call)
    whole = "/" + urlsplit(path).path.lstrip("/")
    return wanted_method == method and pattern.fullmatch(whole) is not None


@cache  # as many as are declared
def _pattern(call: str) -> tuple[str, re.Pattern[str]]:
    method, _, template = call.partition(" ")
    literal = re.split(r"\{[^}]*\}|:[a-z_]+", template)
    return method.upper(), re.compile(r"(/v?[\d.]+)?" + "[^/]+".join(map(re.escape, literal)))


def _run(caller: _Caller, statement: TextClause, values: Mapping[str, object]) -> Sequence[Row[Any]]:
    """What the statement returns; nothing when the store does not answer."""
    try:
        with engine(Role.APP, caller.settings, autocommit=True).connect() as connection:
            result = connection.execute(statement, {"network": caller.network, **values})
            return result.all() if result.returns_rows else []
    except (SQLAlchemyError, PostgresError) as error:
        log.warning("the limits of %s could not be counted (%s)", caller.label, type(error).__name__)
        return []


def _words(window: timedelta) -> str:
    seconds = int(window.total_seconds())
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size and seconds % size == 0:
            count = seconds // size
            return f"{count} {unit}s" if count > 1 else f"a{'n' if unit == 'hour' else ''} {unit}"
    return f"{seconds} seconds"
