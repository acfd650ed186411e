"""What lands while the gate looks belongs to the next look."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from platforms.contract import Answer, Entity
from tests.dbt.lakes import facebook_post
from tests.warehouse.gates.installation import Installation
from warehouse.gates import looking
from warehouse.gates.contract import look

NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)


def page(number: int, params: dict[str, Any], paging: dict[str, Any]) -> Answer:
    posts = [facebook_post(f"1_{number}{n}", f"2026-09-{n + 1:02}T10:00:00", reactions=9) for n in range(3)]
    body = json.dumps({"data": posts, "paging": paging})
    return Answer(Entity.POSTS, {"path": "1/published_posts", "params": params}, NOON, 200, body)


def test_a_list_that_ends_while_the_gate_looks_has_lost_nothing(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.add("mine", "facebook", "1")
    installation.register()
    first = page(1, {}, {"cursors": {"after": "on"}, "next": "https://graph.example/on"})
    last = page(2, {"after": "on"}, {})
    installation.land("mine", [first], NOON, finished=False)
    found = looking.portions_of

    def portions_of(rows: Sequence[tuple[str, str, datetime]]) -> list[looking.Portion]:
        monkeypatch.undo()
        installation.land("mine", [last], NOON, brought=[first, last])
        return found(rows)

    monkeypatch.setattr(looking, "portions_of", portions_of)
    assert [look(installation.connection, run, installation.settings).findings for run in "ab"] == [(), ()]
