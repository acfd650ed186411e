"""Write, audit, publish: the candidate snapshot, its audits, and the release that people see."""

from collections.abc import Iterator

import dagster as dg

from foundation.settings import get_settings
from warehouse import lake, releases
from warehouse.audit_specs import AUDITS

CANDIDATE = dg.AssetKey(["release", "candidate"])


@dg.asset(
    key=CANDIDATE,
    group_name="release",
    deps=[["marts", name] for name in dict.fromkeys(audit.table for audit in AUDITS)],
    pool="build",
    kinds={"ducklake"},
)
def candidate() -> int:
    """The snapshot of the lake that the audits look at and that is released if they pass."""
    with lake.connect(read_only=True) as connection:
        return lake.current_snapshot(connection)


@dg.multi_asset_check(
    name="mart_audits",
    ins={"candidate": dg.AssetIn(CANDIDATE)},
    specs=[
        dg.AssetCheckSpec(audit.name, asset=CANDIDATE, description=audit.description, blocking=True)
        for audit in AUDITS
    ],
)
def mart_audits(context: dg.AssetCheckExecutionContext, candidate: int) -> Iterator[dg.AssetCheckResult]:
    """Great Expectations over the candidate's marts; a failure keeps the old release in place."""
    from warehouse.audits import audit_marts  # loads Great Expectations and pandas: only here

    results = audit_marts(candidate)
    reasons = [result.reason for result in results if result.blocks]
    if reasons:
        releases.finish_build(context.run.run_id, "refused", reasons, get_settings())
    for result in results:
        yield dg.AssetCheckResult(
            asset_key=CANDIDATE,
            check_name=result.name,
            passed=result.passed,
            severity=dg.AssetCheckSeverity(result.severity),
            description=result.detail,
            metadata={"table": result.table, "examples": list(result.examples)},
        )


@dg.asset(
    key=["release", "current"],
    group_name="release",
    ins={"candidate": dg.AssetIn(CANDIDATE)},
    pool="build",
    kinds={"postgres"},
)
def release(context: dg.AssetExecutionContext, candidate: int) -> dg.MaterializeResult[None]:
    """The pointer every page, report and API answer reads by; moved only when the audits passed."""
    released = releases.release(context.run.run_id, candidate)
    return dg.MaterializeResult(
        metadata={
            "release": released.id,
            "snapshot": released.snapshot_id,
            "released_at": released.released_at.isoformat(),
        }
    )
