"""Clashes: posts close together and posts that say the same are told, never refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from foundation.database import utc_now, worker_session
from publishing.changes import cancel
from publishing.compose import create_post
from publishing.content import Content, File
from publishing.drafts import Draft
from publishing.scheduling.clashes import ALIKE, Clash, clashes, likeness, normalised
from tests.publishing.conftest import Agency, make_tenant
from tests.publishing.scheduling.conftest import act, rows_of, session_of

SALE = "Our autumn sale begins on Friday: up to 40 % off all winter boots, in every shop and online."
HOUR = timedelta(hours=1)


def told(tenant: Agency, draft: Draft, **options: object) -> list[tuple[Clash, str]]:
    with session_of(tenant) as session:
        return [(one.clash, one.text) for one in clashes(session, draft, **options)]  # type: ignore[arg-type]


def at(minutes: float) -> datetime:
    return utc_now() + timedelta(days=1, minutes=minutes)


def draft_of(tenant: Agency, words: str = "something else entirely", minutes: float = 0) -> Draft:
    return Draft(tenant.brand_id, [tenant.facebook], words, due_at=at(minutes))


def test_posts_close_together_on_one_account_are_told(tenant: Agency) -> None:
    tenant.schedule("ten before", at(-10))
    tenant.schedule("twenty before", at(-20))
    tenant.schedule("five after", at(5))
    tenant.schedule("elsewhere", at(0), [tenant.x])
    assert told(tenant, draft_of(tenant)) == [(Clash.CLOSE, "five after"), (Clash.CLOSE, "ten before")]
    assert len(told(tenant, draft_of(tenant), close=HOUR)) == 3
    with session_of(tenant) as session:
        found = clashes(session, draft_of(tenant))[0]
    assert found.apart is not None
    assert round(found.apart.total_seconds() / 60) == 5
    assert found.words.endswith("page: another post goes out 5 min apart.")


def test_near_duplicates_are_told_whenever_they_go_out(tenant: Agency) -> None:
    tenant.schedule(SALE, at(60 * 24 * 20))
    again = SALE.replace("Friday", "Monday").upper() + " https://example.com/sale"
    assert told(tenant, draft_of(tenant, again)) == [(Clash.ALIKE, SALE)]
    assert told(tenant, draft_of(tenant, "Our shops are closed on Friday for stocktaking.")) == []
    with session_of(tenant) as session:
        (same,) = clashes(session, draft_of(tenant, SALE.lower()))
    assert (same.likeness, same.words.endswith("a post that says the same is on its way.")) == (1.0, True)


def test_what_was_published_lately_counts_and_what_is_long_ago_or_cancelled_does_not(tenant: Agency) -> None:
    publication_id = tenant.schedule(SALE, at(0))
    week_ago = utc_now() - timedelta(days=7)
    tenant.shift(publication_id, state="published", published_at=week_ago, due_at=week_ago)
    assert told(tenant, draft_of(tenant, SALE)) == [(Clash.ALIKE, SALE)]
    tenant.shift(publication_id, published_at=utc_now() - timedelta(days=31))
    assert told(tenant, draft_of(tenant, SALE)) == []
    gone = tenant.schedule(SALE, at(0))
    act(tenant, cancel, gone)
    assert told(tenant, draft_of(tenant, SALE)) == []


def test_what_an_account_says_of_its_own_is_compared(tenant: Agency) -> None:
    draft = Draft(
        tenant.brand_id,
        [tenant.facebook, tenant.x],
        SALE,
        due_at=at(600),
        own={tenant.x: {"text": "Boots. Cheap. Now."}},
    )
    act(tenant, create_post, tenant.organization_id, draft, senders=tenant.senders)
    both = [tenant.facebook, tenant.x]
    with session_of(tenant) as session:
        found = clashes(session, Draft(tenant.brand_id, both, SALE, due_at=at(0)))
        assert [one.account_id for one in found] == [tenant.facebook]
        own = Draft(tenant.brand_id, both, "new", due_at=at(0), own={tenant.x: {"text": "boots cheap now"}})
        assert [one.account_id for one in clashes(session, own)] == [tenant.x]


def test_a_post_does_not_clash_with_itself_or_with_its_recurrence(tenant: Agency) -> None:
    publication_id = tenant.schedule(SALE, at(1))
    with worker_session() as session:
        post_id = session.execute(
            text("SELECT post_id FROM publications WHERE id = :id"), {"id": publication_id}
        ).scalar_one()
    assert len(told(tenant, draft_of(tenant, SALE))) == 2
    assert told(tenant, draft_of(tenant, SALE), post_id=post_id) == []
    again = uuid4()
    with worker_session() as session:
        session.execute(
            text(
                "INSERT INTO recurrences (id, organization_id, brand_id, rule, starts_local, account_ids, "
                "content) VALUES (:id, :organization, :brand, 'FREQ=DAILY', now(), '{}', '{}')"
            ),
            {"id": again, "organization": tenant.organization_id, "brand": tenant.brand_id},
        )
        session.execute(
            text("UPDATE posts SET recurrence_id = :again WHERE id = :id"), {"again": again, "id": post_id}
        )
    sibling = Draft(tenant.brand_id, [tenant.facebook], SALE, due_at=at(0), recurrence_id=again)
    assert told(tenant, sibling) == []


def test_parts_of_threads_do_not_clash(tenant: Agency) -> None:
    draft = Draft(tenant.brand_id, [tenant.x], "one", due_at=at(0), parts=["two", "three"])
    post_id = act(tenant, create_post, tenant.organization_id, draft, senders=tenant.senders)
    assert len(rows_of(post_id)) == 3
    assert len(told(tenant, Draft(tenant.brand_id, [tenant.x], "four", due_at=at(0)))) == 1


def test_a_draft_without_a_time_is_not_close_to_anything(tenant: Agency) -> None:
    tenant.schedule(SALE, at(0))
    unfinished = Draft(tenant.brand_id, [tenant.facebook], SALE, unfinished=True)
    assert told(tenant, unfinished) == [(Clash.ALIKE, SALE)]
    now = Draft(tenant.brand_id, [tenant.facebook], "now")
    assert told(tenant, now) == []
    tenant.schedule("soon", utc_now() + timedelta(minutes=5))
    assert told(tenant, now) == [(Clash.CLOSE, "soon")]


def test_another_organizations_posts_are_not_told(tenant: Agency) -> None:
    tenant.schedule(SALE, at(0))
    assert told(make_tenant(tenant.senders), draft_of(tenant, SALE)) == []


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Good morning!", "good   MORNING", True),
        ("Ｆｕｌｌ ｗｉｄｔｈ", "full width", True),
        ("今日は新しい商品のお知らせです。", "今日は新しい商品のお知らせです！", True),
        ("#new #boots out now", "New boots – out now…", True),
        ("Good morning", "Good evening", False),
        ("", "", False),
        ("!!!", "???", False),
        ("a", "b", False),
    ],
)
def test_what_is_alike(one: str, other: str, alike: bool) -> None:
    assert (likeness(Content(one), Content(other)) >= ALIKE) is alike


def test_without_words_the_files_are_compared() -> None:
    first, second = (File(letter * 64, "image/png", 1) for letter in "ab")
    assert likeness(Content(media=(first,)), Content(media=(first,))) == 1
    assert likeness(Content(media=(first,)), Content(media=(second,))) == 0
    assert likeness(Content("words", media=(first,)), Content(media=(first,))) == 0


@given(st.text(), st.text())
def test_likeness_is_even_handed(one: str, other: str) -> None:
    found = likeness(Content(one), Content(other))
    assert 0 <= found <= 1
    assert found == likeness(Content(other), Content(one))
    assert normalised(normalised(one)) == normalised(one)
    if normalised(one):
        assert likeness(Content(one), Content(f"  {one.upper().lower()}  ")) >= 0
        assert likeness(Content(one), Content(one)) == 1
