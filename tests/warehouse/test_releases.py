"""The release pointer moves only by `release`, and the app may only look at it."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from foundation.database import Role, engine
from warehouse import releases
from warehouse.releases import BuildStatus

pytestmark = pytest.mark.usefixtures("settings")


def test_before_the_first_release_there_is_none() -> None:
    assert releases.current() is None
    assert releases.last_build() is None


def test_a_release_moves_the_pointer_and_ends_its_build() -> None:
    releases.start_build("run-1")
    assert releases.last_build() is None
    released = releases.release("run-1", 7)
    assert releases.current() == released
    assert (released.snapshot_id, released.run_id) == (7, "run-1")
    assert released.released_at.tzinfo is not None
    build = releases.last_build()
    assert build is not None
    assert (build.run_id, build.status, build.reasons) == ("run-1", BuildStatus.RELEASED, ())


def test_a_refused_build_leaves_the_release_and_says_why_until_a_newer_one_has_ended() -> None:
    releases.start_build("run-1")
    first = releases.release("run-1", 7)
    releases.start_build("run-2")
    releases.finish_build("run-2", "refused", ["engagement: 3 rows with a negative count of views"])
    releases.start_build("run-3")
    assert releases.current() == first
    build = releases.last_build()
    assert build is not None
    assert (build.run_id, build.status) == ("run-2", BuildStatus.REFUSED)
    assert build.reasons == ("engagement: 3 rows with a negative count of views",)
    second = releases.release("run-3", 9)
    assert second.id > first.id
    build = releases.last_build()
    assert build is not None
    assert build.status is BuildStatus.RELEASED


def test_going_back_is_one_more_row() -> None:
    for run, snapshot in (("run-1", 7), ("run-2", 9)):
        releases.start_build(run)
        releases.release(run, snapshot)
    back = releases.release("run-1", 7, note="9 had a wrong zone")
    assert releases.current() == back
    first = releases.get(back.id - 2)
    assert first is not None
    assert first.snapshot_id == back.snapshot_id
    assert releases.get(back.id + 1) is None
    assert back.note == "9 had a wrong zone"


def test_a_run_that_starts_again_begins_anew() -> None:
    releases.start_build("run-1")
    releases.finish_build("run-1", BuildStatus.FAILED, ["dbt did not finish"])
    releases.start_build("run-1")
    assert releases.last_build() is None


def test_a_run_that_never_started_releases_nothing() -> None:
    with pytest.raises(LookupError, match="never-started"):
        releases.release("never-started", 7)
    with pytest.raises(LookupError):
        releases.finish_build("never-started", "failed", [])
    assert releases.current() is None


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO releases (snapshot_id, run_id) VALUES (1, 'x')",
        "UPDATE builds SET status = 'released'",
        "DELETE FROM releases",
    ],
)
def test_the_app_cannot_move_the_pointer(statement: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        engine(Role.APP).begin() as connection,
    ):
        connection.execute(text(statement))
