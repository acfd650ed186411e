"""The three fictional companies of the generated world, and what is true of each account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

from sandbox.model import Account, Brand, Network
from sandbox.traits import TRAITS
from sandbox.truth import Audience
from sandbox.vocabulary import COFFEE, LIGHTS, PAPER, Vocabulary

_OFFICE = (0.10, 0.14, 0.16, 0.10, 0.0, -0.25, -0.22)
_LEISURE = (-0.12, -0.08, -0.04, 0.0, 0.10, 0.14, 0.06)
_EVEN = (0.04, 0.0, -0.06, 0.02, 0.08, 0.0, -0.04)


@dataclass(frozen=True, slots=True)
class Profile:
    """An account with its truth and its way of writing."""

    account: Account
    audience: Audience
    words: Vocabulary


@dataclass(frozen=True, slots=True)
class _Company:
    key: str
    name: str
    timezone: str
    colour: str
    about: str
    words: Vocabulary

    def account(self, network: Network, account_id: str, username: str) -> Account:
        return Account(
            id=account_id,
            network=network,
            brand=self.key,
            name=self.name,
            username=username,
            timezone=self.timezone,
            website=self.words.site,
            about=self.about,
            colour=self.colour,
            created_at=datetime(2019, 3, 14, 9, 30, tzinfo=UTC),
        )


_HARBOR = _Company(
    "harbor-pine",
    "Harbor & Pine Coffee",
    "America/New_York",
    "#0f766e",
    "Small-batch coffee, roasted by the water.",
    COFFEE,
)
_LUMEN = _Company(
    "lumenwerk", "Lumenwerk", "Europe/Berlin", "#b45309", "Lights that can be repaired. Berlin.", LIGHTS
)
_KUMO = _Company("kumo", "Kumo Stationery", "Asia/Tokyo", "#4338ca", "Paper, ink and unhurried days ☁️", PAPER)

_FIRST: tuple[Profile, ...] = (
    Profile(
        _HARBOR.account("facebook", "104800000000101", "harborandpine"),
        Audience(48_200, 0.14, 0.034, 0.0007, ((7.5, 1.8, 1.0), (19.5, 2.4, 0.7)), _LEISURE, 1.55),
        COFFEE,
    ),
    Profile(
        _HARBOR.account("x", "1490000000000000101", "harborandpine"),
        Audience(12_900, 0.22, 0.021, 0.0009, ((8.5, 1.6, 1.0), (13.0, 1.8, 0.6)), _OFFICE, 1.50),
        COFFEE,
    ),
    Profile(
        _LUMEN.account("facebook", "104800000000202", "lumenwerk"),
        Audience(23_700, 0.17, 0.029, 0.0005, ((12.5, 1.6, 0.6), (18.5, 2.2, 1.0)), _OFFICE, 1.45),
        LIGHTS,
    ),
    Profile(
        _LUMEN.account("x", "1490000000000000202", "lumenwerk"),
        Audience(8_400, 0.25, 0.024, 0.0006, ((17.5, 2.0, 1.0),), _EVEN, 1.42),
        LIGHTS,
    ),
    Profile(
        _KUMO.account("facebook", "104800000000303", "kumostationery"),
        Audience(91_500, 0.11, 0.041, 0.0008, ((21.5, 2.0, 1.0), (12.0, 1.2, 0.5)), _LEISURE, 1.60),
        PAPER,
    ),
    Profile(
        _KUMO.account("x", "1490000000000000303", "kumo_stationery"),
        Audience(37_600, 0.19, 0.027, 0.0011, ((22.0, 1.8, 1.0), (7.0, 1.4, 0.6)), _EVEN, 1.52),
        PAPER,
    ),
)


# Account ids on the networks after the first two, as each forms them; {n} is the brand's number.
_IDS: dict[Network, str] = {
    "instagram": "178414000000001{n}",
    "linkedin": "urn:li:organization:10480{n}",
    "tiktok": "-000sandbox{n}",
    "youtube": "UCsandbox0000000000000{n}",
    "pinterest": "9048000000001{n}",
    "threads": "314800000001{n}",
    "bluesky": "did:plc:sandbox0000000000000{n}",
    "mastodon": "1104800000001{n}",
}


def _more(first: tuple[Profile, ...], number: int) -> Iterator[Profile]:
    """A brand's accounts on the other networks, after its page."""
    page = first[0]
    for network, form in _IDS.items():
        traits, like = TRAITS[network], page.audience
        account = replace(page.account, network=network, id=form.format(n=f"{number:02d}"))
        audience = replace(
            like,
            followers=int(like.followers * traits.followers),
            reach_share=min(like.reach_share * traits.reach, 0.6),
            engagement_rate=like.engagement_rate * traits.engaged,
        )
        yield Profile(account, audience, page.words)


def _branch(number: int) -> Iterator[Profile]:
    """One more brand, a branch of one of the three."""
    place = (number - 1) % 3
    for like in _FIRST[2 * place : 2 * place + 2]:
        account = replace(
            like.account,
            id=f"{int(like.account.id) + number * 1_000}",
            brand=f"{like.account.brand}-{number}",
            name=f"{like.account.name} {number}",
            username=f"{like.account.username}{number}",
        )
        yield replace(like, account=account)


@lru_cache
def profiles(count: int = 3) -> tuple[Profile, ...]:
    """The accounts of so many brands. A profile's place picks its random streams: new ones go to the end."""
    found = [*_FIRST]
    for number in (1, 2, 3):
        found += _more(_FIRST[2 * number - 2 : 2 * number], number)
    for number in range(4, count + 1):
        first = tuple(_branch(number))
        found += [*first, *_more(first, number)]
    return tuple(found)


def brands(count: int = 3) -> tuple[Brand, ...]:
    """So many brands with their accounts, in the order of `profiles`."""
    owned: dict[str, list[Account]] = {}
    for profile in profiles(count):
        owned.setdefault(profile.account.brand, []).append(profile.account)
    colours = {company.key: company.colour for company in (_HARBOR, _LUMEN, _KUMO)}
    return tuple(
        Brand(key, own[0].name, own[0].timezone, colours.get(key, own[0].colour), tuple(own))
        for key, own in owned.items()
    )
