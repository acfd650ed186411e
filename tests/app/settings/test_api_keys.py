from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from app.settings import key_form, scopes
from foundation.database import utc_now, worker_session
from identity import api_keys
from identity.models import ApiKey
from identity.permissions import Permission, Role, permissions_of
from tests.app.pages import html, said
from tests.app.settings.conftest import Agency
from tests.identity.acting import acting

Look = Callable[..., AppTest]


def keys() -> list[ApiKey]:
    with worker_session() as session:
        return list(session.scalars(select(ApiKey)))


def ticked(permission: Permission) -> str:
    return f"api_key_new_{permission.value}"


def drawn(look: Look, email: str = "owner@example.com") -> AppTest:
    test = look("api_keys", email)
    return test.button(key="api_key_new").click().run()


def test_a_key_is_shown_once_and_kept_as_a_digest(agency: Agency, look: Look) -> None:
    del agency
    test = drawn(look)
    test.text_input(key="api_key_new_name").set_value("Monday's <b>report</b>")
    test.checkbox(key=ticked(Permission.POSTS_READ)).check()
    test.button(key="api_key_new_create").click().run()
    (stored,) = keys()
    key = test.code[0].value
    assert hashlib.sha256(key.encode()).digest() == stored.key_hash
    assert stored.scopes == ["posts:read"]
    assert stored.expires_at is not None
    assert abs(stored.expires_at - utc_now() - timedelta(days=90)) < timedelta(minutes=5)
    assert "shown this once" in said(test)
    test.button(key="api_key_copied").click().run()
    assert not test.code
    everything = said(test)
    assert key not in everything
    assert key[:12] in everything
    assert "&lt;b&gt;report&lt;/b&gt;" in everything
    assert key_form.MADE not in test.session_state


def test_a_key_for_some_accounts_without_an_end(agency: Agency, look: Look) -> None:
    test = drawn(look)
    test.text_input(key="api_key_new_name").set_value("Shop")
    test.checkbox(key=ticked(Permission.POSTS_WRITE)).check()
    test.selectbox(key="api_key_new_end").set_value("Never")
    test.radio(key="api_key_new_part").set_value(key_form.SOME)
    test.button(key="api_key_new_create").click().run()
    assert "at least one account" in test.session_state["refusal_api_key_new"][0]
    assert not keys()
    with acting(agency.member()) as work:
        api_keys.create(work, "Shop", [Permission.POSTS_WRITE], [agency.world.account_ids[0]])
    assert "Facebook · Nordlicht Coffee · no end" not in said(look("api_keys"))
    assert "Facebook · Nordlicht Coffee" in said(look("api_keys"))


def test_without_a_scope_nothing_is_made(agency: Agency, look: Look) -> None:
    del agency
    test = drawn(look)
    test.text_input(key="api_key_new_name").set_value("Nothing")
    test.button(key="api_key_new_create").click().run()
    assert "Choose what the key may do" in test.session_state["refusal_api_key_new"][0]
    assert not keys()


def test_only_what_one_holds_can_be_ticked(agency: Agency, look: Look) -> None:
    del agency
    boxes = {box.key for box in drawn(look, "admin@example.com").checkbox}
    assert boxes == {ticked(permission) for permission in permissions_of(Role.ADMIN, limited=False)}


def test_all_that_only_reads_is_ticked_at_once(agency: Agency, look: Look) -> None:
    del agency
    test = drawn(look)
    test.button(key="api_key_new_reading").click().run()
    chosen = {name for name in Permission if test.session_state[ticked(name)]}
    assert chosen == {name for name in Permission if name.value.endswith(":read")}


def test_every_permission_has_plain_words_and_one_group() -> None:
    assert set(scopes.WORDS) == set(Permission)
    grouped = scopes.groups(Permission)
    assert sorted(one for group in grouped.values() for one in group) == sorted(Permission)
    assert "API keys" in grouped


def test_a_key_is_revoked_after_asking(busy: Agency, look: Look) -> None:
    del busy
    (stored,) = keys()
    test = look("api_keys")
    assert "refused from now on" in said(test)
    test.button(key=f"revoke_{stored.id}").click().run()
    assert keys()[0].revoked_at is not None
    assert "Revoked" in said(test)
    assert f"revoke_{stored.id}" not in {button.key for button in test.button}


def test_without_a_key_the_page_says_what_one_is_for(agency: Agency, look: Look) -> None:
    del agency
    assert "No key yet" in "".join(html(look("api_keys")))


@pytest.mark.parametrize(
    ("zone", "end"),
    [
        ("Asia/Tokyo", datetime(2026, 12, 31, 15, tzinfo=UTC)),
        ("America/New_York", datetime(2027, 1, 1, 5, tzinfo=UTC)),
        (None, datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_the_last_day_ends_on_the_clock_of_the_browser(zone: str | None, end: datetime) -> None:
    assert key_form.after_day(date(2026, 12, 31), zone) == end


def test_the_last_day_ends_where_midnight_does_not_exist() -> None:
    # Beirut's clocks went from 00:00 to 01:00 on 26 March 2023.
    assert key_form.after_day(date(2023, 3, 25), "Asia/Beirut") == datetime(2023, 3, 25, 22, tzinfo=UTC)
