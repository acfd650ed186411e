"""The DuckLake: DuckDB as the engine, Parquet files in ``ALLIN_LAKE``, the catalog in PostgreSQL.

https://ducklake.select/docs/stable/duckdb/usage/connecting
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from importlib import resources
from pathlib import Path
from typing import Final, TypeVar

import duckdb
import psycopg
from duckdb_extensions import import_extension
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from foundation import postgres
from foundation.database import Role, libpq_dsn
from foundation.settings import Settings, get_settings
from warehouse import layout, schema, statistics

ALIAS: Final = "lake"  # the name SQL knows the lake by
EXTENSIONS: Final = ("postgres_scanner", "ducklake", "httpfs")
CREATION_LOCK: Final = 20_261_122  # any constant of our own
ATTEMPTS: Final = 6

T = TypeVar("T")


class LakeError(RuntimeError):
    """The lake can't be opened; one line for the operator, without secrets."""


def connect(
    settings: Settings | None = None,
    *,
    role: Role = Role.WORKER,
    read_only: bool = False,
    goes_over_all: bool = False,
) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection of its own with the lake attached as ``lake``, in UTC.

    ``Role.WORKER`` writes, and creates the lake at first use; ``Role.APP`` may only read. What goes over all
    of the lake, when no build does, has the memory of a build.

    Raises:
        LakeError: the catalog can't be reached, or there is no lake yet to read.
    """
    options = ("READ_ONLY", "CREATE_IF_NOT_EXISTS false") if read_only or role is Role.APP else ()
    settings = settings or get_settings()
    memory_mb = settings.build_memory_mb if goes_over_all else settings.lake_memory_mb
    return _open(settings, role, options, memory_mb)


def connect_at(
    settings: Settings, snapshot_id: int, *, writable: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """A read-only connection to one snapshot, over all organizations; marts go by their plain names.

    For statements the operator writes: no file, extension or other database than the lake can be reached, but
    for files in the folder `writable`.

    Raises:
        LakeError: the catalog can't be reached, or there is no such snapshot.
    """
    options = ("READ_ONLY", "CREATE_IF_NOT_EXISTS false", f"SNAPSHOT_VERSION {int(snapshot_id)}")
    connection = _open(settings, Role.APP, options, settings.lake_memory_mb)
    connection.execute(f"USE {ALIAS}.marts")
    folders = [data_path(settings), *([str(writable.absolute())] if writable else [])]
    allowed = ", ".join(f"'{quoted(folder.rstrip('/'))}/'" for folder in folders)
    connection.execute(f"SET allowed_directories = [{allowed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _open(
    settings: Settings, role: Role, options: tuple[str, ...], memory_mb: int
) -> duckdb.DuckDBPyConnection:
    (settings.home / "tmp").mkdir(parents=True, exist_ok=True)  # DuckDB makes only the last folder
    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": False,  # nothing is ever downloaded
            "autoload_known_extensions": False,
            "memory_limit": f"{memory_mb}MB",
            "temp_directory": str(settings.home / "tmp" / "duckdb"),
        }
    )
    try:
        for name in EXTENSIONS[:2] if _is_local(settings) else EXTENSIONS:
            connection.execute(f"LOAD '{quoted(str(_extension_file(name)))}'")
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")  # it would stand in our answer
        _attach(connection, settings, role, options)
    except BaseException:
        connection.close()
        raise
    return connection


def ensure(connection: duckdb.DuckDBPyConnection) -> None:
    """Create what is missing of the lake's schemas and raw tables; safe to run from many processes."""
    retrying(lambda: schema.create_missing(connection))
    retrying(lambda: layout.set_options(connection))


def current_snapshot(connection: duckdb.DuckDBPyConnection) -> int:
    """The id of the newest committed snapshot."""
    row = connection.execute("SELECT id FROM ducklake_current_snapshot('lake')").fetchone()
    if row is None:
        raise LakeError("the lake has no snapshot")
    return int(row[0])


def flush(connection: duckdb.DuckDBPyConnection) -> None:
    """Write rows the catalog holds inline (small inserts) to Parquet; older snapshots stay as they are."""
    retrying(lambda: connection.execute("CALL ducklake_flush_inlined_data('lake')"))


def retrying(operation: Callable[[], T], attempts: int = ATTEMPTS) -> T:
    """Run one whole transaction; run it again when another writer's commit got in between.

    Only for operations that may be repeated: nothing of a conflicting attempt was kept.

    Raises:
        duckdb.TransactionException: any other failure, or conflicts to the last attempt.
    """
    for attempt in range(1, attempts + 1):
        try:
            return operation()
        except duckdb.TransactionException as error:
            if attempt == attempts or "conflict" not in str(error).lower():
                raise
            time.sleep(random.uniform(0.5, 1.0) * 0.1 * 2**attempt)  # noqa: S311 - jitter
    raise AssertionError("unreachable")


def environment(settings: Settings | None = None) -> dict[str, str]:
    """What a child process (dbt) needs to attach the lake itself.

    The password is apart (libpq reads ``PGPASSWORD``), because dbt logs the address.
    """
    settings = settings or get_settings()
    address, password = _catalog(settings, Role.WORKER)
    return {
        "ALLIN_LAKE_DSN": address,
        "ALLIN_LAKE_PATH": data_path(settings),
        "ALLIN_LAKE_CATALOG": settings.lake_catalog,
        "ALLIN_EXTENSION_DIR": str(extension_directory(settings)),
        "ALLIN_BUILD_MEMORY_MB": str(settings.build_memory_mb),
        **({"PGPASSWORD": password} if password else {}),
    }


def extension_directory(settings: Settings) -> Path:
    """A folder with the extensions installed from their wheels, for a DuckDB we don't open ourselves."""
    directory = settings.home / "duckdb"
    directory.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(config={"extension_directory": str(directory)}) as connection:
        for name in EXTENSIONS:
            import_extension(name, con=connection)  # DuckDB renames a finished copy into place
    return directory


def _extension_file(name: str) -> Path:
    package = resources.files(f"duckdb_extension_{name}")
    return Path(str(package)) / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"


def _is_local(settings: Settings) -> bool:
    return "://" not in settings.lake


def data_path(settings: Settings) -> str:
    """Where the lake's files are: a folder, or an address such as ``s3://bucket/lake``."""
    return str(Path(settings.lake).expanduser().absolute()) if _is_local(settings) else settings.lake


def _catalog(settings: Settings, role: Role) -> tuple[str, str]:
    """Where the catalog is, without the password, which every error message would repeat; the password."""
    parts = conninfo_to_dict(libpq_dsn(postgres.database_url(settings), role=role))
    password = str(parts.pop("password", None) or "")
    return f"ducklake:postgres:{make_conninfo('', **parts)}", password


def _attach(
    connection: duckdb.DuckDBPyConnection, settings: Settings, role: Role, options: tuple[str, ...]
) -> None:
    address, password = _catalog(settings, role)
    options += (f"DATA_PATH '{quoted(data_path(settings))}'", f"META_SCHEMA '{settings.lake_catalog}'")
    try:
        with ExitStack() as stack:
            if password:
                connection.execute(f"CREATE SECRET catalog (TYPE postgres, PASSWORD '{quoted(password)}')")
                options += ("META_SECRET 'catalog'",)
            if "READ_ONLY" not in options:
                # Two first starts at once would both create the catalog's tables.
                lock = stack.enter_context(_owner(settings))
                lock.execute("SELECT pg_advisory_lock(%s)", (CREATION_LOCK,))
            connection.execute(f"ATTACH '{quoted(address)}' AS {ALIAS} ({', '.join(options)})")
            if "READ_ONLY" not in options:
                layout.index(lock, settings.lake_catalog)
                statistics.guard(lock, settings.lake_catalog)
    except (duckdb.Error, psycopg.Error) as error:
        raise LakeError(f"the lake can't be opened: {_redacted(str(error), password)}") from None


def _owner(settings: Settings) -> psycopg.Connection:
    return psycopg.connect(libpq_dsn(postgres.database_url(settings)), autocommit=True)


def _redacted(message: str, password: str) -> str:
    line = " ".join(message.split())
    return line.replace(password, "***") if password else line


def quoted(value: str) -> str:
    """A text for between two apostrophes of SQL, where no parameter may stand."""
    return value.replace("'", "''")
