"""Write, audit, publish: the candidate snapshot, its audits, and the release that people see."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg

from foundation.settings import get_settings
from warehouse import lake, releases
from warehouse.audit_specs import AUDITS
from warehouse.gates.results import write_marts

CANDIDATE = dg.AssetKey(["release", "candidate"])


@dg.asset(
    key=CANDIDATE,
    group_name="release",
    deps=[["marts", name] for name in dict.fromkeys(audit.table for audit in AUDITS)],
    pool="build",
    kinds={"ducklake"},
)
def candidate(context: dg.AssetExecutionContext) -> int:
    """The snapshot of the lake that the audits look at and that is released if they pass."""
    with lake.connect(read_only=True) as connection:
        snapshot = lake.current_snapshot(connection)
    # Two builds take turns in the pool, step by step: the other's models may be half of this snapshot.
    if releases.is_overtaken(context.run.run_id):
        reason = "another build began before this one was done; it releases instead"
        releases.finish_build(context.run.run_id, "failed", [reason], get_settings())
        raise dg.Failure(reason)
    return snapshot


def _is_replay(run_config: Mapping[str, Any]) -> bool:
    """Whether the run's models parse old answers anew (`assets.replay.ReplayConfig`)."""
    models = run_config.get("ops", {}).get("dbt_models", {})
    return bool(models.get("config", {}).get("first_day"))


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

    settings = get_settings()
    results = audit_marts(candidate, settings, replayed=_is_replay(context.run.run_config))
    write_marts(context.run.run_id, results, settings)
    reasons = [result.reason for result in results if result.blocks]
    if reasons:
        releases.finish_build(context.run.run_id, "refused", reasons, settings)
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
    """The pointer every page, report and API answer reads by; moved only when the audits passed, and never
    while releases are held back.
    """
    try:
        released = releases.release(context.run.run_id, candidate)
    except releases.HeldError as held:
        return dg.MaterializeResult(metadata={"held": str(held)})
    return dg.MaterializeResult(
        metadata={
            "release": released.id,
            "snapshot": released.snapshot_id,
            "released_at": released.released_at.isoformat(),
        }
    )
