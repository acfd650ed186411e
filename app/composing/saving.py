"""The buttons of the composer, and what they do with what is entered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import NoneType
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import streamlit as st
from sqlalchemy import select

from app import sending
from app.composing import clashing, entering, placing, stored, when, words
from app.composing.composition import Composition, current
from app.composing.when import InCampaign, InQueue, NoTime, Repeating, Timing
from app.shell import access
from app.views import outcomes
from app.views.notices import escaped
from app.views.times import zone_or_utc
from foundation.database import tenant_session
from identity.models import Brand
from identity.permissions import Permission
from identity.principal import Principal
from platforms.accounts import ConnectedAccount, connected
from publishing.changes import DraftError, NotAllowedError
from publishing.drafts import Draft
from publishing.editing import ConflictError
from publishing.models import Publication

BRAND: Final = "composer_brand"
DONE: Final = "composer_done"
PROBLEMS: Final = "composer_problems"
CONFLICT: Final = "composer_conflict"
NAMES: Final[Mapping[type, str]] = {
    NoneType: "Publish now",
    InQueue: "Add to the queue",
    Repeating: "Start repeating",
    InCampaign: "Add to the campaign",
}


def buttons(brand: Brand, post: Composition, timing: Timing, *, in_review: bool) -> None:
    """Draw them, with what the last press came to."""
    args = (brand.id, zone_or_utc(brand.timezone), words.draft().id)
    st.button(
        "Send for approval" if in_review else NAMES.get(type(timing), "Schedule"),
        type="primary",
        width="stretch",
        disabled=isinstance(timing, NoTime),
        on_click=_submit,
        args=args,
        key="composer_submit",
    )
    if in_review:
        st.caption(f"{escaped(brand.name)} has its posts approved before they go out.")
    st.button("Save as a draft", width="stretch", on_click=_submit, args=(*args, True), key="composer_save")
    for problem in st.session_state.pop(PROBLEMS, []):
        st.error(escaped(problem), icon=":material/error:")
    if st.session_state.pop(CONFLICT, False) and post.stored is not None:
        st.button("Open it as it is now", key="composer_again", on_click=stored.again, width="stretch")
        st.caption("What you changed here is then dropped.")


def _submit(brand_id: UUID, zone: ZoneInfo, draft_id: UUID, unfinished: bool = False) -> None:
    """Save what is entered as a whole or show what is wrong with it; what is due now is sent at once.

    The arguments are of the page as it was drawn: they say what the click was meant for. Everything else is
    read as the browser sent it with the click, for it may be newer.
    """
    principal = access.allowed(Permission.POSTS_WRITE)
    if principal is None or words.draft().id != draft_id:
        return  # a second click on a draft that is done
    words.newest()
    post = current()
    post.catch_up()
    if DONE in st.session_state and words.untouched() and post.is_empty:
        return  # a second click, on the empty draft after it
    st.session_state.pop(DONE, None)
    try:
        draft, timing = _entered(principal, post, brand_id, zone, unfinished=unfinished)
        if not unfinished:
            clashing.refuse_unseen(principal, post, draft, timing)
        post_id = _save(principal, post, draft, timing)
    except DraftError as error:
        st.session_state[PROBLEMS] = error.problems
        return
    except (ConflictError, NotAllowedError) as error:
        st.session_state[PROBLEMS] = [str(error)]
        st.session_state[CONFLICT] = isinstance(error, ConflictError)
        return
    if unfinished and post_id is not None:
        _go_on_with(post, post_id)
        return
    if isinstance(timing, Repeating):
        outcomes.succeed("It repeats from now on. All its dates are under Plan.")
    st.session_state[DONE] = post_id
    if post.stored is not None:
        stored.let_go()
    else:
        words.clear()


def _save(principal: Principal, post: Composition, draft: Draft, timing: Timing) -> UUID | None:
    """Make the post or change the stored one, and send what is due as soon as this is committed.

    Returns its id; of a post that repeats, that of its first time, None where that is not made yet.
    """
    with tenant_session(principal.tenant) as session:
        if post.stored is None:
            post_id = placing.create(session, principal.organization_id, draft, timing)
        else:
            post_id = placing.change(session, principal, post.stored, draft, timing)
        if post_id is not None:
            session.flush()
            rows = session.scalars(select(Publication).where(Publication.post_id == post_id))
            sending.once_committed(session, rows.all())
        return post_id


def _go_on_with(post: Composition, post_id: UUID) -> None:
    """What was saved as a draft stays on the page, now as the post that is being changed."""
    outcomes.succeed("Saved as a draft. Go on here, or later from Posts.")
    if post.stored is not None:
        stored.again()
        return
    words.clear()
    st.query_params[stored.PARAMETER] = str(post_id)


def _entered(
    principal: Principal, post: Composition, brand_id: UUID, zone: ZoneInfo, *, unfinished: bool
) -> tuple[Draft, Timing]:
    """The draft as the browser sent it, and when it goes out.

    Raises:
        DraftError: it needs an answer that the page has not asked for yet.
    """
    if st.session_state[BRAND] != brand_id:
        raise DraftError(["You have just chosen another brand: look at its accounts, then press again."])
    timing = when.chosen(zone, brand_id)
    if isinstance(timing, NoTime) and not unfinished:
        raise DraftError([timing.problem])
    if unfinished and not isinstance(timing, datetime):
        timing = None  # a draft takes no place in a plan
    chosen = _chosen(principal, brand_id)
    at = timing if isinstance(timing, datetime) else None
    return entering.draft(principal, post, brand_id, chosen, at, unfinished=unfinished), timing


def _chosen(principal: Principal, brand_id: UUID) -> list[ConnectedAccount]:
    with tenant_session(principal.tenant) as session:
        known = {account.id: account for account in connected(session) if account.brand_id == brand_id}
    return [known[one] for one in st.session_state.get(stored.accounts_key(brand_id), []) if one in known]
