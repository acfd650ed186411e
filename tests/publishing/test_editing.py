"""A post is changed or deleted whole or not at all, whoever comes first."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from foundation.database import Tenant, tenant_session, utc_now, worker_session
from platforms.contract import Finding
from platforms.errors import Ambiguous, Rejected
from publishing.changes import DraftError, NotAllowedError, answer_unknown, cancel, reschedule
from publishing.compose import create_post
from publishing.content import of_publication
from publishing.drafts import Draft
from publishing.editing import ConflictError, delete_post, edit_post
from publishing.models import Post, PostRevision, Publication
from publishing.opening import opened
from publishing.publisher import publish_now
from publishing.states import State
from tests.publishing.conftest import QUICK, Agency, make_tenant, read
from tests.publishing.network import MemoryNetwork

LATER = timedelta(hours=2)


def compose(tenant: Agency, text: str = "first words", **values: Any) -> UUID:
    draft = Draft(tenant.brand_id, [tenant.facebook, tenant.x], text, due_at=utc_now() + LATER)
    with tenant_session(Tenant(tenant.organization_id)) as session:
        return create_post(session, tenant.organization_id, replace(draft, **values), senders=tenant.senders)


def edit(
    tenant: Agency,
    post_id: UUID,
    version: int,
    text: str = "other words",
    *,
    seen: Mapping[UUID, datetime | None] | None = None,
    **values: Any,
) -> int:
    draft = Draft(tenant.brand_id, [tenant.facebook, tenant.x], text, due_at=utc_now() + LATER)
    draft = replace(draft, **values)
    with tenant_session(Tenant(tenant.organization_id)) as session:
        return edit_post(session, post_id, draft, version=version, seen=seen, senders=tenant.senders)


def delete(tenant: Agency, post_id: UUID) -> None:
    with tenant_session(Tenant(tenant.organization_id)) as session:
        delete_post(session, post_id)


def rows(post_id: UUID) -> dict[str, Publication]:
    with worker_session() as session:
        found = session.scalars(select(Publication).where(Publication.post_id == post_id))
        return {f"{row.network}{row.part or ''}": row for row in found}


def texts(post_id: UUID) -> dict[str, str]:
    with worker_session() as session:
        post = session.get_one(Post, post_id)
        return {name: of_publication(post, row).text for name, row in rows(post_id).items()}


def test_a_change_reaches_every_account_and_what_was_said_is_kept(tenant: Agency) -> None:
    post_id = compose(tenant)
    assert edit(tenant, post_id, 1, own={tenant.x: {"text": "short"}}) == 2
    assert texts(post_id) == {"facebook": "other words", "x": "short"}
    with worker_session() as session:
        revision = session.scalars(select(PostRevision).where(PostRevision.post_id == post_id)).one()
        assert (revision.version, revision.content["text"]) == (1, "first words")


def test_an_account_keeps_a_time_of_its_own(tenant: Agency) -> None:
    noon = utc_now().replace(microsecond=0) + LATER
    post_id = compose(tenant, due_at=noon, times={tenant.x: noon + LATER}, parts=["and more"])
    due = {name: row.due_at for name, row in rows(post_id).items()}
    assert due == {"facebook": noon, "facebook1": noon, "x": noon + LATER, "x1": noon + LATER}
    with tenant_session(Tenant(tenant.organization_id)) as session:
        draft = opened(session, post_id, senders=tenant.senders).draft
    assert {*draft.times.values(), draft.due_at} == {noon, noon + LATER}
    edit(tenant, post_id, 1, due_at=noon, times={tenant.facebook: noon + LATER})
    assert {name: row.due_at for name, row in rows(post_id).items() if not row.part} == {
        "facebook": noon + LATER,
        "x": noon,
    }
    with pytest.raises(DraftError, match="This time has passed"):
        edit(tenant, post_id, 2, times={tenant.x: noon - timedelta(days=1)})


def test_who_read_an_older_version_is_refused(tenant: Agency) -> None:
    post_id = compose(tenant)
    edit(tenant, post_id, 1)
    with pytest.raises(ConflictError, match="changed this post meanwhile"):
        edit(tenant, post_id, 1, "third words")
    assert texts(post_id)["facebook"] == "other words"


def test_of_two_changes_at_once_one_comes_through(tenant: Agency) -> None:
    post_id = compose(tenant)

    def attempt(text: str) -> str:
        try:
            edit(tenant, post_id, 1, text)
        except ConflictError:
            return "refused"
        return text

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(attempt, ["a", "b", "c", "d"]))
    assert results.count("refused") == 3
    assert texts(post_id)["x"] in results


def test_a_wrong_change_changes_nothing(tenant: Agency) -> None:
    post_id = compose(tenant)
    with pytest.raises(DraftError, match="longer than 280"):
        edit(tenant, post_id, 1, "x" * 281)
    assert texts(post_id) == {"facebook": "first words", "x": "first words"}
    with worker_session() as session:
        assert session.get_one(Post, post_id).version == 1


def test_an_account_can_be_left_out_and_taken_in_again(tenant: Agency) -> None:
    post_id = compose(tenant)
    edit(tenant, post_id, 1, account_ids=[tenant.x])
    assert rows(post_id)["facebook"].current is State.CANCELLED
    edit(tenant, post_id, 2)
    assert {row.current for row in rows(post_id).values()} == {State.SCHEDULED}


def test_what_is_public_stays_as_it_was_sent(tenant: Agency, facebook: MemoryNetwork) -> None:
    post_id = compose(tenant, due_at=None)
    publish_now([rows(post_id)["facebook"].id], senders=tenant.senders, policy=QUICK)
    edit(tenant, post_id, 1, "other words")
    assert facebook.texts() == ["first words"]
    assert texts(post_id) == {"facebook": "first words", "x": "other words"}
    assert rows(post_id)["facebook"].current is State.PUBLISHED


def test_what_is_all_public_is_changed_no_more_but_filed_elsewhere(tenant: Agency) -> None:
    post_id = compose(tenant, due_at=None)
    publish_now([row.id for row in rows(post_id).values()], senders=tenant.senders, policy=QUICK)
    for text, title in (("other words", ""), ("first words", "other")):
        with pytest.raises(NotAllowedError, match="already published"):
            edit(tenant, post_id, 1, text, title=title)
    assert edit(tenant, post_id, 1, "first words", labels=["spring"]) == 2
    assert set(texts(post_id).values()) == {"first words"}


def test_who_wrote_while_it_went_out_is_told(tenant: Agency, facebook: MemoryNetwork) -> None:
    post_id = compose(tenant)
    with tenant_session(Tenant(tenant.organization_id)) as session:
        seen = opened(session, post_id, senders=tenant.senders).seen
    with tenant_session(Tenant(tenant.organization_id)) as session:
        reschedule(session, rows(post_id)["facebook"].id)
    publish_now([rows(post_id)["facebook"].id], senders=tenant.senders, policy=QUICK)
    with pytest.raises(ConflictError, match="moved, sent or cancelled"):
        edit(tenant, post_id, 1, "too late", seen=seen)
    assert facebook.texts() == ["first words"]
    assert texts(post_id)["x"] == "first words"


def test_it_is_being_sent_now(tenant: Agency) -> None:
    post_id = compose(tenant, due_at=None)
    tenant.shift(rows(post_id)["x"].id, state="publishing", sent_at=utc_now())
    with pytest.raises(NotAllowedError, match="being sent now"):
        edit(tenant, post_id, 1)
    with pytest.raises(NotAllowedError, match="being sent now"):
        delete(tenant, post_id)
    assert texts(post_id)["facebook"] == "first words"


@pytest.mark.parametrize("what", ["edit", "delete", "cancel"])
def test_at_the_due_second_it_is_the_old_post_or_the_new_never_both(
    tenant: Agency, facebook: MemoryNetwork, what: str
) -> None:
    facebook.prepare_takes_s = 0.02
    for _ in range(6):
        post_id = compose(tenant, "old", account_ids=[tenant.facebook], due_at=None)
        publication_id = rows(post_id)["facebook"].id
        facebook.accepted.clear()
        with ThreadPoolExecutor(2) as pool:
            sending = pool.submit(publish_now, [publication_id], senders=tenant.senders, policy=QUICK)
            changing = pool.submit(_change, what, tenant, post_id, publication_id)
            sending.result()
            refused = changing.result()
        publish_now([publication_id], senders=tenant.senders, policy=QUICK)
        if refused:
            assert facebook.texts() == ["old"]
        elif what == "edit":
            # Too late for this sending it still is an edit: what was public before it stays as it was.
            assert facebook.texts() in (["old"], ["new"])
            assert texts(post_id)["facebook"] == facebook.texts()[0]
        else:
            assert facebook.texts() in ([], ["old"])
            assert bool(facebook.texts()) == (read(publication_id).current is State.PUBLISHED)


def _change(what: str, tenant: Agency, post_id: UUID, publication_id: UUID) -> bool:
    """Do it; whether it was refused."""
    try:
        if what == "edit":
            edit(tenant, post_id, 1, "new", account_ids=[tenant.facebook], due_at=None)
        elif what == "delete":
            delete(tenant, post_id)
        else:
            with tenant_session(Tenant(tenant.organization_id)) as session:
                cancel(session, publication_id)
    except NotAllowedError:
        return True
    return False


@pytest.mark.parametrize("fate", ["refused", "not live"])
def test_what_was_changed_after_a_vain_sending_goes_out_as_it_is_now(
    tenant: Agency, facebook: MemoryNetwork, fate: str
) -> None:
    facebook.faults["submit"].append(Rejected("that word") if fate == "refused" else Ambiguous("no answer"))
    facebook.findings.extend([Finding.CANNOT_TELL] * 20)
    post_id = compose(tenant, "old", account_ids=[tenant.facebook], due_at=None)
    publication_id = rows(post_id)["facebook"].id
    publish_now([publication_id], senders=tenant.senders, policy=QUICK)
    if fate == "not live":
        tenant.shift(publication_id, asks_person=True)
        with tenant_session(Tenant(tenant.organization_id)) as session:
            answer_unknown(session, publication_id, is_public=False, send_again=True)
    edit(tenant, post_id, 1, "new", account_ids=[tenant.facebook], due_at=None)
    assert texts(post_id) == {"facebook": "new"}
    publish_now([publication_id], senders=tenant.senders, policy=QUICK)
    assert facebook.texts() == ["new"]


def test_who_saw_another_time_is_refused(tenant: Agency) -> None:
    """A new time leaves the version alone: nobody puts the old one back, or sends what was cancelled."""
    post_id = compose(tenant, times={})
    with tenant_session(Tenant(tenant.organization_id)) as session:
        seen = opened(session, post_id, senders=tenant.senders).seen
    for do in (lambda session, one: reschedule(session, one, utc_now() + 3 * LATER), cancel):
        with tenant_session(Tenant(tenant.organization_id)) as session:
            do(session, rows(post_id)["x"].id)
        with pytest.raises(ConflictError, match="moved, sent or cancelled"):
            edit(tenant, post_id, 1, seen=seen)
        assert texts(post_id)["facebook"] == "first words"
    with tenant_session(Tenant(tenant.organization_id)) as session:
        seen = opened(session, post_id, senders=tenant.senders).seen
    edit(tenant, post_id, 1, seen=seen, account_ids=[tenant.facebook])
    assert texts(post_id)["facebook"] == "other words"
    assert rows(post_id)["x"].current is State.CANCELLED


def test_another_organization_s_post_does_not_exist(tenant: Agency) -> None:
    post_id, other = compose(tenant), make_tenant(tenant.senders)
    for act in (lambda: edit(other, post_id, 1), lambda: delete(other, post_id)):
        with pytest.raises(NotAllowedError, match="does not exist"):
            act()
    assert texts(post_id)["x"] == "first words"


def test_a_draft_is_sent_by_nobody_until_it_is_finished(tenant: Agency, facebook: MemoryNetwork) -> None:
    post_id = compose(tenant, "x" * 300, unfinished=True, due_at=None)
    assert {row.current for row in rows(post_id).values()} == {State.DRAFT}
    publish_now([row.id for row in rows(post_id).values()], senders=tenant.senders, policy=QUICK)
    assert facebook.texts() == []
    edit(tenant, post_id, 1, "finished", due_at=None)
    publish_now([row.id for row in rows(post_id).values()], senders=tenant.senders, policy=QUICK)
    assert facebook.texts() == ["finished"]


def test_a_deleted_post_is_gone_and_sends_nothing(tenant: Agency, facebook: MemoryNetwork) -> None:
    post_id = compose(tenant, due_at=None)
    delete(tenant, post_id)
    publish_now([row.id for row in rows(post_id).values()], senders=tenant.senders, policy=QUICK)
    assert facebook.texts() == []
    with pytest.raises(NotAllowedError, match="does not exist"):
        delete(tenant, post_id)


def _aware(moment: datetime | None) -> datetime:
    assert moment is not None
    return moment
