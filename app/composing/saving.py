"""The buttons of the composer, and what they do with what is entered."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import streamlit as st

from app import sending
from app.composing import entering, stored, when, words
from app.composing.composition import Composition, current
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
from publishing.compose import create_post
from publishing.drafts import Draft
from publishing.editing import ConflictError, edit_post
from publishing.listing import publications_of

BRAND: Final = "composer_brand"
DONE: Final = "composer_done"
PROBLEMS: Final = "composer_problems"
CONFLICT: Final = "composer_conflict"


def buttons(brand: Brand, post: Composition, at: datetime | when.NoTime | None, *, in_review: bool) -> None:
    """Draw them, with what the last press came to."""
    now, later = ("Send for approval",) * 2 if in_review else ("Publish now", "Schedule")
    args = (brand.id, zone_or_utc(brand.timezone), words.draft().id)
    st.button(
        now if at is None else later,
        type="primary",
        width="stretch",
        disabled=isinstance(at, when.NoTime),
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
        draft = _entered(principal, post, brand_id, zone, unfinished=unfinished)
        post_id, ids = _save(principal, post, draft)
    except DraftError as error:
        st.session_state[PROBLEMS] = error.problems
        return
    except (ConflictError, NotAllowedError) as error:
        st.session_state[PROBLEMS] = [str(error)]
        st.session_state[CONFLICT] = isinstance(error, ConflictError)
        return
    if unfinished:
        _go_on_with(post, post_id)
        return
    if sending.is_soon(draft.due_at):
        sending.start(ids, draft.due_at)
    st.session_state[DONE] = post_id
    if post.stored is not None:
        stored.let_go()
    else:
        words.clear()


def _save(principal: Principal, post: Composition, draft: Draft) -> tuple[UUID, list[UUID]]:
    """Make the post or change the stored one; its id and those of its publications."""
    with tenant_session(principal.tenant) as session:
        if post.stored is None:
            post_id = create_post(session, principal.organization_id, draft)
        else:
            post_id = post.stored.post_id
            edit_post(session, post_id, draft, version=post.stored.version, by=principal.person_id)
        return post_id, [view.id for view in publications_of(session, post_id)]


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
) -> Draft:
    """The draft as the browser sent it.

    Raises:
        DraftError: it needs an answer that the page has not asked for yet.
    """
    if st.session_state[BRAND] != brand_id:
        raise DraftError(["You have just chosen another brand: look at its accounts, then press again."])
    at = when.chosen(zone)
    if isinstance(at, when.NoTime):
        if not unfinished:
            raise DraftError([at.problem])
        at = None
    chosen = _chosen(principal, brand_id)
    return entering.draft(principal, post, brand_id, chosen, at, unfinished=unfinished)


def _chosen(principal: Principal, brand_id: UUID) -> list[ConnectedAccount]:
    with tenant_session(principal.tenant) as session:
        known = {account.id: account for account in connected(session) if account.brand_id == brand_id}
    return [known[one] for one in st.session_state.get(stored.accounts_key(brand_id), []) if one in known]
