"""Raw assets: the account registry, and each network's answers landed as they came."""

import logging
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import dagster as dg
import duckdb
import psycopg
from sqlalchemy.exc import OperationalError

from foundation.database import utc_now, worker_session
from foundation.keyring import KeyRingError
from platforms import accounts
from platforms.accounts import ConnectedAccount
from platforms.contract import Entity, Network
from platforms.errors import NetworkError
from platforms.redaction import redact
from platforms.registry import NETWORK_KEYS, network
from warehouse import lake
from warehouse.ingest import collect
from warehouse.lake import LakeError
from warehouse.landing import land_registry, registry
from warehouse.publications import land_publications, published

ACCOUNTS_AT_ONCE = 4
# The stores' own failures: no account's fault, and no use to go on.
EVERYBODYS = (
    OperationalError,
    psycopg.OperationalError,
    duckdb.IOException,
    duckdb.FatalException,
    LakeError,
)
REGISTRY = dg.AssetKey(["raw", "accounts"])


class CollectingFailed(RuntimeError):
    """Not one account of a network could be collected, and not because the network refused."""


@dataclass
class Collected:
    """What came of one account; `problem` is for people, None when all is well."""

    account: str
    pages: int = 0
    landed: int = 0
    problem: str | None = None
    unforeseen: bool = False  # an error of our own, not the network's refusal


@dg.asset(key=REGISTRY, group_name="raw", pool="raw_accounts", kinds={"postgres", "ducklake"})
def account_registry() -> dg.MaterializeResult[None]:
    """The connected accounts with their brands and organizations, and what was published on them."""
    with worker_session() as session:
        rows, posts = registry(session), published(session)
    with lake.connect() as connection:
        lake.ensure(connection)
        changed = land_registry(connection, rows)
        publications = land_publications(connection, posts)
    return dg.MaterializeResult(
        metadata={"accounts": len(rows), "changed": changed, "publications_changed": publications}
    )


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
        results = collect_network(key, context.run.run_id, context.log)
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
    problems = [f"{result.account}: {result.problem}" for result in results if result.problem]
    return dg.AssetCheckResult(
        check_name="every_account_answered",
        passed=not problems,
        severity=dg.AssetCheckSeverity.WARN,  # one account's bad day never holds up the others
        metadata={"problems": dg.MetadataValue.json(problems)},
    )


def collect_network(key: str, run_id: str, log: logging.Logger) -> list[Collected]:
    """Collect all entities of every connected account of a network, several accounts at once.

    Raises:
        CollectingFailed: every account met an error that nobody foresaw.
        LakeError, duckdb.Error, OperationalError: the lake or the database does not answer.
    """
    with worker_session() as session:
        connected = accounts.connected(session, network=key)
    now = utc_now()
    with lake.connect() as connection, ThreadPoolExecutor(ACCOUNTS_AT_ONCE) as pool:
        lake.ensure(connection)

        def one(account: ConnectedAccount) -> Collected:
            with connection.cursor() as cursor:
                result = _collect_account(account, network(key), now, run_id, cursor, log)
            outcome = result.problem or "ok"
            log.info(f"{result.account}: {result.pages} pages, {result.landed} landed, {outcome}")
            return result

        results = list(pool.map(one, connected))
    if results and all(result.unforeseen for result in results):
        raise CollectingFailed(f"{network(key).label}: {results[0].problem}, and so for every account")
    return results


def _collect_account(
    row: ConnectedAccount,
    connector: Network,
    now: datetime,
    run_id: str,
    cursor: duckdb.DuckDBPyConnection,
    log: logging.Logger,
) -> Collected:
    """Collect one account; what goes wrong becomes its problem, unless it concerns everybody."""
    done = Collected(row.name)
    with _contained(done, "account", log):
        try:
            account = accounts.usable(row.id)
        except (NetworkError, KeyRingError, LookupError) as error:
            done.problem = str(error)
            return done
        for entity in connector.collect.entities:
            with _contained(done, _name(entity), log):
                result = collect(account, connector, entity, now=now, run_id=run_id, connection=cursor)
                done.pages += result.pages
                done.landed += result.answers_landed
                if result.problem is not None:
                    done.problem = f"{_name(entity)}: {result.problem.message}"
                    accounts.report(account, result.problem)
        if done.problem is None:
            with worker_session() as session:
                accounts.mark_synced(session, row.id, now)
    return done


@contextmanager
def _contained(done: Collected, what: str, log: logging.Logger) -> Iterator[None]:
    """Make an error that nobody foresaw the account's problem, by its class: its words may hold secrets."""
    try:
        yield
    except EVERYBODYS:
        raise
    except Exception as error:  # noqa: BLE001 - told in the check, and traced in the log
        done.problem, done.unforeseen = f"{what}: {type(error).__name__}", True
        log.error(f"{done.account}, {done.problem}\n{redact(traceback.format_exc())}")


def _name(entity: Entity) -> str:
    return entity.value.replace("_", " ")


raw_assets: list[dg.AssetsDefinition] = [account_registry, *(network_asset(key) for key in NETWORK_KEYS)]
