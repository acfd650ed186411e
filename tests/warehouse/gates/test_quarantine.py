"""What is set aside waits alone, is decided by those who may, and is carried into the lake once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import duckdb
import pytest
from sqlalchemy import text

from foundation.database import worker_session
from foundation.settings import get_settings
from identity import trail
from identity.audit import OPERATOR
from identity.errors import ConflictError, ForbiddenError, NotFoundError
from identity.permissions import Role
from platforms.contract import Account, Answer, Entity
from tests.dbt.lakes import facebook_post
from tests.identity.acting import acting, new_member
from tests.warehouse.gates.installation import Installation
from warehouse import lake
from warehouse.gates import failing, quarantine, results, settling
from warehouse.gates.contract import look
from warehouse.gates.failing import FailedTest
from warehouse.gates.quarantine import Batch, Verdict
from warehouse.gates.recheck import recheck
from warehouse.gates.settling import SELF

NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def mine(installation: Installation) -> Installation:
    """Two pages of two organizations."""
    for name, page in (("mine", "1"), ("theirs", "2")):
        installation.add(name, "facebook", page)
    installation.register()
    return installation


def land(installation: Installation, name: str, hours: int, factor: int = 1) -> None:
    """Ten posts as they are so many hours after noon, all in one answer."""
    account = installation.accounts[name]
    posts = [
        facebook_post(
            f"{account.external_id}_{n}",
            f"2026-09-{n + 1:02}T10:00:00",
            reactions=(n + 7) * factor,
            comments=n,
        )
        for n in range(10)
    ]
    at = NOON + timedelta(hours=hours)
    request: dict[str, Any] = {"path": f"{account.external_id}/published_posts", "params": {"fields": "id"}}
    answer = Answer(Entity.POSTS, request, at, 200, json.dumps({"data": posts}))
    installation.land(name, [answer], at)


def verdicts(installation: Installation, name: str) -> list[str | None]:
    rows = installation.connection.execute(
        "SELECT verdict FROM lake.raw.quarantine WHERE account_id = ? ORDER BY found_at",
        [installation.accounts[name].id],
    ).fetchall()
    return [row[0] for row in rows]


def waiting(installation: Installation) -> list[Batch]:
    return [one for one in quarantine.all_listed(installation.settings) if one.verdict is None]


def member(account: Account, role: Role) -> Any:
    return new_member(UUID(account.organization_id), role)


@pytest.fixture(scope="module", autouse=True)
def _environment(installation: Installation) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", installation.settings.database_url.get_secret_value())
        patch.setenv("ALLIN_HOME", str(installation.settings.home))
        get_settings.cache_clear()
        yield
    get_settings.cache_clear()


def test_a_batch_waits_until_one_of_its_own_organization_decides(mine: Installation) -> None:
    for name in ("mine", "theirs"):
        land(mine, name, 0)
    assert look(mine.connection, "1", mine.settings).findings == ()
    land(mine, "mine", 24, factor=1000)
    land(mine, "theirs", 24)
    look(mine.connection, "2", mine.settings)
    [batch] = waiting(mine)
    assert (batch.account_name, batch.entity, batch.answers) == ("mine", "posts", 1)
    assert "in another unit" in batch.reasons[0]
    assert verdicts(mine, "mine") == [None]
    assert verdicts(mine, "theirs") == []

    stranger = member(mine.accounts["theirs"], Role.OWNER)
    with acting(stranger) as work:
        assert quarantine.listed(work) == []
        assert results.recent_findings(work.session, NOON - timedelta(days=999)) == []
        with pytest.raises(NotFoundError):
            settling.settle(work, batch.id, Verdict.ACCEPTED)
    with acting(member(mine.accounts["mine"], Role.EDITOR)) as work:
        assert [one.id for one in quarantine.listed(work)] == [batch.id]
        with pytest.raises(ForbiddenError):
            settling.settle(work, batch.id, Verdict.ACCEPTED)
    admin = member(mine.accounts["mine"], Role.ADMIN)
    with acting(admin) as work:
        [found] = results.recent_findings(work.session, NOON - timedelta(days=999))
        assert (found.name, found.account_name) == ("units_kept", "mine")
        settling.settle(work, batch.id, Verdict.ACCEPTED)
    with acting(admin) as work, pytest.raises(ConflictError):
        settling.settle(work, batch.id, Verdict.REJECTED)
    with acting(admin) as work:
        line = trail.events(work).items[0]
    assert (line.actor, line.after and line.after["numbers"]) == (admin.email, "accepted")

    # The lake hears of it at the next look, and what was accepted is what the next batch is compared with.
    assert verdicts(mine, "mine") == [None]
    land(mine, "mine", 25, factor=1000)
    assert look(mine.connection, "3", mine.settings).findings == ()
    assert verdicts(mine, "mine") == ["accepted"]


def test_a_rejected_batch_is_nothing_to_compare_with(mine: Installation) -> None:
    land(mine, "theirs", 48, factor=1000)
    look(mine.connection, "4", mine.settings)
    [batch] = waiting(mine)
    settling.settle_as_operator(batch.id, Verdict.REJECTED, mine.settings)
    land(mine, "theirs", 49)
    assert look(mine.connection, "5", mine.settings).findings == ()
    assert verdicts(mine, "theirs") == ["rejected"]


def test_killed_before_people_were_told_the_next_look_tells_them(mine: Installation) -> None:
    land(mine, "theirs", 72, factor=-1)
    look(mine.connection, "6", mine.settings)
    with worker_session(mine.settings) as session:
        session.execute(text("DELETE FROM quarantined_batches WHERE verdict IS NULL"))
    look(mine.connection, "7", mine.settings)
    [batch] = waiting(mine)
    # Decided, and killed before the lake heard of it: it hears of it once.
    settling.settle_as_operator(batch.id, Verdict.REJECTED, mine.settings)
    assert quarantine.apply_verdicts(mine.connection, mine.settings) == 1
    assert quarantine.apply_verdicts(mine.connection, mine.settings) == 0
    assert waiting(mine) == []


def test_what_waits_for_one_reason_is_decided_together_and_once(mine: Installation) -> None:
    for hours in (80, 81, 82):
        land(mine, "mine", hours, factor=60)  # it counts by the thousand since
        look(mine.connection, f"hour {hours}", mine.settings)
    found = waiting(mine)
    assert len(found) == 3

    def decide(batch: Batch, verdict: Verdict) -> bool:
        try:
            settling.settle_as_operator(batch.id, verdict, mine.settings)
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(decide, found, (Verdict.ACCEPTED, Verdict.REJECTED, Verdict.REJECTED)))
    assert sorted(done) == [False, False, True]
    assert waiting(mine) == []
    decided = {one.verdict for one in quarantine.all_listed(mine.settings) if one.id in {b.id for b in found}}
    assert len(decided) == 1
    # What came right again later is left out without anybody.
    land(mine, "theirs", 82, factor=-1)
    look(mine.connection, "hour 82 too", mine.settings)
    [batch] = waiting(mine)
    land(mine, "theirs", 83)
    look(mine.connection, "hour 83", mine.settings)
    assert waiting(mine) == []
    [after] = [one for one in quarantine.all_listed(mine.settings) if one.id == batch.id]
    assert (after.verdict, after.settled_by) == (Verdict.REJECTED, SELF)
    assert None not in verdicts(mine, "theirs")


def test_what_was_looked_at_before_the_rest_came_waits_with_it(mine: Installation) -> None:
    before = len(verdicts(mine, "theirs"))
    land(mine, "theirs", 84)
    assert look(mine.connection, "while it is collected", mine.settings).findings == ()
    land(mine, "theirs", 84, factor=-1)
    look(mine.connection, "when it is whole", mine.settings)
    assert verdicts(mine, "theirs")[before:] == [None, None]
    [batch] = waiting(mine)
    assert batch.answers == 2
    settling.settle_as_operator(batch.id, Verdict.REJECTED, mine.settings)


def test_two_looks_at_once_see_everything_once(mine: Installation) -> None:
    land(mine, "mine", 96, factor=-1)

    def one(run: str) -> int:
        with lake.connect(mine.settings) as connection:
            return look(connection, run, mine.settings).answers

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(one, ("8", "9"))) == [0, 1]
    assert verdicts(mine, "mine").count(None) == 1
    [batch] = waiting(mine)
    settling.settle_as_operator(batch.id, Verdict.REJECTED, mine.settings)


def test_after_a_repair_what_waits_is_checked_again(mine: Installation) -> None:
    rename = "UPDATE lake.raw.accounts SET external_id = ? WHERE external_id = ?"
    mine.connection.execute(rename, ["77", "1"])  # as if we had its id wrong
    land(mine, "mine", 120, factor=1000)
    land(mine, "theirs", 120, factor=-1)
    look(mine.connection, "10", mine.settings)
    assert {one.account_name for one in waiting(mine)} == {"mine", "theirs"}
    mine.connection.execute(rename, ["1", "77"])
    assert recheck(mine.connection, mine.settings) == (1, 1)
    assert verdicts(mine, "mine")[-1] == "accepted"
    with acting(member(mine.accounts["mine"], Role.ADMIN)) as work:
        assert trail.events(work).items[0].actor == OPERATOR
    [batch] = waiting(mine)
    assert batch.account_name == "theirs"
    settling.settle_as_operator(batch.id, Verdict.REJECTED, mine.settings)


def test_rows_that_fail_a_models_test_are_set_aside_with_their_answer(mine: Installation) -> None:
    connection: duckdb.DuckDBPyConnection = mine.connection
    account = mine.accounts["theirs"].id
    connection.execute(
        "CREATE OR REPLACE TABLE lake.staging.stg_test AS SELECT answer_id, account_id, -1 AS views "
        "FROM lake.raw.answers WHERE answer_id NOT IN (SELECT answer_id FROM lake.raw.quarantine)"
    )
    all_rows = FailedTest("not_negative", "SELECT * FROM lake.staging.stg_test WHERE views < 0")
    assert not failing.set_aside(connection, [all_rows], mine.settings)  # everybody: our own fault
    own = FailedTest("not_negative", f"SELECT * FROM lake.staging.stg_test WHERE account_id = '{account}';")
    nameless = FailedTest("unique", "SELECT account_id FROM lake.staging.stg_test")
    assert not failing.set_aside(connection, [own, nameless], mine.settings)
    assert waiting(mine) == []
    assert failing.set_aside(connection, [own], mine.settings)
    left = connection.execute("SELECT DISTINCT account_id FROM lake.staging.stg_test").fetchall()
    assert left == [(mine.accounts["mine"].id,)]
    assert {one.account_name for one in waiting(mine)} == {"theirs"}
    # All accounts of one organization wait, too: nobody else does for them.
    connection.execute(
        "UPDATE lake.raw.accounts SET organization_id = ?", [mine.accounts["mine"].organization_id]
    )
    assert failing.set_aside(connection, [all_rows], mine.settings)
    assert connection.execute("SELECT count(*) FROM lake.staging.stg_test").fetchone() == (0,)
    mine.register()


def test_however_long_something_waits_it_is_compared_with_what_was_good(mine: Installation) -> None:
    mine.add("slow", "facebook", "3")
    mine.register()
    for days, factor in ((6, 1), (7, 1000), (30, 1000), (60, 1000)):
        land(mine, "slow", days * 24, factor)
        land(mine, "mine", days * 24)
        look(mine.connection, f"day {days}", mine.settings)
    assert [one.checks for one in waiting(mine) if one.account_name == "slow"] == [("units_kept",)] * 3
