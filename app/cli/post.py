"""`allin post` and `allin import-posts`: posts from files."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import typer

from app import sending
from app.cli.choosing import BRAND, ORGANIZATION, brand_of
from app.cli.console import fail, out
from foundation import postgres
from foundation.database import Tenant, tenant_session
from foundation.migrate import migrate
from foundation.settings import get_settings
from publishing import reading
from publishing.importing.documents import read_document
from publishing.importing.entries import Contents
from publishing.importing.tables import read_table
from publishing.importing.taking import Taken, take
from publishing.states import State

DELETED = "This post was deleted, and is not made again. To have it again, give it another time or text."
DRY_RUN = typer.Option(False, "--dry-run", help="Check everything, and keep nothing.")


def post(
    file: Path = typer.Option(..., "--file", help="A YAML or JSON file with the post, or a list of posts."),
    brand: str = BRAND,
    organization: str = ORGANIZATION,
    dry_run: bool = DRY_RUN,
) -> None:
    """Make a post from a file; what is due now is sent at once.

    Fields: account and network (names, one or several: with a network alone, all of the brand's accounts
    there), text, link, at ("now"; 2026-03-02T09:30+01:00; without an offset on the brand's clock; left out
    it is a draft), kind, title, media (paths beside the file, https addresses or keys; or file and alt),
    thread (texts that continue it), first_comment, labels, campaign, own (by account, or by network where it
    goes to one account there: text, link, kind, title, options). Wrong fields are named by line and column.
    The same file twice is the same post; one that was deleted is not made again.
    """
    _run(read_document(_content(file)), file, brand, organization, dry_run=dry_run, only_good=False)


def import_posts(
    file: Path = typer.Argument(help="A table (CSV) with a post in each row."),
    brand: str = BRAND,
    organization: str = ORGANIZATION,
    dry_run: bool = DRY_RUN,
    only_good: bool = typer.Option(
        False, "--only-good", help="Make the posts that are right, though others are wrong."
    ),
) -> None:
    """Make the posts of a table: all of them, or none where one is wrong.

    Columns: account, network, text, link, at, media, alt, labels, kind, title, first_comment, campaign;
    with the same meaning as the fields of `allin post`. Several accounts, files or labels in a cell are
    separated by |. What is wrong is named by line and column. Imported twice, nothing is made twice; what
    was deleted is not made again.
    """
    _run(read_table(_content(file)), file, brand, organization, dry_run=dry_run, only_good=only_good)


def _run(
    contents: Contents, file: Path, brand: str, organization: str, *, dry_run: bool, only_good: bool
) -> None:
    settings = get_settings()
    with postgres.borrowed(settings) as url:
        migrate(url)  # so that a first command finds its tables
        tenant, brand_id = brand_of(brand, organization)
        taken = take(
            contents,
            tenant,
            brand_id,
            base=file.parent,
            dry_run=dry_run,
            only_good=only_good,
            settings=settings,
        )
        for place, words in taken.problems:
            fail(f"{file}, {place}: {words}")
        for place in taken.deleted:
            _say(f"{file}, {place}: {DELETED}")
        _summarize(taken, dry_run=dry_run, only_good=only_good)
        if not taken.undone:
            _send(tenant, taken.made)
    if taken.problems:
        raise typer.Exit(1)


def _summarize(taken: Taken, *, dry_run: bool, only_good: bool) -> None:
    would = "would be" if dry_run else "is"
    if taken.problems and not only_good:
        said = [f"nothing {would} made", f"{taken.good} of {taken.total} are good" if taken.total else ""]
    else:
        made = _count(len(taken.made))
        said = [f"{made} would be made" if dry_run else f"{made} made"]
        said.append(f"{len(taken.there)} there already" if taken.there else "")
        said.append(f"{len(taken.deleted)} deleted since" if taken.deleted else "")
    _say("; ".join(filter(None, said)))


def _send(tenant: Tenant, post_ids: list[UUID]) -> None:
    """Send what is due now and wait for the answers; everything else is left to the publishing runs."""
    with tenant_session(tenant) as session:
        posts = [found for post_id in post_ids if (found := reading.post(session, post_id))]
        rows = [one.row for found in posts for one in found.publications]
        due = [row for row in rows if row.current is State.SCHEDULED and sending.is_soon(row.due_at)]
    if not due:
        return
    sending.start([row.id for row in due], max(row.due_at for row in due if row.due_at)).result()
    with tenant_session(tenant) as session:
        for one in filter(None, (reading.publication(session, row.id) for row in due)):
            more = one.row.permalink or " ".join(filter(None, (one.row.problem, one.row.advice)))
            _say(f"{one.account_name} ({one.row.network}): {one.row.state}  {more}".rstrip())


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        fail(f"{file} can't be read: {error.strerror}")
        raise typer.Exit(1) from None


def _count(number: int) -> str:
    return f"{number} post" if number == 1 else f"{number} posts"


def _say(line: str) -> None:
    out.print(line, markup=False, soft_wrap=True)
