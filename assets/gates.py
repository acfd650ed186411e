"""The first gate as an asset: what has landed is looked at before a model parses it, account by account."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import dagster as dg
from dagster_dbt import DbtCliInvocation

from foundation.settings import Settings, get_settings
from platforms.registry import NETWORK_KEYS
from warehouse import lake, releases
from warehouse.gates import failing
from warehouse.gates.checks import CHECKS
from warehouse.gates.failing import FailedTest

if TYPE_CHECKING:
    from warehouse.gates.contract import Finding

CONTRACT = dg.AssetKey(["gates", "raw_contract"])
BROKEN = "the answers of the networks could not be checked; AllIN tries again with the next build"


@dg.asset(
    key=CONTRACT,
    group_name="gates",
    deps=[["raw", key] for key in ("accounts", *NETWORK_KEYS)],
    pool="build",
    kinds={"ducklake"},
    check_specs=[
        dg.AssetCheckSpec(check.name, asset=CONTRACT, description=f"{check.title}.") for check in CHECKS
    ],
)
def raw_contract(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
    """Batches that break the raw contract are set aside; their account alone waits, with its last numbers."""
    from warehouse.gates.contract import look

    settings = get_settings()
    releases.start_build(context.run.run_id, settings)
    try:
        with lake.connect(settings) as connection:
            lake.ensure(connection)
            seen = look(connection, context.run.run_id, settings)
    except Exception:
        releases.finish_build(context.run.run_id, "failed", [BROKEN], settings)
        raise
    waiting = {finding.batch for finding in seen.findings if finding.blocks}
    yield dg.MaterializeResult(
        metadata={"answers": seen.answers, "batches": seen.batches, "set_aside": len(waiting)},
        check_results=list(_results(seen.findings)),
    )


def _results(findings: "Sequence[Finding]") -> Iterator[dg.AssetCheckResult]:
    """One result for each check. A warning at most: what is wrong waits alone and holds no release."""
    accounts = Counter(finding.check.name for finding in findings)
    for check in CHECKS:
        found = [finding for finding in findings if finding.check is check]
        yield dg.AssetCheckResult(
            asset_key=CONTRACT,
            check_name=check.name,
            passed=not found,
            severity=dg.AssetCheckSeverity.WARN,
            description=f"{accounts[check.name]} batches" if found else check.title,
            metadata={
                "accounts": dg.MetadataValue.json(
                    [f"{one.account_id} {one.network} {one.entity}: {one.reason}" for one in found[:20]]
                )
            },
        )


def set_aside_failing(invocation: DbtCliInvocation, settings: Settings) -> bool:
    """Set aside the raw answers that failing tests of staging models stem from; whether a build without
    them is worth a try. Not when anything else failed, or most accounts of a network would wait: that is a
    fault of ours.
    """
    tests = _failed_tests(invocation)
    if not tests:
        return False
    with lake.connect(settings) as connection:
        return failing.set_aside(connection, tests, settings)


def _failed_tests(invocation: DbtCliInvocation) -> list[FailedTest]:
    """The failed tests, if nothing but tests of staging models failed; else none."""
    try:
        results = invocation.get_artifact("run_results.json")["results"]
        nodes = json.loads((invocation.target_path / "manifest.json").read_text())["nodes"]
    except (FileNotFoundError, KeyError):
        return []
    bad = [result for result in results if result["status"] in ("fail", "error", "runtime error")]
    found = []
    for result in bad:
        model = nodes.get(nodes.get(result["unique_id"], {}).get("attached_node") or "", {})
        if result["status"] != "fail" or model.get("fqn", ["", ""])[1] != "staging":
            return []
        found.append(FailedTest(str(nodes[result["unique_id"]]["name"]), str(result["compiled_code"])))
    return found
