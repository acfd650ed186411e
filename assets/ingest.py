"""Raw assets: the account registry, and each network's answers landed as they came."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import dagster as dg
import duckdb

from foundation.database import utc_now, worker_session
from foundation.keyring import KeyRingError
from platforms import accounts
from platforms.accounts import ConnectedAccount
from platforms.contract import Entity, Network
from platforms.errors import NetworkError
from platforms.registry import NETWORK_KEYS, network
from warehouse import lake
from warehouse.ingest import collect
from warehouse.landing import land_registry, registry

ACCOUNTS_AT_ONCE = 4
REGISTRY = dg.AssetKey(["raw", "accounts"])


@dataclass
class Collected:
    """What came of one account; `problem` is for people, None when all is well."""

    account: str
    pages: int = 0
    landed: int = 0
    problem: str | None = None


@dg.asset(key=REGISTRY, group_name="raw", pool="raw_accounts", kinds={"postgres", "ducklake"})
def account_registry() -> dg.MaterializeResult[None]:
    """The connected accounts with their brands and organizations, as PostgreSQL has them now."""
    with worker_session() as session:
        rows = registry(session)
    with lake.connect() as connection:
        lake.ensure(connection)
        changed = land_registry(connection, rows)
    return dg.MaterializeResult(metadata={"accounts": len(rows), "changed": changed})


def network_asset(key: str) -> dg.AssetsDefinition:
    """The asset that collects every connected account of one network."""
    check = dg.AssetCheckSpec(
        "every_account_answered",
        asset=dg.AssetKey(["raw", key]),
        description="Each account was collected to the end; one that was not keeps its last good numbers.",
    )

    @dg.asset(
        key=["raw", key],
        group_name="raw",
        deps=[REGISTRY],
        pool=f"raw_{key}",
        check_specs=[check],
        kinds={"ducklake"},
        description=f"Raw answers of {network(key).label}, page by page, as they came.",
    )
    def answers(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        results = collect_network(key, context.run.run_id, context.log.info)
        yield dg.MaterializeResult(
            metadata={
                "accounts": len(results),
                "pages": sum(result.pages for result in results),
                "answers_landed": sum(result.landed for result in results),
            },
            check_results=[_check(results)],
        )

    return answers


def _check(results: list[Collected]) -> dg.AssetCheckResult:
    problems = {result.account: result.problem for result in results if result.problem}
    return dg.AssetCheckResult(
        check_name="every_account_answered",
        passed=not problems,
        severity=dg.AssetCheckSeverity.WARN,  # one account's bad day never holds up the others
        metadata={"problems": dg.MetadataValue.json(problems)},
    )


def collect_network(key: str, run_id: str, say: Callable[[str], None]) -> list[Collected]:
    """Collect all entities of every connected account of a network, several accounts at once."""
    with worker_session() as session:
        connected = accounts.connected(session, network=key)
    now = utc_now()
    with lake.connect() as connection, ThreadPoolExecutor(ACCOUNTS_AT_ONCE) as pool:
        lake.ensure(connection)

        def one(account: ConnectedAccount) -> Collected:
            with connection.cursor() as cursor:
                result = _collect_account(account, network(key), now, run_id, cursor)
            say(f"{result.account}: {result.pages} pages, {result.landed} landed, {result.problem or 'ok'}")
            return result

        results = list(pool.map(one, connected))
        lake.flush(connection)
    return results


def _collect_account(
    row: ConnectedAccount, connector: Network, now: datetime, run_id: str, cursor: duckdb.DuckDBPyConnection
) -> Collected:
    """Collect one account; what the network refuses becomes its problem, anything else is raised."""
    done = Collected(row.name)
    try:
        account = accounts.usable(row.id)
    except (NetworkError, KeyRingError, LookupError) as error:
        done.problem = str(error)
        return done
    for entity in connector.collect.entities:
        result = collect(account, connector, entity, now=now, run_id=run_id, connection=cursor)
        done.pages += result.pages
        done.landed += result.answers_landed
        if result.problem is not None:
            accounts.report(account, result.problem)
            done.problem = f"{_name(entity)}: {result.problem.message}"
    if done.problem is None:
        with worker_session() as session:
            accounts.mark_synced(session, row.id, now)
    return done


def _name(entity: Entity) -> str:
    return entity.value.replace("_", " ")


raw_assets: list[dg.AssetsDefinition] = [account_registry, *(network_asset(key) for key in NETWORK_KEYS)]
