"""What is injected into the answers is caught before anything reads it, and an ordinary day raises no
alarm."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import pytest

from foundation.settings import REPOSITORY
from platforms.contract import Answer, Entity
from platforms.registry import NETWORK_KEYS
from tests.warehouse.gates.conftest import Histories
from tests.warehouse.gates.faults import CASES, FAULTS, LOST_HERE, concerned
from tests.warehouse.gates.histories import Seen
from tests.warehouse.gates.installation import Installation, Landing, body
from warehouse.audit_specs import Severity
from warehouse.gates.checks import CHECKS
from warehouse.gates.contract import Finding, look
from warehouse.gates.reading import at, read
from warehouse.gates.shapes import shape_of

Found = dict[str, list[Finding]]
WARNINGS = {check.name for check in CHECKS if check.severity is Severity.WARN}
DOCUMENT = REPOSITORY / "docs" / "data-health.md"


@pytest.fixture(scope="module")
def found(installation: Installation, seen: Histories) -> Found:
    """The findings by account: one for each history, and one for each fault whose second look is spoilt."""
    for (network, brand), history in seen.items():
        installation.add(f"clean {network} {brand}", network, history.external_id)
    for fault, network in CASES:
        installation.add(f"{fault} {network}", network, seen[network, 0].external_id)
    for network in NETWORK_KEYS:
        installation.add(f"gone {network}", network, seen[network, 0].external_id)
    installation.register()
    names = {account.id: name for name, account in installation.accounts.items()}
    findings: Found = {name: [] for name in names.values()}
    for number in range(3):
        landings = [
            Landing(f"clean {network} {brand}", history.looks[number].answers, history.looks[number])
            for (network, brand), history in seen.items()
        ]
        landings += [spoilt(seen, fault, network, number) for fault, network in CASES if number < 2]
        landings += [with_one_gone(seen, network, number) for network in NETWORK_KEYS]
        installation.land_all(landings)
        for one in look(installation.connection, f"run {number}", installation.settings).findings:
            findings[names[one.account_id]].append(one)
    return findings


def spoilt(seen: Histories, fault: str, network: str, number: int) -> Landing:
    """A fault's account at one of the moments: first as it should be, then with the fault."""
    inject, _, _ = FAULTS[fault]
    own = seen[network, 0].looks[number]
    other = seen.get((network, 1), seen[network, 0]).looks[number]
    answers = concerned(inject, inject(network, own, other) if number else own.answers)
    brought = concerned(inject, own.answers) if fault in LOST_HERE else None
    return Landing(f"{fault} {network}", answers, own, brought)


def with_one_gone(seen: Histories, network: str, number: int) -> Landing:
    """An account at one of the moments: after the first, one of its posts is deleted."""
    own, gone = seen[network, 0].looks[number], chosen(seen, network)
    answers = without(network, own, gone) if number else listed(own)
    return Landing(f"gone {network}", tuple(answers), own)


def listed(own: Seen) -> Iterator[Answer]:
    return (answer for answer in own.answers if answer.entity is Entity.POSTS)


def chosen(seen: Histories, network: str) -> str:
    """The newest post of the last page that has some: in a page before, another would take its place."""
    pages = [
        read(network, answer.entity.value, json.dumps(answer.request), answer.body).figures
        for answer in listed(seen[network, 0].looks[0])
    ]
    stamped = [{one.subject: one.stamp for one in page if one.stamp is not None} for page in pages]
    stamps = [page for page in stamped if len(page) > 1][-1]
    return max(stamps, key=lambda subject: stamps[subject])


def without(network: str, own: Seen, post: str) -> Iterator[Answer]:
    """The lists of posts without one."""
    for answer in listed(own):
        shape, document = (
            shape_of(network, answer.entity, str(answer.request["path"])),
            json.loads(answer.body),
        )
        items = (document if shape.items in ("", ".") else at(document, shape.items)) if shape else None
        if shape and isinstance(items, list):
            items[:] = [item for item in items if str(at(item, shape.id)) != post]
        yield body(answer, document)


def noted(installation: Installation) -> Iterable[tuple[str, str]]:
    """The posts that are noted as gone, by the name of their account."""
    names = {account.id: name for name, account in installation.accounts.items()}
    query = "SELECT account_id, external_id FROM lake.raw.gone_posts ORDER BY ALL"
    return [(names[account], post) for account, post in installation.connection.execute(query).fetchall()]


def test_a_deleted_post_is_noted_once_on_every_network_and_no_other(
    found: Found, installation: Installation, seen: Histories
) -> None:
    assert found
    # Where an answer is spoilt or lost, nothing is taken to be gone.
    assert sorted(noted(installation)) == sorted(
        (f"gone {network}", chosen(seen, network)) for network in NETWORK_KEYS
    )


def test_clean_histories_of_all_networks_raise_no_alarm(found: Found) -> None:
    alarms = {name: [(one.check.name, one.reason) for one in each] for name, each in found.items()}
    assert {name: each for name, each in alarms.items() if name.startswith("clean") and each} == {}


@pytest.mark.parametrize(("fault", "network"), CASES)
def test_a_fault_is_caught_and_set_aside_alone(
    found: Found, installation: Installation, fault: str, network: str
) -> None:
    _, checks, _ = FAULTS[fault]
    told = {one.check.name for one in found[f"{fault} {network}"]} & checks
    assert told
    assert bool(set(installation.aside(f"{fault} {network}")) & checks) == bool(told - WARNINGS)
    assert installation.aside(f"clean {network} 0") == {}


def test_an_answer_that_can_t_be_read_is_left_out_alone_and_for_good(
    found: Found, installation: Installation
) -> None:
    assert found
    rows = installation.connection.execute(
        "SELECT count(*), any_value(verdict) FROM lake.raw.quarantine WHERE account_id = ?",
        [installation.accounts["truncated JSON facebook"].id],
    ).fetchone()
    assert rows == (1, "rejected")


def test_the_table_of_faults_is_the_documents() -> None:
    lines = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| ")]
    told = {cells[0].strip(): cells[1] for line in lines if len(cells := line.strip("| ").split(" | ")) >= 2}
    for fault, (_, checks, _) in FAULTS.items():
        assert fault in told, f"{DOCUMENT.name} does not tell of {fault}"
        assert all(f"`{check}`" in told[fault] for check in checks)
