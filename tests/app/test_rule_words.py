"""Rules in plain words, and from a few choices to a rule and back."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.rule_choice import CUSTOM, RuleChoice, choice_of, days_of_month
from publishing.scheduling.rule_words import WEEKDAYS, in_words
from publishing.scheduling.rules import parse

STARTS = datetime(2026, 11, 27, 9, 30)  # the last Friday of its month
BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=DAILY", "Every day at 09:30"),
        ("FREQ=DAILY;INTERVAL=3;COUNT=1", "Every 3 days at 09:30, once"),
        ("FREQ=WEEKLY", "Every week on Friday at 09:30"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "Every workday at 09:30"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH", "Every 2 weeks on Monday and Thursday at 09:30"),
        ("FREQ=MONTHLY;COUNT=10", "Every month on day 27 at 09:30, 10 times"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15,-1", "Every month on day 1 and 15 and the last day at 09:30"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "Every month on the last Friday at 09:30"),
        ("RRULE:FREQ=YEARLY;UNTIL=20301231", "Every year on 27 November at 09:30, until 31 Dec 2030"),
        ("FREQ=DAILY;UNTIL=20261231T230000Z", "Every day at 09:30, until 1 Jan 2027"),
        ("FREQ=DAILY;BYHOUR=9,17", "By the rule FREQ=DAILY;BYHOUR=9,17, from 27 Nov 2026 at 09:30"),
    ],
)  # fmt: skip
def test_a_rule_in_words(rule: str, words: str) -> None:
    assert in_words(rule, STARTS, BERLIN) == words


@given(st.data())
def test_choices_make_a_rule_and_the_rule_makes_the_choices(data: st.DataObject) -> None:
    starts = datetime.combine(data.draw(st.dates(date(2026, 1, 1), date(2030, 12, 31))), STARTS.time())
    frequency = data.draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    days = data.draw(st.lists(st.sampled_from(list(WEEKDAYS)), unique=True)) if frequency == "WEEKLY" else []
    end = data.draw(st.sampled_from([{}, {"count": 4}, {"until": date(2031, 5, 1)}]))
    of_month = (
        data.draw(st.sampled_from(list(days_of_month(starts.date())))) if frequency == "MONTHLY" else None
    )
    every = data.draw(st.integers(1, 3))
    choice = RuleChoice(frequency, every, [day for day in WEEKDAYS if day in days], of_month, **end)  # type: ignore[arg-type]
    assert choice_of(choice.text, starts) == choice
    parse(choice.text, starts, ZoneInfo(BERLIN))
    assert not in_words(choice.text, starts, BERLIN).startswith("By the rule")


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYHOUR=9,17",
        "FREQ=MONTHLY;BYDAY=2TU",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=DAILY;UNTIL=20261231T000000",
    ],
)
def test_a_rule_beyond_the_choices_stays_as_it_is_written(rule: str) -> None:
    choice = choice_of(rule, STARTS)
    assert (choice.frequency, choice.text) == (CUSTOM, rule)
