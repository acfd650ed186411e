"""From what is written in a file to the draft of a post: accounts, time and files behind the names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import column, select, table
from sqlalchemy.orm import Session

from foundation.database import SCHEMA
from platforms.account_rows import UNREACHABLE
from platforms.message import Kind
from publishing.changes import time_problems
from publishing.content import File
from publishing.drafts import Draft, is_web_address
from publishing.fitting import natural_kind
from publishing.importing.accounts import Known, meant, named
from publishing.importing.entries import Entry, Problem, UnreadableError
from publishing.importing.times import NOW, moment
from publishing.models import BRANDS
from publishing.scheduling.walltime import zone_of

# Ids of imported posts come of what they say, so that a second import finds them.
NAMESPACE: Final = UUID("5b1f6c0e-7a57-5e0c-9d0b-3f1ed1a7c2b4")
ACCOUNTS: Final = table(
    "accounts", column("id"), column("brand_id"), column("network"), column("name"), column("handle"),
    column("status"), schema=SCHEMA,
)  # fmt: skip
CAMPAIGNS: Final = table("campaigns", column("id"), column("brand_id"), column("name"), schema=SCHEMA)
KINDS: Final = ", ".join(Kind)
# What can be wrong without making anything else of the post look wrong.
APART: Final = frozenset({"at", "campaign"})
WHERE: Final = frozenset({"account", "network"})


@dataclass(frozen=True)
class Around:
    """What of a brand posts are resolved with."""

    organization_id: UUID
    brand_id: UUID
    zone: ZoneInfo
    accounts: Sequence[Known]
    campaigns: Mapping[str, UUID]


def around(session: Session, organization_id: UUID, brand_id: UUID) -> Around:
    """The brand's accounts, campaigns and clock.

    Raises:
        LookupError: there is no such brand.
    """
    zone = session.scalar(select(BRANDS.c.timezone).where(BRANDS.c.id == brand_id))
    if zone is None:
        raise LookupError("There is no such brand.")
    rows = session.execute(
        select(ACCOUNTS.c.id, ACCOUNTS.c.network, ACCOUNTS.c.name, ACCOUNTS.c.handle)
        .where(ACCOUNTS.c.brand_id == brand_id, ACCOUNTS.c.status.not_in(UNREACHABLE))
        .order_by(ACCOUNTS.c.network, ACCOUNTS.c.name, ACCOUNTS.c.id)
    )
    campaigns = session.execute(
        select(CAMPAIGNS.c.name, CAMPAIGNS.c.id).where(CAMPAIGNS.c.brand_id == brand_id)
    )
    return Around(
        organization_id,
        brand_id,
        zone_of(zone),
        [Known(*row) for row in rows],
        {name.casefold(): campaign_id for name, campaign_id in campaigns},
    )


def draft_of(
    entry: Entry,
    around: Around,
    files: Mapping[str, File],
    by: UUID | None,
    wrong: Sequence[Problem] = (),
) -> tuple[Draft | None, list[Problem]]:
    """The draft of an entry, with an id that comes of what goes where and when; and everything that is wrong.

    `wrong` is what is known to be wrong with it already. A draft with problems is only good for checking the
    rest of it; there is none where that would find fault with what may be right.
    """
    problems = list(wrong)
    chosen = list(_tried(entry, "account", lambda: _accounts(entry, around), problems) or [])
    at = _tried(entry, "at", lambda: _at(entry, around), problems)
    media = _tried(entry, "media", lambda: _files(entry, files), problems) or []
    kind = _tried(entry, "kind", lambda: _kind(entry.kind) or natural_kind(media), problems)
    campaign = _tried(entry, "campaign", lambda: _campaign(entry, around), problems)
    own = _tried(entry, "own", lambda: _own(entry, chosen), problems) or {}
    if entry.link and not is_web_address(entry.link):
        words = "The link has to be a web address that starts with http:// or https://."
        problems.append(Problem(entry.at_field("link"), words))
    if entry.unread:
        return None, [one for one in problems if not _is_doubtful(one.place.name, entry)]
    if not {one.place.name for one in problems} <= APART:
        return None, problems
    draft = Draft(
        brand_id=around.brand_id,
        account_ids=[one.id for one in chosen],
        text=entry.text,
        link=entry.link or None,
        due_at=at,
        created_by=by,
        kind=kind or Kind.TEXT,
        title=entry.title,
        media=media,
        own=own,
        parts=entry.parts,
        first_comment=entry.first_comment,
        labels=entry.labels,
        campaign_id=campaign,
        unfinished=not entry.at,
    )
    return replace(draft, id=_id_of(draft, around, entry.at)), problems


def late(entry: Entry, draft: Draft) -> list[Problem]:
    """What is wrong with the time by now."""
    return [Problem(entry.at_field("at"), words) for words in time_problems(draft.due_at)]


def _is_doubtful(name: str, entry: Entry) -> bool:
    """Whether what seems wrong with this field may come of what can't be read."""
    if name in ("account", "own") and entry.unread & WHERE:
        return True
    return name in entry.unread or name not in entry.places


def _tried(entry: Entry, name: str, find: Callable[[], Any], problems: list[Problem]) -> Any:
    try:
        return find()
    except UnreadableError as error:
        problems += error.problems
    except ValueError as error:
        problems.append(Problem(entry.at_field(name), str(error)))
    return None


def _accounts(entry: Entry, around: Around) -> Iterator[Known]:
    wanted = {network.casefold() for network in entry.networks}
    there = [one for one in around.accounts if not wanted or one.network in wanted]
    if missing := wanted - {one.network for one in there}:
        words = f"This brand has no account on {', '.join(sorted(missing))}."
        raise UnreadableError(Problem(entry.at_field("network"), words))
    if not entry.accounts and not wanted:
        raise ValueError("Say on which account or network it goes out.")
    problems: list[Problem] = []
    found = [
        _tried(entry, "account", partial(named, written, there, around.accounts), problems)
        for written in entry.accounts
    ]
    if problems:
        raise UnreadableError(*problems)
    return iter(dict.fromkeys(found or there))


def _at(entry: Entry, around: Around) -> Any:
    if not entry.at or entry.at.casefold() == NOW:
        return None
    return moment(entry.at, around.zone)


def _files(entry: Entry, files: Mapping[str, File]) -> list[File]:
    """A file that could not be had is among the problems already."""
    return [replace(files[where], alt=alt) for where, alt in entry.media if where in files]


def _kind(written: str) -> Kind | None:
    if not written:
        return None
    try:
        return Kind(written.casefold())
    except ValueError:
        raise ValueError(f"There is no such kind of post. The kinds are: {KINDS}.") from None


def _campaign(entry: Entry, around: Around) -> UUID | None:
    if not entry.campaign:
        return None
    if entry.campaign.casefold() not in around.campaigns:
        raise ValueError(f"This brand has no campaign {entry.campaign}.")
    return around.campaigns[entry.campaign.casefold()]


def _own(entry: Entry, chosen: Sequence[Known]) -> dict[UUID, dict[str, Any]]:
    """What is said for each account. Without `chosen`, where those are wrong, whose it is can't be told."""
    found: dict[UUID, dict[str, Any]] = {}
    problems: list[Problem] = []
    for written, said in entry.own.items():
        own = _tried(entry, "own", partial(_said, said), problems)
        account = _tried(entry, "own", partial(meant, written, chosen), problems) if chosen else None
        if account and account.id in found:
            words = f"Something is said twice for {account.name} ({account.network})."
            problems.append(Problem(entry.at_field("own"), words))
        elif account:
            found[account.id] = own
    if problems:
        raise UnreadableError(*problems)
    return found


def _said(said: Mapping[str, Any]) -> dict[str, Any]:
    kind = _kind(said.get("kind", ""))
    return {**said, "kind": kind.value} if kind else dict(said)


def _id_of(draft: Draft, around: Around, at: str) -> UUID:
    """Labels and campaign are not what makes it another post: a corrected label posts nothing twice."""
    said = {
        "brand": str(around.brand_id),
        "accounts": sorted(map(str, draft.account_ids)),
        "at": draft.due_at.isoformat() if draft.due_at else at.casefold(),
        "own": {str(account_id): own for account_id, own in sorted(draft.own.items())},
        "parts": [*draft.parts, draft.first_comment],
        "content": asdict(draft.content)
        | {"kind": draft.kind.value, "media": [one.key for one in draft.media]},
    }
    written = json.dumps(said, sort_keys=True, default=str)
    return uuid5(NAMESPACE, f"{around.organization_id} {written}")
