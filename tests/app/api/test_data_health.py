"""The numbers' health over the API: the same facts as the page, of one's own accounts alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from starlette.testclient import TestClient

from foundation.database import utc_now, worker_session
from tests.app.api.world import Home, World, bearer
from warehouse import releases
from warehouse.audit_specs import Severity
from warehouse.audits import AuditResult
from warehouse.gates import results
from warehouse.gates.checks import BY_NAME
from warehouse.gates.contract import Finding

HOUR = datetime(2026, 10, 5, 12, tzinfo=UTC)
REASON = "Numbers are about 1000 times as high."
WAITS = text(
    "INSERT INTO quarantined_batches (organization_id, account_id, network, entity, observed_hour, run_id, "
    "checks, answers, found_at) VALUES (:o, :a, 'facebook', 'posts', :hour, 'r', "
    f"""'[{{"name": "units_kept", "reason": "{REASON}"}}]', 1, :hour)"""
)


def build(*homes: Home) -> None:
    """A build that found something about these accounts, and was released."""
    releases.start_build("r")
    check = BY_NAME["units_kept"]
    found = [
        Finding(check, str(home.id), str(home.account), "facebook", "posts", HOUR, "r", REASON, 1, number)
        for number, home in enumerate(homes)
    ]
    results.write_raw("r", found)
    missed = AuditResult(
        "fct_account_metrics_daily__days_complete", "fct_account_metrics_daily", False, Severity.WARN,
        "1 account without followers of the last whole day", (), tuple(str(home.account) for home in homes),
    )  # fmt: skip
    results.write_marts("r", [missed])
    releases.release("r", 7)


def test_before_the_first_build_there_is_nothing_to_tell(client: TestClient, world: World) -> None:
    answer = client.get("data-health", headers=world.as_()).json()
    assert answer["standing"] == "good"
    assert (answer["release"], answer["numbers_of"]) == (None, None)
    assert answer["waiting"] == answer["on_arrival"] == answer["before_showing"] == answer["builds"] == []


def test_an_organization_hears_of_its_own_accounts_alone(client: TestClient, world: World) -> None:
    build(world.theirs)
    with worker_session() as session:
        ids = {"o": world.theirs.id, "a": world.theirs.account, "hour": HOUR}
        session.execute(WAITS, ids)
    before = client.get("data-health", headers=bearer(world.key)).json()
    assert before["standing"] == "good"
    assert before["waiting"] == []
    assert {check["standing"] for check in before["on_arrival"] + before["before_showing"]} == {"good"}

    build(world.ours, world.theirs)
    with worker_session() as session:
        for hour in (HOUR, HOUR + timedelta(hours=1)):
            session.execute(WAITS, {"o": world.ours.id, "a": world.ours.account, "hour": hour})
    told = client.get("data-health", headers=bearer(world.key)).json()
    assert told["standing"] == "stopped"
    [waits] = told["waiting"]
    assert (waits["account_id"], waits["hours"], waits["reasons"]) == (str(world.ours.account), 2, [REASON])
    assert (waits["first_hour"], waits["last_hour"]) == ("2026-10-05T12:00:00Z", "2026-10-05T13:00:00Z")
    units = next(check for check in told["on_arrival"] if check["name"] == "units_kept")
    assert (units["standing"], units["days"][-1]) == ("stopped", "stopped")
    assert REASON in units["found"]
    assert units["days"][:-1] == [None] * 13
    [days] = told["before_showing"]
    assert (days["standing"], days["name"]) == ("look", "days_complete")
    assert days["found"].count(",") == 0  # one account: one's own
    assert (told["release"], told["days"][-1]) == (2, str(utc_now().date()))
    assert [one["status"] for one in told["builds"]] == ["released"]
