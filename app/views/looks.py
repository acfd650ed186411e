"""How a post looks on its accounts: each look once, with all the accounts that show it so."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from markupsafe import Markup

from app.views import networks, thumbnails
from app.views.html import joined, markup
from publishing.content import Content
from publishing.reading import Found
from publishing.states import State


@dataclass(frozen=True)
class OnAccount:
    """Where it is seen: a network's key, its name for people, its colour (#rrggbb), and the account."""

    network: str
    label: str
    colour: str
    name: str


@dataclass(frozen=True)
class LookOf:
    """The parts of a post (of a thread, and its first comment), as these accounts show them."""

    accounts: tuple[OnAccount, ...]
    parts: tuple[Content, ...]


def looks(found: Found) -> list[LookOf]:
    """The looks of a post; of cancelled publications none."""
    accounts: dict[UUID, OnAccount] = {}
    parts: dict[UUID, list[Content]] = {}
    for one in sorted(found.publications, key=lambda each: (each.account_name, each.row.part)):
        if one.row.current is State.CANCELLED:
            continue
        network = one.row.network
        accounts[one.row.account_id] = OnAccount(
            network, networks.label(network), networks.colour(network), one.account_name
        )
        parts.setdefault(one.row.account_id, []).append(one.content)
    shown: list[LookOf] = []
    for account_id, account in accounts.items():
        said = tuple(parts[account_id])
        same = next((number for number, look in enumerate(shown) if _alike(look.parts, said)), None)
        if same is None:
            shown.append(LookOf((account,), said))
        else:
            shown[same] = LookOf((*shown[same].accounts, account), said)
    return shown


def cards(organization_id: UUID, found: Found) -> Markup:
    """The looks as cards of a page."""
    return joined([_card(organization_id, look) for look in looks(found)])


def _alike(one: tuple[Content, ...], other: tuple[Content, ...]) -> bool:
    return [_seen(part) for part in one] == [_seen(part) for part in other]


def _seen(part: Content) -> object:
    """What people see of it; options of a network show nowhere."""
    return part.title, part.text, part.link, part.media


def _card(organization_id: UUID, look: LookOf) -> Markup:
    return markup(
        '<div class="preview"><div class="line">{accounts}</div>{parts}</div>',
        accounts=joined(
            [markup("<span>{net} {name}</span> ", net=networks.chip(one.network), name=one.name)
             for one in look.accounts]
        ),
        parts=joined([_part(organization_id, part) for part in look.parts]),
    )  # fmt: skip


def _part(organization_id: UUID, part: Content) -> Markup:
    return markup(
        "{title}{text}{files}{link}",
        title=markup('<p class="text"><b>{title}</b></p>', title=part.title) if part.title else "",
        text=markup('<p class="text">{text}</p>', text=part.text) if part.text else "",
        files=thumbnails.large(organization_id, part.media) if part.media else "",
        link=markup('<div class="link">{link}</div>', link=part.link) if part.link else "",
    )
