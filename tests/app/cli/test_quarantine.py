"""`allin quarantine`: what waits, and decisions about it, as whoever runs the installation makes them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from app.cli.main import app
from foundation.database import worker_session
from foundation.settings import Settings
from identity.errors import ConflictError
from tests.app.world import World, connected_world
from warehouse.gates import quarantine, settling
from warehouse.gates.quarantine import Verdict

HOUR = datetime(2026, 10, 5, 12, tzinfo=UTC)
WAITS = text(
    "INSERT INTO quarantined_batches (organization_id, account_id, network, entity, observed_hour, run_id, "
    "checks, answers, found_at) SELECT organization_id, id, network, :entity, :hour, 'r', "
    """'[{"name": "units_kept", "reason": "Numbers are [about] 1000 times as high."}]', 1, :hour """
    "FROM accounts WHERE id = :account"
)
TRAIL = text("SELECT actor, target FROM audit_events WHERE target_type = 'numbers' ORDER BY id")


def allin(*words: str) -> Result:
    return CliRunner().invoke(app, ["quarantine", *words])


def done(*words: str) -> str:
    """The output of a command that succeeds, its lines joined."""
    result = allin(*words)
    assert result.exit_code == 0, result.output
    return " ".join(result.stdout.split())


def refused(*words: str) -> str:
    """What a command that fails says, without a trace."""
    result = allin(*words)
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    return result.stderr.strip()


@pytest.fixture
def world(settings: Settings) -> World:
    """Two hours of posts of one account wait, and daily numbers of another."""
    assert settings
    found = connected_world()
    with worker_session() as session:
        for account, entity, hours in ((0, "posts", 0), (0, "posts", 1), (2, "account_metrics", 0)):
            values = {"account": found.account_ids[account], "entity": entity}
            session.execute(WAITS, {**values, "hour": HOUR + timedelta(hours=hours)})
    return found


def numbers() -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for one in quarantine.all_listed():
        found.setdefault(one.entity, []).append(one.id)
    return found


@pytest.mark.usefixtures("settings")
def test_where_nothing_waits_it_says_so() -> None:
    assert done("list") == "nothing waits"
    assert done("list", "--all") == "nothing was ever set aside"
    assert "There is no such batch" in refused("accept", "1")
    assert allin("accept", "one").exit_code == 2
    assert allin("accept").exit_code == 2
    assert "0 accepted, 0 still wait" in done("recheck")


@pytest.mark.usefixtures("world")
def test_what_waits_is_listed_with_its_reason_and_decided_once() -> None:
    posts, days = numbers()["posts"], numbers()["account_metrics"]
    listed = done("list")
    assert all(str(number) in listed.split() for number in (*posts, *days))
    assert "posts of 2026-10-05 12:00 UTC waits Numbers are [about] 1000 times as high." in listed
    said = done("accept", str(posts[0]))
    assert "accepted, with 1 more that waited for the same reason" in said
    assert "the next build obeys it" in said
    for number in posts:  # both were decided about
        assert "decided about these numbers already" in refused("reject", str(number))
    left = done("list")
    assert "daily numbers" in left
    assert "posts of" not in left
    assert done("list", "--all").count("accepted") == 2
    assert "rejected" in done("reject", str(days[0]))
    assert done("list") == "nothing waits"
    with worker_session() as session:
        trail = session.execute(TRAIL).all()
    assert [row.actor for row in trail] == ["operator", "operator"]
    assert trail[0].target.endswith("12:00 UTC and 1 more)") or "13:00 UTC and 1" in trail[0].target


@pytest.mark.usefixtures("world")
def test_of_two_who_decide_at_once_one_does() -> None:
    first, second = numbers()["posts"]

    def decide(batch_id: int, verdict: Verdict) -> str:
        try:
            settling.settle_as_operator(batch_id, verdict)
        except ConflictError as error:
            return str(error)
        return verdict.value

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(decide, (first, second), (Verdict.ACCEPTED, Verdict.REJECTED)))
    assert sum("already" in one for one in said) == 1
    decided = {one.verdict for one in quarantine.all_listed() if one.entity == "posts"}
    assert len(decided) == 1
    assert None not in decided
