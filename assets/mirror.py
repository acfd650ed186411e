"""The mirror of the released marts in PostgreSQL, for people's own tools. It comes after the release, and a
failure of it never undoes one.
"""

import dagster as dg

from warehouse import releases
from warehouse.analysts import mirror


@dg.asset(
    key=["release", "mirror"],
    group_name="release",
    deps=[["release", "current"]],
    pool="build",
    kinds={"postgres"},
)
def mirrored_marts(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """The current release's rows of every organization that has a reader, in schema `marts`."""
    release = releases.current()
    if release is None:
        return dg.MaterializeResult(metadata={"organizations": 0})
    try:
        done = mirror.refresh(release)
    except Exception as error:  # noqa: BLE001 - the release stands, and the next one brings the mirror along
        context.log.warning(f"the mirror stays as it is: {type(error).__name__}")
        return dg.MaterializeResult(metadata={"problem": type(error).__name__})
    for one in done:
        if one.problem is not None:
            context.log.warning(f"the mirror of {one.organization_id} stays as it is: {one.problem}")
    return dg.MaterializeResult(
        metadata={
            "organizations": len(done),
            "rows": sum(one.rows for one in done),
            "failed": sum(one.problem is not None for one in done),
        }
    )
