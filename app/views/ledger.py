"""What was done for a publication, step by step, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from markupsafe import Markup

from app.views.html import joined, markup
from app.views.times import abbreviation
from publishing.models import Attempt
from publishing.outcomes import Step

STEPS: Final = {
    Step.PREPARE: "Prepared",
    Step.SUBMIT: "Sent",
    Step.CONFIRM: "Asked for it",
    Step.FIND: "Looked for it",
}
# Outcome -> (its words, the chip's tone).
OUTCOMES: Final = {
    "prepared": ("ready to send", "good"),
    "published": ("it is public", "good"),
    "confirmed": ("it is public", "good"),
    "found": ("found: it is public", "good"),
    "not_settled": ("the network still works on it", "busy"),
    "not_ready": ("the network still works on it", "busy"),
    "absent": ("not there", "wait"),
    "cannot_tell": ("can't be told", "busy"),
    "ambiguous": ("no answer: may or may not be public", "busy"),
    "unexpected": ("something unexpected", "busy"),
    "orphaned": ("interrupted", "busy"),
    "rate_limited": ("asked to wait", "wait"),
    "temporarily_rejected": ("not taken this time", "wait"),
    "rejected": ("refused", "bad"),
    "duplicate": ("refused as a repetition", "bad"),
    "needs_reconnect": ("the account has to be connected again", "bad"),
    "needs_person": ("something is to be settled with the network", "bad"),
    "taken_back": ("taken back by the network", "bad"),
    "missed": ("too late", "bad"),
}
UNDER_WAY: Final = ("under way, or cut off", "busy")


def lines(attempts: Sequence[Attempt], zone: ZoneInfo) -> Markup:
    """Every attempt, oldest first, on the brand's clock."""
    return markup('<div class="ledger">{lines}</div>', lines=joined([_line(one, zone) for one in attempts]))


def _line(attempt: Attempt, zone: ZoneInfo) -> Markup:
    step = STEPS.get(Step(attempt.step)) if attempt.step in set(Step) else None
    words, tone = OUTCOMES.get(attempt.outcome or "", (attempt.outcome or "", "off"))
    if attempt.outcome is None:
        words, tone = UNDER_WAY
    return markup(
        '<div class="step"><span class="when">{when}</span><b>{step}</b>'
        '<span class="chip {tone}">{words}</span><span class="sub">{took}</span>'
        '<span class="why">{why}</span></div>',
        when=_to_the_second(attempt.started_at, zone),
        step=step or attempt.step.capitalize(),
        tone=tone,
        words=words,
        took=_took(attempt),
        why=attempt.detail or "",
    )


def _took(attempt: Attempt) -> str:
    if attempt.finished_at is None:
        return ""
    return f"{max(0.0, (attempt.finished_at - attempt.started_at).total_seconds()):.1f} s"


def _to_the_second(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local.day} {local:%b, %H:%M:%S} {abbreviation(at, zone)}"
