"""An organization's own DuckDB file: the marts of one release, with that organization's rows alone.

People's SQL runs on such a file and on nothing else, so no statement can reach what is not in it. A member
who is limited to brands or accounts has a file of their own.
"""

from __future__ import annotations

import fcntl
import hashlib
import re
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

import duckdb
from sqlalchemy import text

from foundation.database import Tenant, worker_session
from foundation.settings import Settings, get_settings
from warehouse import lake
from warehouse.analysts.describing import described
from warehouse.releases import Release

ALIAS: Final = "copy"
MOST: Final = 6  # files of an organization: each release and each scope that was asked for makes one
DRAFT: Final = ".draft-"  # how the name of a file begins that is being written
UNFINISHED: Final = timedelta(hours=2)  # nobody writes at one file for that long
NAME: Final = re.compile(r"[a-z_][a-z0-9_]*")

# (mart, how many are done, how many there are)
Told = Callable[[str, int, int], None]


class CopyError(RuntimeError):
    """The copy can't be made; the message is a sentence for people."""


def prepared(
    tenant: Tenant, release: Release, settings: Settings | None = None, told: Told | None = None
) -> Path:
    """The file with what this tenant may see of a release, made now if it is not there yet.

    Besides the marts it holds the table `release` (release_id, released_at). Safe when several processes ask
    at once, and when one is killed: a file under its name is whole.

    Raises:
        CopyError: the release is no longer kept, or there is no room.
        LakeError: the lake can't be reached.
    """
    settings = settings or get_settings()
    folder = folder_of(tenant.organization_id, settings)
    path = folder / f"{_scope(tenant)}-{release.id}.duckdb"
    if not _used(path):
        with _turn(folder):
            if not _used(path):
                _make(tenant, release, path, settings, told)
                _tidy(folder, keep=path)
    return path


def write(
    tenant: Tenant, release: Release, path: Path, settings: Settings, told: Told | None = None
) -> dict[str, int]:
    """Write such a file at `path`, which must not be there, and return the rows of each mart.

    Raises:
        CopyError: the release is no longer kept, or there is no room.
        LakeError: the lake can't be reached.
    """
    if release.expired_at is not None:
        raise CopyError(f"The numbers of release {release.id} are no longer kept. Choose a newer one.")
    try:
        with lake.connect_at(settings, release.snapshot_id, writable=path.parent) as connection:
            connection.execute(f"ATTACH '{_quoted(str(path))}' AS {ALIAS}")
            counts = _copy(connection, tenant, release, told)
            connection.execute(f"DETACH {ALIAS}")
    except duckdb.IOException:
        raise CopyError(_room(path)) from None
    return counts


def marts(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The marts of a snapshot that hold organizations' rows, by name; any other is nobody's to read."""
    rows = connection.execute(
        "SELECT table_name FROM duckdb_columns() WHERE database_name = 'lake' AND schema_name = 'marts' "
        "AND column_name = 'organization_id' ORDER BY table_name"
    ).fetchall()
    return [name for (name,) in rows if NAME.fullmatch(name)]


def folder_of(organization_id: uuid.UUID, settings: Settings) -> Path:
    """Where an organization's copies are."""
    return settings.home / "analysts" / str(organization_id)


def forget_gone(settings: Settings | None = None) -> int:
    """Remove the copies of organizations that PostgreSQL no longer has; how many. May be repeated."""
    settings = settings or get_settings()
    folders = {path.name: path for path in (settings.home / "analysts").glob("*") if path.is_dir()}
    with worker_session(settings) as session:
        here = {str(one) for one in session.scalars(text("SELECT id FROM organizations"))}
    gone = [path for name, path in folders.items() if name not in here]
    for path in gone:
        shutil.rmtree(path, ignore_errors=True)
    return len(gone)


def _copy(
    connection: duckdb.DuckDBPyConnection, tenant: Tenant, release: Release, told: Told | None
) -> dict[str, int]:
    counts = {}
    names = marts(connection)
    for number, name in enumerate(names):
        if told is not None:
            told(name, number, len(names))
        rows = connection.execute(
            f"CREATE TABLE {ALIAS}.main.{name} AS SELECT * FROM lake.marts.{name} "  # noqa: S608
            f"WHERE {_visible(connection, name, tenant)}"
        ).fetchone()
        counts[name] = int(rows[0]) if rows else 0
        for comment in described(name, f"{ALIAS}.main.{name}", _columns(connection, name)):
            connection.execute(comment)
    connection.execute(
        f"CREATE TABLE {ALIAS}.main.release AS "
        f"SELECT {release.id} AS release_id, TIMESTAMPTZ '{release.released_at.isoformat()}' AS released_at"
    )
    return counts


def _visible(connection: duckdb.DuckDBPyConnection, mart: str, tenant: Tenant) -> str:
    """The condition on a mart's rows. Whoever is limited lacks what has no account and no brand."""
    own = f"organization_id = '{tenant.organization_id}'"
    if tenant.brand_ids is None and tenant.account_ids is None:
        return own
    columns = _columns(connection, mart)
    for column in ("account_id", "brand_id"):
        if column in columns:
            return f"{own} AND {column} IN ({_accounts(column, own, tenant)})"
    return "false"


def _accounts(column: str, own: str, tenant: Tenant) -> str:
    conditions = [own]
    for name, ids in (("brand_id", tenant.brand_ids), ("account_id", tenant.account_ids)):
        if ids is not None:
            listed = ", ".join(f"'{one}'" for one in sorted(ids, key=str))
            conditions.append(f"{name} IN ({listed})" if listed else "false")
    return f"SELECT {column} FROM lake.marts.dim_accounts WHERE {' AND '.join(conditions)}"  # noqa: S608


def _columns(connection: duckdb.DuckDBPyConnection, mart: str) -> list[str]:
    rows = connection.execute(
        "SELECT column_name FROM duckdb_columns() WHERE database_name = 'lake' AND schema_name = 'marts' "
        "AND table_name = ? ORDER BY column_index",
        [mart],
    ).fetchall()
    return [name for (name,) in rows]


def _make(tenant: Tenant, release: Release, path: Path, settings: Settings, told: Told | None) -> None:
    draft = path.with_name(f"{DRAFT}{uuid.uuid4().hex}.duckdb")
    try:
        write(tenant, release, draft, settings, told)
        draft.chmod(0o600)
        draft.rename(path)
    finally:
        for leftover in path.parent.glob(f"{draft.name}*"):  # with its write-ahead log
            leftover.unlink()


def _used(path: Path) -> bool:
    """Whether it is there; if so, it counts as used now."""
    with suppress(FileNotFoundError):
        path.touch(exist_ok=True) if path.exists() else None
        return path.exists()
    return False


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """One process at a time makes copies for an organization; a killed one's turn ends with it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _tidy(folder: Path, keep: Path) -> None:
    """Remove the copies that were not used for longest, and what killed processes left.

    A query that has one open reads on: the file goes when it is closed.
    """
    by_use = sorted(folder.glob("*.duckdb"), key=lambda path: path.stat().st_mtime, reverse=True)
    copies = [path for path in by_use if path != keep and not path.name.startswith(DRAFT)]
    before = time.time() - UNFINISHED.total_seconds()
    drafts = [path for path in folder.glob(f"{DRAFT}*") if path.stat().st_mtime < before]
    for path in (*copies[MOST - 1 :], *drafts):
        path.unlink(missing_ok=True)


def _scope(tenant: Tenant) -> str:
    """Short for what of its organization the tenant sees."""
    if tenant.brand_ids is None and tenant.account_ids is None:
        return "all"
    parts = [
        "*" if ids is None else ",".join(sorted(map(str, ids)))
        for ids in (tenant.brand_ids, tenant.account_ids)
    ]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


def _room(path: Path) -> str:
    free = shutil.disk_usage(path.parent).free // 2**20
    reason = "there is no room for it" if free < 256 else "the files can't be read or written"
    return f"The copy could not be made: {reason}. Whoever runs AllIN can see more in its log."


def _quoted(value: str) -> str:
    return value.replace("'", "''")
