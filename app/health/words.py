"""The checks of the data in words for everybody: what each watches, what it means, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final, TypeAlias

from warehouse.audit_specs import Rule, Severity
from warehouse.gates.checks import CHECKS, READABLE
from warehouse.gates.quarantine import Batch
from warehouse.gates.results import CheckResult, DayResult
from warehouse.releases import Build

NAMED: Final = 3  # accounts in one line

ENTITIES: Final = {
    "account": "the account",
    "posts": "posts",
    "post_metrics": "numbers of posts",
    "account_metrics": "daily numbers",
    "demographics": "who follows",
}


class Light(StrEnum):
    """How a check stands."""

    GREEN = "good"
    YELLOW = "busy"
    RED = "bad"


Days: TypeAlias = tuple[Light | None, ...]  # oldest first, None: not carried out


@dataclass(frozen=True)
class Line:
    """A check as the page shows it. `at` is when it was last carried out (aware UTC); `days` how it stood on
    each of the last days."""

    name: str
    title: str
    light: Light
    found: str
    advice: str
    at: datetime
    days: Days = ()


OPERATOR_LOOKS: Final = (
    "Nothing for you to do: you keep seeing the last good numbers, and whoever runs AllIN can see what is "
    "wrong with the new ones."
)
# Of the finished tables: title, and what a failure means.
RULES: Final = {
    Rule.UNIQUE: ("Nothing is counted twice", OPERATOR_LOOKS),
    Rule.PRESENT: ("Every row is complete", OPERATOR_LOOKS),
    Rule.NOT_NEGATIVE: ("No number is below zero", OPERATOR_LOOKS),
    Rule.DATES: ("Dates make sense", OPERATOR_LOOKS),
    Rule.RATES: ("Rates make sense", OPERATOR_LOOKS),
    Rule.KNOWN_OWNER: ("Every number belongs to an organization", OPERATOR_LOOKS),
    Rule.NOT_EMPTY: (
        "There are numbers at all",
        "New accounts have none yet; this ends with their first posts.",
    ),
    Rule.NOT_VANISHED: ("Nothing known is lost", OPERATOR_LOOKS),
    Rule.NOT_DRIFTED: (
        "Past months stay as they were",
        "Numbers of closed months changed without being computed anew. " + OPERATOR_LOOKS,
    ),
    Rule.NOT_FALLING: ("Counters keep growing", OPERATOR_LOOKS),
    Rule.VOLUME: (
        "As many numbers as usual came in",
        "A network may be late, or many accounts were connected at once. It usually passes by itself.",
    ),
    Rule.COMPLETE: (
        "Every account has its newest whole day",
        "Look at Accounts whether it needs to be connected again. A missed day of followers can't be "
        "fetched later.",
    ),
}


def entity(name: str) -> str:
    """What a kind of answer is called."""
    return ENTITIES.get(name, name.replace("_", " "))


def of_raw(newest: Iterable[CheckResult], own: Iterable[CheckResult], waiting: Sequence[Batch]) -> list[Line]:
    """The first gate's checks: when they last ran, what was found about one's own accounts lately (newest
    first), and what still waits for a decision, however old it is.
    """
    ran = {result.name: result.found_at for result in newest if result.account_id is None}
    found: dict[str, CheckResult] = {}
    for result in own:
        found.setdefault(result.name, result)
    lines = []
    for check in CHECKS:
        waits = [batch for batch in waiting if check.name in batch.checks]
        mine = found.get(check.name)
        if waits:
            at = ran.get(check.name, waits[0].found_at)
            lines.append(
                Line(check.name, check.title, Light.RED, _waits(waits, check.name), check.advice, at)
            )
        elif mine is not None and (check.severity is Severity.WARN or check.name == READABLE):
            told = f"{mine.account_name}: {mine.detail}"
            lines.append(Line(check.name, check.title, Light.YELLOW, told, check.advice, mine.found_at))
        elif check.name in ran:
            told = f"{mine.account_name}: {mine.detail} This is settled." if mine else ""
            lines.append(Line(check.name, check.title, Light.GREEN, told, "", ran[check.name]))
    return lines


def _waits(waits: Sequence[Batch], check: str) -> str:
    reason = dict(zip(waits[0].checks, waits[0].reasons, strict=True))[check]
    others = len({batch.account_id for batch in waits}) - 1
    more = f" So {'does' if others == 1 else 'do'} {others} more." if others else ""
    return f"{waits[0].account_name} waits: {reason}{more}"


def of_marts(results: Iterable[CheckResult]) -> list[Line]:
    """The second gate's checks: each rule over all tables, the worst first said."""
    listed = list(results)
    lines = []
    for rule, (title, advice) in RULES.items():
        mine = [result for result in listed if result.name.endswith(f"__{rule}")]
        failed = sorted(
            (one for one in mine if not one.passed), key=lambda one: one.severity is Severity.WARN
        )
        if failed:
            light = Light.RED if failed[0].severity is Severity.ERROR else Light.YELLOW
            lines.append(Line(rule, title, light, _failed(failed), advice, failed[0].found_at))
        elif mine:
            lines.append(Line(rule, title, Light.GREEN, "", "", mine[0].found_at))
    return lines


def _failed(failed: Sequence[CheckResult]) -> str:
    names = [one.account_name for one in failed if one.account_name is not None]
    if not names:
        return in_words(f"{failed[0].name.partition('__')[0]}: {failed[0].detail}")
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"No followers of the last whole day: {', '.join(names[:NAMED])}{more}"


def light_of(name: str, result: DayResult) -> Light:
    """How a check stood on a day."""
    if result.passed:
        return Light.GREEN
    return Light.RED if result.severity is Severity.ERROR and name != READABLE else Light.YELLOW


def with_days(
    lines: Iterable[Line], gate: str, results: Iterable[DayResult], days: Sequence[date]
) -> list[Line]:
    """The lines, each with how it stood on these days (UTC): the worst that was found."""
    order = [Light.GREEN, Light.YELLOW, Light.RED]
    worst: dict[tuple[str, date], Light] = {}
    for result in results:
        if result.gate == gate:
            name = result.name.rpartition("__")[2]
            light = light_of(name, result)
            before = worst.get((name, result.day), Light.GREEN)
            worst[name, result.day] = max(before, light, key=order.index)
    return [replace(line, days=tuple(worst.get((line.name, day)) for day in days)) for line in lines]


TABLES: Final = {
    "dim_organizations": "Organizations",
    "dim_brands": "Brands",
    "dim_accounts": "Accounts",
    "dim_posts": "Posts",
    "fct_post_metrics_daily": "Numbers of posts by day",
    "fct_account_metrics_daily": "Numbers of accounts by day",
    "fct_account_gains_daily": "What posts gained by day",
    "engagement": "Engagement",
    "follower_growth": "Growth of followers",
    "content_performance": "What works",
    "channel_comparison": "Channels compared",
    "data_freshness": "How fresh numbers are",
    "posting_times": "Best times to post",
}
# Why a build was not released, as pipelines note it for whoever runs AllIN, and what people are told.
OF_PIPELINES: Final = (
    (
        re.compile(r"test \w+ found (\d+) rows?"),
        r"A check of the computed numbers found \1 that can't be right",
    ),
    (re.compile(r"\w+ \w+ failed"), "A part of the numbers could not be computed"),
    (re.compile(r"dbt failed before .*"), "The numbers could not be computed"),
)


def in_words(reason: str) -> str:
    """A reason why numbers are not shown, without the names of tables and columns."""
    table, _, detail = reason.partition(": ")
    if table in TABLES:
        return f"{TABLES[table]}: {detail.replace('_', ' ')}"
    for pattern, words in OF_PIPELINES:
        if (found := pattern.fullmatch(reason)) is not None:
            return found.expand(words)
    return reason


def reasons(build: Build) -> list[str]:
    """Why a build was not released, each reason once."""
    return list(dict.fromkeys(in_words(reason) for reason in build.reasons))
