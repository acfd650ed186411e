"""What the page Data health shows, piece by piece, as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from markupsafe import Markup

from app.health import words
from app.health.facts import Health, Waiting
from app.health.words import Light, Line
from app.views import networks
from app.views.html import joined, markup
from app.views.times import moment
from identity.audit import OPERATOR
from warehouse.gates.quarantine import Batch, Verdict
from warehouse.gates.settling import SELF
from warehouse.releases import Build, BuildStatus, Release

LIGHTS: Final = {Light.GREEN: "Good", Light.YELLOW: "Look", Light.RED: "Stopped"}
ON_A_DAY: Final = {
    Light.GREEN: "good",
    Light.YELLOW: "to be looked at",
    Light.RED: "stopped",
    None: "no check",
}
BUILDS: Final = {
    BuildStatus.RELEASED: ("Passed", "good"),
    BuildStatus.REFUSED: ("Held back by a check", "bad"),
    BuildStatus.FAILED: ("Not finished", "bad"),
    BuildStatus.RUNNING: ("At work", "busy"),
    BuildStatus.HELD: ("Good, held back by hand", "wait"),
}
ALL_IN_ALL: Final = {
    Light.GREEN: "All checks passed",
    Light.YELLOW: "The numbers are good; something is worth a look",
    Light.RED: "Some new numbers are stopped",
}


def standing(found: Health, zone: ZoneInfo) -> Markup:
    """All in all: which numbers people see, and what waits since when."""
    since = [group.first_hour for group in found.waiting]
    accounts = len({group.newest.account_id for group in found.waiting})
    waits = (
        markup(
            '<div class="text">{who} set aside, the first since {since}.</div>',
            who="The newest numbers of one account are"
            if accounts == 1
            else f"The newest numbers of {accounts} accounts are",
            since=moment(min(since), zone),
        )
        if since
        else Markup("")
    )
    return markup(
        '<div class="brand"><div class="line"><span class="chip {tone}">{word}</span><b>{heading}</b></div>'
        '<div class="text">{shown}</div>{waits}</div>',
        tone=found.light,
        word=LIGHTS[found.light],
        heading=ALL_IN_ALL[found.light],
        shown=_shown(found.release, zone),
        waits=waits,
    )


def _shown(release: Release | None, zone: ZoneInfo) -> str:
    if release is None:
        return "No numbers are shown yet: the first ones are still being checked."
    return (
        f"You see the numbers of {moment(release.numbers_at, zone)}, the last ones that passed every check."
    )


def card(group: Waiting, zone: ZoneInfo) -> Markup:
    """What waits of one account, why, and what to do."""
    newest, times = group.newest, len(group.batches)
    fetched = (
        f"fetched {moment(newest.hour, zone)}"
        if times == 1
        else f"{times} times since {moment(group.first_hour, zone)}, last fetched {moment(newest.hour, zone)}"
    )
    return markup(
        '<div class="brand"><div class="line">{chip}<b>{name}</b><span class="chip bad">Waits</span></div>'
        '<div class="sub">{what}, {fetched}</div>{reasons}<div class="text">{advice}</div></div>',
        chip=networks.chip(newest.network),
        name=newest.account_name,
        what=words.entity(newest.entity).capitalize(),
        fetched=fetched,
        reasons=joined(
            [markup('<div class="problem">{words}</div>', words=reason) for reason in newest.reasons]
        ),
        advice=newest.advice,
    )


def checks(lines: Sequence[Line], days: Sequence[date], zone: ZoneInfo) -> Markup:
    """The checks of a gate, the worst first."""
    order = [Light.RED, Light.YELLOW, Light.GREEN]
    listed = sorted(lines, key=lambda line: order.index(line.light))
    return _trail([_check(line, days, zone) for line in listed])


def _check(line: Line, days: Sequence[date], zone: ZoneInfo) -> Markup:
    told = markup(
        '<span class="when">{when}</span><span class="deed"><span class="chip {tone}">{word}</span> '
        '<b>{title}</b> {found}</span><span class="where">{days}</span>',
        when=moment(line.at, zone),
        tone=line.light,
        word=LIGHTS[line.light],
        title=line.title,
        found=line.found,
        days=_days(line, days),
    )
    if not line.advice:
        return markup('<div class="line">{told}</div>', told=told)
    return markup(
        '<details open><summary>{told}</summary><p class="sub">{advice}</p></details>',
        told=told,
        advice=line.advice,
    )


def _days(line: Line, days: Sequence[date]) -> Markup:
    """How the check stood on each of the last days, the oldest first."""
    stood = list(zip(days, line.days, strict=False))
    bad = sum(light in (Light.YELLOW, Light.RED) for _, light in stood)
    told = f"Last {len(stood)} days: " + (f"{bad} not good" if bad else "nothing found")
    return markup(
        '<span class="days" role="img" aria-label="{told}">{marks}</span>',
        told=told,
        marks=joined(
            [
                markup(
                    '<i class="{tone}" title="{day}: {word}"></i>',
                    tone=light or "",
                    day=f"{day.day} {day:%b}",
                    word=ON_A_DAY[light],
                )
                for day, light in stood
            ]
        ),
    )


def builds(found: Sequence[Build], zone: ZoneInfo) -> Markup:
    """The newest builds: when, how each ended, and why."""
    return _trail([_build(build, zone) for build in found])


def _build(build: Build, zone: ZoneInfo) -> Markup:
    word, tone = BUILDS[build.status]
    return markup(
        '<div class="line"><span class="when">{when}</span><span class="deed">'
        '<span class="chip {tone}">{word}</span> {reasons}</span></div>',
        when=moment(build.finished_at or build.started_at, zone),
        tone=tone,
        word=word,
        reasons="; ".join(words.reasons(build)),
    )


def decided(batches: Sequence[Batch], zone: ZoneInfo) -> Markup:
    """What was decided lately: when, what, and by whom."""
    return _trail([_decision(batch, zone) for batch in batches])


def _decision(batch: Batch, zone: ZoneInfo) -> Markup:
    if batch.settled_by == SELF:
        word, tone, by = "Replaced", "good", "by later numbers that came right"
    elif batch.verdict is Verdict.ACCEPTED:
        word, tone, by = "Accepted", "good", f"by {_who(batch)}"
    else:
        word, tone, by = "Rejected", "wait", f"by {_who(batch)}"
    return markup(
        '<div class="line"><span class="when">{when}</span><span class="deed">'
        '<span class="chip {tone}">{word}</span> <b>{name}</b> {what} of {hour}, {by}</span></div>',
        when=moment(batch.settled_at or batch.found_at, zone),
        tone=tone,
        word=word,
        name=batch.account_name,
        what=words.entity(batch.entity),
        hour=moment(batch.hour, zone),
        by=by,
    )


def _who(batch: Batch) -> str:
    return "whoever runs this installation" if batch.settled_by == OPERATOR else batch.settled_by or ""


def _trail(lines: list[Markup]) -> Markup:
    return markup('<div class="trail">{lines}</div>', lines=joined(lines))
