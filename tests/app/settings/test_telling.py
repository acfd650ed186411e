"""Settings: what one is told, and the webhooks with their log."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import RowMapping, text
from streamlit.testing.v1 import AppTest

from app.settings import webhook_form
from foundation import keyring
from foundation.database import worker_session
from foundation.settings import Settings
from publishing import happenings
from publishing.happenings import Kind
from publishing.telling import webhooks, wishes
from publishing.telling.teller import Teller
from publishing.telling.wishes import DEFAULTS, EVERYWHERE, Wish
from tests.app.pages import said
from tests.app.settings.conftest import Agency
from tests.identity.acting import acting

Look = Callable[..., AppTest]
URL = "https://1.1.1.1/hook"


def rows(table: str) -> list[RowMapping]:
    with worker_session() as session:
        found = session.execute(text(f"SELECT * FROM {table} ORDER BY created_at"))
        return list(found.mappings())


def box(kind: Kind, where: str) -> str:
    wish = DEFAULTS[kind]
    return f"wish_{where}_{kind.name.lower()}_{wish.in_app:d}{wish.by_email:d}"


def wanted(agency: Agency, email: str) -> dict[Kind, Wish]:
    with acting(agency.member(email)) as work:
        return wishes.of_person(work.session, agency.world.organization_id, agency.members[email])


def test_one_chooses_for_oneself_alone(agency: Agency, look: Look) -> None:
    test = look("notifications", "editor@example.com")
    test.checkbox(key=box(Kind.FAILED, "email")).uncheck()
    test.checkbox(key=box(Kind.PUBLISHED, "app")).check()
    test.button(key="notification_settings_save").click().run()
    assert not test.exception
    assert wanted(agency, "editor@example.com") == {
        **DEFAULTS,
        Kind.FAILED: Wish(in_app=True, by_email=False),
        Kind.PUBLISHED: Wish(in_app=True, by_email=False),
    }
    assert wanted(agency, "owner@example.com") == DEFAULTS
    test.run()
    assert next(one.value for one in test.checkbox if one.label == "E-mail") is False


def test_one_is_asked_only_of_what_can_concern_one(agency: Agency, look: Look) -> None:
    del agency
    client = said(look("notifications", "client@example.com"))
    assert "waits for approval" in client
    assert "connected again" not in client
    assert "connected again" in said(look("notifications", "admin@example.com"))


@pytest.mark.parametrize("email", ["editor@example.com", "viewer@example.com", "limited@example.com"])
def test_webhooks_are_for_owners_and_administrators_of_the_whole(
    email: str, agency: Agency, look: Look
) -> None:
    del agency
    test = look("webhooks", email)
    assert "does not open this page" in said(test)
    assert not test.button


def test_a_webhook_is_made_and_its_secret_shown_once(agency: Agency, look: Look, settings: Settings) -> None:
    del agency
    test = look("webhooks").button(key="webhook_new").click().run()
    test.text_input(key="webhook_new_url").set_value("http://1.1.1.1/hook")
    test.button(key="webhook_new_create").click().run()
    assert "only https" in test.session_state["refusal_webhook_new"][0]
    test = look("webhooks").button(key="webhook_new").click().run()
    test.text_input(key="webhook_new_url").set_value(URL)
    test.button(key="webhook_new_create").click().run()
    (row,) = rows("webhooks")
    secret = keyring.load(settings).decrypt(row["sealed_secret"], f"webhook:{row['id']}")
    assert test.code[0].value == secret
    assert set(row["kinds"]) == {kind.value for kind in Kind} - {"post.commented"}
    test.button(key="webhook_copied").click().run()
    assert secret not in said(test)
    assert not test.code
    assert URL in said(test)
    assert webhook_form.MADE not in test.session_state


def made(agency: Agency, settings: Settings) -> tuple[Any, Any]:
    """A webhook and a delivery to it; their ids."""
    with acting(agency.member()) as work:
        info, _ = webhooks.create(work, URL, [Kind.NEEDS_RECONNECT])
    with worker_session() as session:
        happenings.note(
            session,
            agency.world.organization_id,
            Kind.NEEDS_RECONNECT,
            account_id=agency.world.account_ids[0],
            details={"problem": "expired"},
        )
    assert Teller(settings, threading.Event()).tell_next()
    return info.id, rows("webhook_deliveries")[0]["id"]


def test_the_log_shows_what_was_sent_and_sends_it_again(
    agency: Agency, look: Look, settings: Settings
) -> None:
    _, delivery_id = made(agency, settings)
    with worker_session() as session:
        session.execute(
            text(
                "UPDATE webhook_deliveries SET state = 'failed', status = 500, answer = '<b>oops</b>', "
                "attempts = 10"
            )
        )
    test = look("webhooks")
    assert "Answer: 500 &lt;b&gt;oops&lt;/b&gt;" in said(test)
    assert "10 tries" in said(test)
    assert "account.needs_reconnect" in test.code[0].value
    test.button(key=f"replay_{delivery_id}").click().run()
    assert rows("webhook_deliveries")[0]["state"] == "waiting"


def test_it_is_changed_turned_off_and_deleted(agency: Agency, look: Look, settings: Settings) -> None:
    webhook_id, delivery_id = made(agency, settings)
    test = look("webhooks")
    test.button(key=f"change_{webhook_id}").click().run()
    test.checkbox(key=f"kinds_{webhook_id}_{Kind.MISSED.value}").check()
    test.button(key=f"kinds_{webhook_id}_save").click().run()
    assert set(rows("webhooks")[0]["kinds"]) == {"post.missed", "account.needs_reconnect"}
    test.button(key=f"switch_{webhook_id}").click().run()
    assert rows("webhooks")[0]["enabled"] is False
    assert rows("webhook_deliveries")[0]["state"] == "failed"
    test.button(key=f"replay_{delivery_id}").click().run()
    assert "Enable it first" in "".join(str(error.value) for error in test.error)
    test.button(key=f"delete_{webhook_id}").click().run()
    assert rows("webhooks") == []
    assert "No webhook yet" in said(test)


def test_defaults_are_what_the_page_shows_first(agency: Agency) -> None:
    assert wanted(agency, "owner@example.com") == DEFAULTS
    assert DEFAULTS[Kind.FAILED] == EVERYWHERE
