"""The mirror comes after the release, and what becomes of it changes nothing about the release."""

from __future__ import annotations

from uuid import uuid4

import dagster as dg
import pytest

from assets.mirror import mirrored_marts
from tests.identity.people import add_person
from warehouse import lake, releases
from warehouse.analysts import mirror
from warehouse.analysts.mirror import Mirrored
from warehouse.releases import Release

pytestmark = pytest.mark.usefixtures("settings")


def metadata(outcome: object, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What the asset tells when refreshing has this outcome."""

    def refreshed(release: Release) -> object:
        assert release == releases.current()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(mirror, "refresh", refreshed)
    result = dg.materialize([mirrored_marts])
    assert result.success
    (event,) = result.get_asset_materialization_events()
    return {name: value.value for name, value in event.materialization.metadata.items()}


def test_a_mirror_that_fails_is_told_and_the_release_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    assert metadata([], monkeypatch) == {"organizations": 0}
    releases.start_build("run-1")
    released = releases.release("run-1", 1)
    assert metadata(OSError("password=secret"), monkeypatch) == {"problem": "OSError"}
    done = [Mirrored(uuid4(), 7), Mirrored(uuid4(), 0, "LockNotAvailable")]
    assert metadata(done, monkeypatch) == {"organizations": 2, "rows": 7, "failed": 1}
    assert releases.current() == released


def test_without_a_reader_nothing_is_copied_or_read(monkeypatch: pytest.MonkeyPatch) -> None:
    add_person()
    releases.start_build("run-1")
    release = releases.release("run-1", 1)

    def opened(*_: object) -> None:
        raise AssertionError("the lake was opened")

    monkeypatch.setattr(lake, "connect_at", opened)
    assert mirror.refresh(release) == []
