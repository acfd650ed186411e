"""`allin import`: history from files: posts and followers of a time before AllIN."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import duckdb
import typer

from app.cli.by_header import ByHeader
from app.cli.choosing import ONE_BRAND, ORGANIZATION, brand_of
from app.cli.console import fail, out
from app.cli.counting import Counting
from app.importing import doing, words
from foundation import postgres
from foundation.database import tenant_session
from foundation.migrate import migrate
from foundation.settings import get_settings
from publishing.scheduling.walltime import zone_of
from warehouse.importing import records
from warehouse.importing.accounts import network_of
from warehouse.importing.columns import COLUMNS, Kind
from warehouse.importing.examining import Examined, Wanted, examine
from warehouse.importing.mapping import Chosen
from warehouse.importing.moments import Order
from warehouse.importing.presets import PRESETS
from warehouse.importing.taking import NotTakenError

app = typer.Typer(
    help="History from files: posts and followers of a time before AllIN. `allin import FILE` tells by the "
    "header which of both a file holds.",
    cls=ByHeader,
    no_args_is_help=True,
)

FILES = typer.Argument(help="Tables (CSV or TSV), each taken in whole or not at all.", metavar="FILE…")
ACCOUNT = typer.Option("", "--account", help="The account, where the file names none: name, handle or id.")
PLATFORM = typer.Option("", "--platform", help="The network, where the file names none.")
PRESET = typer.Option(
    "", "--preset", help="How the file is read, where its header does not tell: " + ", ".join(
        dict.fromkeys(one.key for one in PRESETS if not one.refused)
    ) + ".",
)  # fmt: skip
MAP = typer.Option([], "--map", help="A column by hand, as canonical=header. Can be said again.")
ZONE = typer.Option("", "--zone", help="Clock of times without an offset, such as Europe/Berlin.")
DATES = typer.Option(Order.ASK, "--dates", help="What comes first in dates such as 03/04/2026.")
EXPORTED = typer.Option(
    "", "--exported-at", help="When the file was exported, ISO 8601. Left out: when it was last changed."
)
ENCODING = typer.Option("", "--encoding", help="Encoding of the file, where it is not found out right.")
SKIP_BAD = typer.Option(False, "--skip-bad", help="Import the rows that are right, though others are wrong.")
CREATE = typer.Option(
    False, "--create", help="Make the accounts that are not there, for their history alone."
)
DRY_RUN = typer.Option(False, "--dry-run", help="Check everything, and import nothing.")
PROBLEMS = typer.Option(None, "--problems", help="Write every problem to this file (CSV).")


@app.command("posts")
def posts(
    files: list[Path] = FILES,
    brand: str = ONE_BRAND,
    organization: str = ORGANIZATION,
    account: str = ACCOUNT,
    platform: str = PLATFORM,
    preset: str = PRESET,
    columns: list[str] = MAP,
    zone: str = ZONE,
    dates: Order = DATES,
    exported_at: str = EXPORTED,
    encoding: str = ENCODING,
    skip_bad: bool = SKIP_BAD,
    create: bool = CREATE,
    dry_run: bool = DRY_RUN,
    problems: Path | None = PROBLEMS,
) -> None:
    """Import posts with their numbers: AllIN's own columns, or an export of a network's own tool.

    Columns: account, platform, post_id, published_at (ISO 8601 with offset), kind, text, link, impressions,
    reach, reactions, comments, shares, clicks, saves, permalink, account_id. An empty number is unknown. The
    same file twice changes nothing. What is wrong is named by file, line and column. The numbers show after
    the next `allin build`.
    """
    chosen = Chosen(_columns(Kind.POSTS, columns), account, _network(platform), _zone(zone), dates)
    _run(files, Kind.POSTS, brand, organization, preset, chosen, _moment(exported_at), encoding,
         skip_bad=skip_bad, create=create, dry_run=dry_run, problems=problems)  # fmt: skip


@app.command("followers")
def followers(
    files: list[Path] = FILES,
    brand: str = ONE_BRAND,
    organization: str = ORGANIZATION,
    account: str = ACCOUNT,
    platform: str = PLATFORM,
    preset: str = PRESET,
    columns: list[str] = MAP,
    dates: Order = DATES,
    exported_at: str = EXPORTED,
    encoding: str = ENCODING,
    skip_bad: bool = SKIP_BAD,
    create: bool = CREATE,
    dry_run: bool = DRY_RUN,
    problems: Path | None = PROBLEMS,
) -> None:
    """Import how many followed an account on which day.

    Columns: account, platform, date, followers, account_id. Days are the account's own. A day that the
    network told of itself keeps the network's figure.
    """
    chosen = Chosen(_columns(Kind.FOLLOWERS, columns), account, _network(platform), "", dates)
    _run(files, Kind.FOLLOWERS, brand, organization, preset, chosen, _moment(exported_at), encoding,
         skip_bad=skip_bad, create=create, dry_run=dry_run, problems=problems)  # fmt: skip


@app.command("list")
def list_imports(brand: str = ONE_BRAND, organization: str = ORGANIZATION) -> None:
    """List what was imported into the brand's organization, newest first. Times are UTC."""
    with _installation():
        tenant, _ = brand_of(brand, organization)
        with tenant_session(tenant) as session:
            rows = records.listed(session)
    for row in rows:
        _say(f"{row.id}  {row.created_at:%Y-%m-%d %H:%M}  {words.state(row):<12} {words.what(row)}")
    if not rows:
        _say("nothing was imported yet")


@app.command("undo")
def undo(
    import_id: str = typer.Argument(help="The id that `allin import list` shows."),
    brand: str = ONE_BRAND,
    organization: str = ORGANIZATION,
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
) -> None:
    """Take an import out of the numbers again. Imported again, it comes back."""
    with _installation():
        tenant, _ = brand_of(brand, organization)
        try:
            id_ = UUID(import_id)
        except ValueError:
            fail(f"{import_id} is no id of an import")
            raise typer.Exit(1) from None
        if not yes:
            typer.confirm("Undo this import?", abort=True)
        try:
            row = doing.undo(tenant, id_, None)
        except LookupError as error:
            fail(str(error))
            raise typer.Exit(1) from None
    _say(f"{row.file_name} is undone; its numbers go with the next `allin build`")


@contextmanager
def _installation() -> Iterator[None]:
    with postgres.borrowed(get_settings()) as url:
        migrate(url)  # so that a first command finds its tables
        yield


def _run(
    files: list[Path],
    kind: Kind,
    brand: str,
    organization: str,
    preset: str,
    chosen: Chosen,
    exported_at: datetime | None,
    encoding: str,
    *,
    skip_bad: bool,
    create: bool,
    dry_run: bool,
    problems: Path | None,
) -> None:
    _check(preset, encoding)
    if problems is not None:
        _begin(problems)
    wrong = False
    with _installation():
        tenant, brand_id = brand_of(brand, organization)
        for file in files:
            wanted = Wanted(tenant, brand_id, kind, file, file.name, preset, chosen, exported_at, encoding)
            examined = _examined(wanted)
            try:
                _tell(examined, file, problems)
                wrong |= not _take(examined, file, skip_bad=skip_bad, create=create, dry_run=dry_run)
            finally:
                examined.drop()
    if wrong:
        raise typer.Exit(1)


def _begin(problems: Path) -> None:
    try:
        problems.write_bytes(b"")
    except OSError as error:
        raise typer.BadParameter(f"it can't be written: {error.strerror}", param_hint="--problems") from None


def _examined(wanted: Wanted) -> Examined:
    try:
        with Counting(f"reading {wanted.file_name}") as counting:
            return examine(wanted, progress=counting)
    except OSError as error:
        fail(f"{wanted.path} can't be read: {error.strerror}")
        raise typer.Exit(1) from None


def _tell(examined: Examined, file: Path, problems: Path | None) -> None:
    for place, said in examined.problems:
        fail(f"{file}, {place}: {said}")
    more = examined.problem_count - len(examined.problems)
    if more > 0:
        fail(f"and {more:,} more; --problems FILE writes all of them")
    if problems is not None:
        _write_problems(examined.told, problems)
    for line in examined.notices:
        _say(f"{file}: {line}")


def _write_problems(told: Path, problems: Path) -> None:
    """Write a file's problems below those of the files before it."""
    with told.open("rb") as source, problems.open("ab") as target:
        head = source.readline()
        if not target.tell():
            target.write(head)
        shutil.copyfileobj(source, target)


def _take(examined: Examined, file: Path, *, skip_bad: bool, create: bool, dry_run: bool) -> bool:
    """Whether everything of the file went in, or would."""
    _say(f"{file}: {words.summary(examined)}")
    if dry_run:
        return not examined.problem_count
    if examined.made and not create and not examined.blocked:
        names = ", ".join(f"{one.name} ({one.network})" for one in examined.made[:10])
        fail(f"{file}: not among the accounts: {names}. Correct the names, or say --create to make them.")
        return False
    try:
        with Counting(f"importing {file.name}") as counting:
            taken = doing.take(examined, None, skip_bad=skip_bad, create=create, progress=counting)
    except NotTakenError as error:
        hint = " Correct them, or say --skip-bad." if examined.right and examined.wrong else ""
        fail(f"{file}: {error}{hint}")
        return False
    except duckdb.Error as error:
        fail(f"{file}: nothing was imported; the warehouse did not take it ({type(error).__name__})")
        return False
    if taken.again:
        _say(f"{file}: imported before; nothing was changed")
    else:
        _say(f"{file}: {taken.rows:,} rows imported as {taken.id}; `allin build` brings them to the numbers")
    return not examined.problem_count


def _check(preset: str, encoding: str) -> None:
    keys = {one.key for one in PRESETS}
    if preset and preset not in keys:
        raise typer.BadParameter(f"there is no preset {preset}", param_hint="--preset")
    try:
        "".encode(encoding or "utf-8")
    except LookupError:
        raise typer.BadParameter(f"there is no encoding {encoding}", param_hint="--encoding") from None


def _columns(kind: Kind, written: list[str]) -> dict[str, str]:
    names = [one.name for one in COLUMNS[kind]]
    found = {}
    for one in written:
        name, sign, header = one.partition("=")
        if not sign or name not in names:
            known = ", ".join(names)
            raise typer.BadParameter(
                f"write canonical=header; canonical is one of {known}", param_hint="--map"
            )
        found[name] = header
    return found


def _network(written: str) -> str:
    try:
        return network_of(written) if written else ""
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--platform") from None


def _zone(written: str) -> str:
    try:
        return zone_of(written).key if written else ""
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--zone") from None


def _moment(written: str) -> datetime | None:
    if not written:
        return None
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        raise typer.BadParameter(f"{written!r} is no time", param_hint="--exported-at") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _say(line: str) -> None:
    out.print(line, markup=False, soft_wrap=True)
