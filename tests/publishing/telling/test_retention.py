"""What was told is kept as long as the settings say, and what was not told yet is kept."""

from __future__ import annotations

import pytest

from foundation.settings import Settings
from publishing.happenings import Kind
from publishing.telling import retention, webhooks
from tests.identity.acting import acting
from tests.publishing.telling.conftest import House, execute, rows, tell_all


def counts() -> dict[str, int]:
    tables = ("webhook_deliveries", "notifications", "mailings", "happenings")
    return {table: len(rows(table)) for table in tables}


def grow_old(days: int) -> None:
    """Let everything be this much older."""
    for table, columns in {
        "happenings": ("happened_at", "told_at"),
        "notifications": ("created_at",),
        "mailings": ("created_at", "mailed_at"),
        "webhook_deliveries": ("created_at",),
    }.items():
        changes = ", ".join(f"{column} = {column} - make_interval(days => :days)" for column in columns)
        execute(f"UPDATE {table} SET {changes}", days=days)


def test_each_is_kept_as_long_as_the_settings_say(
    house: House, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 3)  # more than one transaction
    with acting(house.member()) as work:
        webhooks.create(work, "https://1.1.1.1/hook", [Kind.FAILED])
    for _ in range(2):
        house.note(Kind.FAILED)
    tell_all(settings)
    execute("UPDATE webhook_deliveries SET state = 'delivered'")
    grow_old(40)
    young = house.note(Kind.MISSED)
    tell_all(settings)
    short = settings.model_copy(update={"keep_deliveries_days": 41, "keep_notifications_days": 41})
    assert retention.forget(short) == {"deliveries": 0, "notifications": 0, "happenings": 0}
    assert retention.forget(settings) == {"deliveries": 2, "notifications": 0, "happenings": 0}
    assert counts() == {"webhook_deliveries": 0, "notifications": 12, "mailings": 12, "happenings": 3}
    grow_old(51)
    assert retention.forget(settings) == {"deliveries": 0, "notifications": 8, "happenings": 2}
    assert [row["id"] for row in rows("happenings")] == [young]
    assert counts() == {"webhook_deliveries": 0, "notifications": 4, "mailings": 4, "happenings": 1}
    assert set(retention.forget(settings).values()) == {0}


def test_what_is_still_to_be_done_is_not_forgotten(house: House, settings: Settings) -> None:
    with acting(house.member()) as work:
        webhooks.create(work, "https://1.1.1.1/hook", [Kind.FAILED])
    house.note(Kind.FAILED)
    tell_all(settings)
    house.note(Kind.MISSED)  # nobody told it yet
    grow_old(60)
    assert retention.forget(settings) == {"deliveries": 0, "notifications": 0, "happenings": 0}
