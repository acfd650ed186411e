"""What a post clashes with on its accounts, pointed out before it is saved. It is the author's to judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import streamlit as st
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.composing import entering
from app.composing.composition import Composition
from app.composing.when import InCampaign, InQueue, NoTime, Repeating, Timing
from app.views import networks
from app.views.html import joined, markup
from app.views.times import moment_with_utc, zone_or_utc
from foundation.database import tenant_session
from identity.models import Brand
from identity.principal import Principal
from platforms.accounts import ConnectedAccount
from publishing.changes import DraftError, NotAllowedError
from publishing.drafts import Draft
from publishing.scheduling import campaigns, queueing, queues, recurrences
from publishing.scheduling.clashes import Clash, Found, clashes

SEEN: Final = "composer_clashes"  # what the page has pointed out
SHOWN: Final = 4
LENGTH: Final = 90  # characters of a text
LOOK: Final = "Something close to this post came in meanwhile. Look at it above, then press again."
Seen = frozenset[tuple[Clash, UUID, UUID]]


def point_out(
    principal: Principal,
    brand: Brand,
    post: Composition,
    accounts: Sequence[ConnectedAccount],
    timing: Timing,
) -> None:
    """Draw what the post as entered clashes with, if anything."""
    found = _found(principal, brand.id, post, accounts, timing)
    st.session_state[SEEN] = _seen(found)
    if not found:
        return
    alike: dict[tuple[UUID, str], list[Found]] = {}
    for one in found:
        alike.setdefault((one.post_id, _said(one)), []).append(one)
    zone, known = zone_or_utc(brand.timezone), {account.id: account for account in accounts}
    lines = [_line(several, known, zone) for several in alike.values()]
    more = len(lines) - SHOWN
    st.html(
        markup(
            '<div class="clash"><b>Close to other posts</b><ul>{lines}</ul>{more}</div>',
            lines=joined(lines[:SHOWN]),
            more=markup('<div class="sub">and {more} more</div>', more=more) if more > 0 else "",
        )
    )


def _line(several: Sequence[Found], known: Mapping[UUID, ConnectedAccount], zone: ZoneInfo) -> Markup:
    """What clashes alike on several accounts, once."""
    one = several[0]
    names = [networks.label(known[each.account_id].network) for each in several if each.account_id in known]
    return markup(
        '<li>{networks}: {said} <span class="sub">{at}</span><div class="sub">“{text}”</div></li>',
        networks=", ".join(sorted(set(names))),
        said=_said(one),
        at=moment_with_utc(one.at, zone) if one.at else "",
        text=one.text if len(one.text) <= LENGTH else f"{one.text[:LENGTH]} …",
    )


def _said(one: Found) -> str:
    return one.words.removeprefix(f"{one.account_name}: ")


def refuse_unseen(principal: Principal, post: Composition, draft: Draft, timing: Timing) -> None:
    """Stop a press that came before the page could point out what the post clashes with.

    Raises:
        DraftError: the page has not shown something yet; the next press saves.
    """
    with tenant_session(principal.tenant) as session:
        found = _of(session, post, draft, timing)
    if not _seen(found) <= st.session_state.get(SEEN, frozenset()):
        raise DraftError([LOOK])


def _found(
    principal: Principal,
    brand_id: UUID,
    post: Composition,
    accounts: Sequence[ConnectedAccount],
    timing: Timing,
) -> list[Found]:
    if isinstance(timing, NoTime) or not accounts:
        return []
    at = timing if isinstance(timing, datetime) else None
    try:
        draft = entering.draft(principal, post, brand_id, accounts, at, unfinished=False)
    except DraftError:
        return []  # it can't be saved like this
    with tenant_session(principal.tenant) as session:
        return _of(session, post, draft, timing)


def _of(session: Session, post: Composition, draft: Draft, timing: Timing) -> list[Found]:
    """Also before anything is written: what is close in time is seen, and a fast press is not held up."""
    if timing is not None and not isinstance(timing, datetime):
        at = _moment(session, post, draft, timing)
        draft = replace(draft, due_at=at, unfinished=at is None)
    return clashes(session, draft, post_id=post.stored.post_id if post.stored else None)


def _moment(session: Session, post: Composition, draft: Draft, timing: Timing) -> datetime | None:
    """When it would go out by its plan, as things are; None: that is not known."""
    if isinstance(timing, InQueue):
        there = queueing.placed(session, post.stored.post_id) if post.stored else None
        if there is not None and there.queue_id == timing.queue_id:
            return there.slot_at
        return next(iter(queues.next_free(session, timing.queue_id, 1)), None)
    if isinstance(timing, InCampaign):
        found = [one for one in campaigns.campaigns(session, draft.brand_id) if one.id == timing.campaign_id]
        if found and found[0].launch_at is not None:
            return campaigns.time_of(found[0].launch_at, timing.offset, zone_or_utc(found[0].zone)).at
        return None
    if isinstance(timing, Repeating):
        try:
            coming = recurrences.preview(session, draft.brand_id, timing.rule, timing.starts, 1)
        except (DraftError, NotAllowedError):
            return None
        return coming[0].at if coming else None
    return None


def _seen(found: Sequence[Found]) -> Seen:
    return frozenset((one.clash, one.post_id, one.account_id) for one in found)
