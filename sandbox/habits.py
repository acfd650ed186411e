"""When and what the fictional brands post by themselves, one local day at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from sandbox.model import Account, Kind
from sandbox.traits import TRAITS
from sandbox.vocabulary import Vocabulary, compose

_HOURS = np.array([1, 1, 0.5, 0.5, 0.5, 1, 3, 5, 7, 7, 6, 6, 7, 6, 5, 5, 5, 6, 7, 6, 5, 4, 3, 2], dtype=float)
_HOURS /= _HOURS.sum()


@dataclass(frozen=True, slots=True)
class Draft:
    """A post an account is about to make by itself."""

    created_at: datetime
    text: str
    kind: Kind
    link: str | None


def day_of_posts(
    rng: np.random.Generator, account: Account, words: Vocabulary, day: date, busy: int = 1
) -> list[Draft]:
    """One to three drafts of a local day, `busy` times, in time order. Times are UTC, whole milliseconds."""
    drafts = [_draft(rng, account, words, day) for _ in range(busy * (1 + int(rng.binomial(2, 0.5))))]
    return sorted(drafts, key=lambda draft: draft.created_at)


def _draft(rng: np.random.Generator, account: Account, words: Vocabulary, day: date) -> Draft:
    local = datetime(day.year, day.month, day.day, int(rng.choice(24, p=_HOURS)), tzinfo=account.zone)
    created_at = local.astimezone(UTC) + timedelta(milliseconds=int(rng.integers(0, 3_600_000)))
    traits = TRAITS[account.network]
    kinds = list(traits.kinds)
    kind = kinds[int(rng.choice(len(kinds), p=list(traits.kinds.values())))]
    text = compose(words, rng)
    link = f"{words.site}/journal/{int(rng.integers(100, 9_999))}" if kind == "link" else None
    room = traits.text_room
    text = text if len(text) <= room else text[: text.rfind(" ", 0, room)]
    if traits.link_in_text:
        text = f"{text} {link}" if link else text
    return Draft(created_at, text, kind, link)
