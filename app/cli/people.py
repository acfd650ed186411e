"""`allin people` and `allin organizations`: what the operator does for the people of this installation."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import typer

from app.cli.console import fail, out
from foundation import postgres
from foundation.migrate import migrate
from foundation.settings import Settings, get_settings
from identity import installation
from identity import people as everyone
from identity.audit import OPERATOR
from identity.errors import IdentityError
from identity.work import at_the_door
from publishing import library
from warehouse import lake
from warehouse.analysts import copy, readers
from warehouse.forgetting import forget_gone

people = typer.Typer(help="People who can sign in here.", no_args_is_help=True)
organizations = typer.Typer(help="The organizations of this installation.", no_args_is_help=True)

NAME_OR_ID = typer.Argument(help="Its name or id.", metavar="NAME")


@contextmanager
def _installation() -> Iterator[Settings]:
    """The installation's database, ready; what people's own functions refuse is one line."""
    settings = get_settings()
    with postgres.borrowed(settings) as url:
        migrate(url)  # so that a first command finds its tables
        try:
            yield settings
        except IdentityError as error:
            fail(str(error))
            raise typer.Exit(1) from None


@people.command("add")
def add(
    email: str = typer.Argument(help="Their e-mail address; you answer for its being theirs."),
    name: str = typer.Option("", help="Their name. Empty: what comes before the @."),
    organization: str = typer.Option("", help="A new organization of this name, which they own."),
    super_admin: bool = typer.Option(False, "--super-admin", help="They administer this installation."),
    password_stdin: bool = typer.Option(False, "--password-stdin", help="Read the password from stdin."),
) -> None:
    """Add someone who can sign in. The password is asked for and not shown."""
    password = _password(password_stdin)
    with _installation(), at_the_door() as door:
        everyone.add(
            door,
            email,
            name or email.partition("@")[0],
            password,
            organization=organization or None,
            super_admin=super_admin,
        )
    _say(f"{email} can sign in")


@people.command("list")
def list_people() -> None:
    """List everyone: address, name, and what is special about them."""
    with _installation(), at_the_door() as door:
        found = everyone.listed(door)
    for each in found:
        marks = ["super admin"] * each.super_admin + ["second factor"] * each.second_factor
        marks.append(_count(each.memberships, "organization"))
        _say(f"{each.email:<40} {each.name:<30} {', '.join(marks)}")


@people.command("promote")
def promote(email: str = typer.Argument(help="Their e-mail address.")) -> None:
    """Let someone administer this installation."""
    _set_super_admin(email, True)


@people.command("demote")
def demote(email: str = typer.Argument(help="Their e-mail address.")) -> None:
    """No longer let someone administer this installation."""
    _set_super_admin(email, False)


@organizations.command("list")
def list_organizations() -> None:
    """List all organizations, the deleted ones too. Times are UTC."""
    cursor = None
    with _installation() as settings:
        while True:
            page = installation.organizations(OPERATOR, limit=200, cursor=cursor, settings=settings)
            for each in page.items:
                gone = f"deleted {_day(each.deleted_at)}" if each.deleted_at else ""
                members = _count(each.members, "member")
                _say(f"{each.id}  {each.name:<40} {members:<12} {_day(each.created_at)}  {gone}".rstrip())
            if (cursor := page.next_cursor) is None:
                return


@organizations.command("delete")
def delete(
    name: str = NAME_OR_ID,
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
) -> None:
    """Delete an organization: nobody enters it and no post of it goes out. It can be restored for 30 days."""
    with _installation() as settings:
        organization_id = installation.named(OPERATOR, name, settings)
        if not yes:
            typer.confirm(f"Delete {name}?", abort=True)
        installation.delete(OPERATOR, organization_id, settings=settings)
    _say(f"{name} is deleted; `allin organizations restore` brings it back for 30 days")


@organizations.command("restore")
def restore(name: str = NAME_OR_ID) -> None:
    """Bring a deleted organization back. Posts whose time has passed are not sent late."""
    with _installation() as settings:
        organization_id = installation.named(OPERATOR, name, settings)
        installation.restore(OPERATOR, organization_id, settings=settings)
    _say(f"{name} is back")


@organizations.command("purge")
def purge() -> None:
    """Remove for good what was deleted 30 days ago or longer. A job does this every night."""
    with _installation() as settings:
        removed = installation.purge(settings)
        with lake.connect(settings) as connection:
            lake.ensure(connection)
            rows = forget_gone(connection, settings)
        library.forget_gone(settings)
        copy.forget_gone(settings)
        readers.drop_gone(settings)
    _say(f"{_count(len(removed), 'organization')} and {_count(rows, 'row')} of the warehouse removed")


def _set_super_admin(email: str, super_admin: bool) -> None:
    with _installation(), at_the_door() as door:
        everyone.set_super_admin(door, email, super_admin)
    _say(f"{email} {'administers' if super_admin else 'does not administer'} this installation")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not _has_terminal():
        fail("there is no terminal to ask for the password: use --password-stdin")
        raise typer.Exit(1)
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _has_terminal() -> bool:
    return sys.stdin.isatty()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


def _say(line: str) -> None:
    out.print(line, markup=False, soft_wrap=True)
