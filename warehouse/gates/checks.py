"""The checks of the raw contract, as data: what each forbids, and what it says to people. Light to import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from warehouse.audit_specs import Severity


@dataclass(frozen=True)
class Check:
    """One check of a batch: what one run brought of one kind of answer of one account in one hour.

    `title` says what holds when all is well. `reason` tells what was found; ``{things}`` and ``{detail}``
    come from the measure of the same name. `advice` says what it means and what to do.
    """

    name: str
    title: str
    reason: str
    advice: str
    severity: Severity = Severity.ERROR


READABLE: Final = "answers_readable"
UNFIT: Final = "numbers_fit"  # told by the models' own tests, after the look
_LOOK: Final = (
    "Look at the account on the network. If the numbers there are the same, accept them; if not, reject them."
)

CHECKS: Final = (
    Check(
        READABLE,
        "Answers come whole",
        "{things} {were} cut off before the end and could not be read.",
        "Nothing to do: AllIN asked again, and leaves the torn answer out.",
    ),
    Check(
        "own_rows",
        "Only the account's own numbers come in",
        "{things} {are} not this account's own.",
        "The network sent somebody else's posts or numbers. Reject them; AllIN asks again at the next "
        "full hour.",
    ),
    Check(
        "pages_once",
        "Each page of a list comes once",
        "{things} {are} on two pages of the list: a page came twice, and another may be missing.",
        "Reject it: AllIN asks again at the next full hour, and the list usually comes right then.",
    ),
    Check(
        "pages_follow",
        "No page of a list is missing",
        "{things} of the list {are} missing: {detail}.",
        "Reject it: AllIN asks again at the next full hour, and the list usually comes whole then.",
    ),
    Check(
        "posts_still_listed",
        "Known posts are still in the list",
        "{things} that {were} there before {are} missing from the list.",
        "If you deleted these posts, accept it. If not, reject it: a page of the list was lost.",
    ),
    Check(
        "not_negative",
        "No number is below zero",
        "{things} {are} below zero ({detail}).",
        "A count can't be negative. Reject it; AllIN asks again at the next full hour.",
    ),
    Check(
        "columns_kept",
        "Each number stands under its own name",
        "Two numbers seem to have changed places: {detail}.",
        _LOOK,
    ),
    Check(
        "units_kept",
        "Numbers keep their unit",
        "Numbers are {detail} all at once: the network seems to count in another unit.",
        _LOOK,
    ),
    Check(
        "zones_kept",
        "Times stay where they were",
        "{things} moved {detail}: a time zone seems to be mixed up.",
        _LOOK,
    ),
    Check(
        "counters_not_falling",
        "Counters of posts don't fall all together",
        "{things} fell at the same time.",
        "Networks correct single posts, not most of them at once. " + _LOOK,
    ),
    Check(
        "days_whole",
        "Days stay whole",
        "{things} {are} missing or far lower than before, from {detail} on.",
        "The network sent only part of a day. Reject it: the day's earlier numbers stay, and AllIN asks "
        "again.",
    ),
    Check(
        UNFIT,
        "Numbers can be computed with",
        "{things} came that can't be right, as was found when they were computed with.",
        _LOOK,
    ),
    Check(
        "last_day_usual",
        "The last finished day looks like the days before",
        "All numbers of the last finished day are far below the usual ones ({detail}).",
        "It may have been a quiet day. Look again tomorrow: numbers of the last days often come late.",
        Severity.WARN,
    ),
    Check(
        "shape_known",
        "Answers look as the network describes them",
        "{things} came without the list that belongs there.",
        "The network may have changed how it answers. Numbers may be missing until AllIN knows the new form.",
        Severity.WARN,
    ),
    Check(
        "lists_came",
        "Every list that was asked for has come",
        "{things} that came of the account {are} not there ({detail}).",
        "Once: nothing to do, AllIN asks again at the next full hour. Often: see whether the folder or the "
        "bucket of the warehouse loses files.",
        Severity.WARN,
    ),
)
BY_NAME: Final = {check.name: check for check in CHECKS}
