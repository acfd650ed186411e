"""The release pointer moves by a passed build or by a rollback alone, and the app may only look at it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from foundation.database import Role, engine, utc_now, worker_session
from tests.databases import until_somebody_waits
from warehouse import holds, releases, rollbacks
from warehouse.holds import ReleaseError
from warehouse.releases import BuildStatus, HeldError, Release

pytestmark = pytest.mark.usefixtures("settings")
WHO = "operator"


def released(run: str, snapshot: int) -> Release:
    releases.start_build(run)
    return releases.release(run, snapshot)


def test_before_the_first_release_there_is_none() -> None:
    assert releases.current() is None
    assert releases.last_build() is None
    assert releases.history() == []
    with pytest.raises(ReleaseError, match="nothing is released yet"):
        releases.as_of()
    with pytest.raises(ReleaseError, match="nothing is released yet"):
        rollbacks.rollback(WHO, "why")


def test_a_release_moves_the_pointer_and_ends_its_build() -> None:
    releases.start_build("run-1")
    assert releases.last_build() is None
    found = releases.release("run-1", 7)
    assert releases.current() == releases.as_of() == found
    assert (found.snapshot_id, found.run_id, found.numbers_of) == (7, "run-1", found.id)
    assert found.released_at.tzinfo is not None
    build = releases.last_build()
    assert build is not None
    assert (build.run_id, build.status, build.reasons) == ("run-1", BuildStatus.RELEASED, ())
    assert releases.build_of("run-1") == build


def test_a_refused_build_leaves_the_release_and_says_why_until_a_newer_one_has_ended() -> None:
    first = released("run-1", 7)
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


def test_a_build_that_another_overtook_does_not_speak_for_the_newest() -> None:
    releases.start_build("slow")
    assert not releases.is_overtaken("slow")
    released("quick", 9)
    assert releases.is_overtaken("slow")
    assert not releases.is_overtaken("quick")
    releases.finish_build("slow", "failed", ["overtaken"])
    build = releases.last_build()
    assert build is not None
    assert build.run_id == "quick"


def test_going_back_is_one_more_row_that_says_who_and_why() -> None:
    first, second, third = (released(f"run-{n}", n) for n in (7, 8, 9))
    back = rollbacks.rollback(WHO, "  9 had a\nwrong zone ")
    assert releases.current() == back
    assert (back.snapshot_id, back.numbers_of, back.run_id) == (8, second.id, "run-8")
    assert (back.made_by, back.note) == (WHO, "9 had a wrong zone")
    assert back.numbers_at == second.numbers_at == second.released_at < back.released_at
    further = rollbacks.rollback(WHO, "so had 8")
    assert further.numbers_of == first.id
    forth = rollbacks.rollback(WHO, "9 was right", third.id)
    assert forth.snapshot_id == 9
    assert [one.id for one in releases.history()] == [
        forth.id, further.id, back.id, third.id, second.id, first.id,
    ]  # fmt: skip
    assert releases.history(2, before=back.id) == [third, second]
    again = rollbacks.rollback(WHO, "as it was", back.id)
    assert again.numbers_of == second.id  # a rollback is named by the release whose numbers it shows


def test_the_next_good_build_releases_after_a_rollback() -> None:
    for n in (7, 8):
        released(f"run-{n}", n)
    rollbacks.rollback(WHO, "why")
    assert released("run-9", 9) == releases.current()
    assert rollbacks.rollback(WHO, "again").snapshot_id == 8


def test_what_cannot_be_gone_back_to_is_refused_in_words() -> None:
    only = released("run-7", 7)
    for to, words in (
        (None, "no release before"),
        (99, "no release 99"),
        (only.id, "people see already"),
    ):
        with pytest.raises(ReleaseError, match=words):
            rollbacks.rollback(WHO, "why", to)
    released("run-8", 8)
    for why, words in ((" \n", "say why"), ("x" * 501, "at most 500")):
        with pytest.raises(ReleaseError, match=words):
            rollbacks.rollback(WHO, why)
    assert len(releases.history()) == 2


def test_an_expired_release_says_so_and_is_passed_over() -> None:
    first, second, _ = (released(f"run-{n}", n) for n in (7, 8, 9))
    with worker_session() as session:
        session.execute(
            text("UPDATE releases SET expired_at = :now, expired_because = 'too old' WHERE id = :id"),
            {"now": utc_now(), "id": second.id},
        )
    words = f"release {second.id} are no longer kept.*too old"
    with pytest.raises(ReleaseError, match=words):
        releases.as_of(second.id)
    with pytest.raises(ReleaseError, match=words):
        rollbacks.rollback(WHO, "why", second.id)
    assert rollbacks.rollback(WHO, "why").numbers_of == first.id


def test_nobody_goes_back_to_rows_of_an_organization_that_was_removed() -> None:
    first, second, _ = (released(f"run-{n}", n) for n in (7, 8, 9))
    with worker_session() as session:
        session.execute(text("INSERT INTO erasures VALUES (gen_random_uuid(), :now, 8)"), {"now": utc_now()})
    with pytest.raises(ReleaseError, match="removed for good"):
        rollbacks.rollback(WHO, "why", first.id)
    assert rollbacks.rollback(WHO, "why").numbers_of == second.id  # 8 is the first without them
    with pytest.raises(ReleaseError, match="no release before"):
        rollbacks.rollback(WHO, "why")


def test_held_back_builds_go_on_and_release_nothing() -> None:
    before = released("run-7", 7)
    assert holds.held() is None
    hold = holds.hold(WHO, "the shop is closed")
    assert holds.held() == hold
    with pytest.raises(ReleaseError, match=r"held back since .*the shop is closed"):
        holds.hold(WHO, "again")
    releases.start_build("run-8")
    with pytest.raises(HeldError, match="the shop is closed"):
        releases.release("run-8", 8)
    build = releases.last_build()
    assert build is not None
    assert (build.status, build.reasons) == (BuildStatus.HELD, ("the shop is closed",))
    assert releases.current() == before
    assert holds.resume(WHO)
    assert not holds.resume(WHO)
    assert released("run-9", 9) == releases.current()


def test_going_back_and_holding_is_one_step() -> None:
    for n in (7, 8):
        released(f"run-{n}", n)
    with pytest.raises(ReleaseError):
        rollbacks.rollback(WHO, "why", 99, hold=True)
    assert holds.held() is None
    rollbacks.rollback(WHO, "wrong zone", hold=True)
    assert (held := holds.held()) is not None
    assert (held.held_by, held.why) == (WHO, "wrong zone")


def test_a_build_and_a_hold_at_once_go_one_after_the_other() -> None:
    releases.start_build("run-7")
    with ThreadPoolExecutor(1) as pool:
        with worker_session() as session:
            holds.take_pointer(session)
            waiting = pool.submit(releases.release, "run-7", 7)
            until_somebody_waits()
            holds.insert(session, WHO, "first")
        with pytest.raises(HeldError):
            waiting.result(timeout=10)
    assert releases.current() is None


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
        "UPDATE release_holds SET resumed_at = now()",
        "SELECT * FROM erasures",
    ],
)
def test_the_app_cannot_move_the_pointer(statement: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        engine(Role.APP).begin() as connection,
    ):
        connection.execute(text(statement))
