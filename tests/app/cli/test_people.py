"""The operator's commands for people and organizations."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from app.cli import people
from app.cli.main import app
from foundation.database import utc_now, worker_session
from identity.models import Organization, Person
from identity.passwords import verify_password
from identity.permissions import Role
from tests.identity.acting import new_member, new_organization, principal, trail_of
from tests.identity.people import add_member

pytestmark = pytest.mark.usefixtures("settings")
PASSWORD = "a long enough password"


def allin(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, list(words), input=typed)


def done(*words: str, typed: str | None = None) -> str:
    """The output of a command that succeeds."""
    result = allin(*words, typed=typed)
    assert result.exit_code == 0, result.output
    return str(result.stdout)


def refused(*words: str, typed: str | None = None) -> str:
    """The one line of a command that fails."""
    result = allin(*words, typed=typed)
    assert result.exit_code == 1
    assert result.stdout == ""
    (line,) = result.stderr.strip().splitlines()
    return str(line)


def person(email: str) -> Person:
    with worker_session() as session:
        return session.scalars(select(Person).where(Person.email == email)).one()


def change(organization_id: UUID, **values: Any) -> None:
    with worker_session() as session:
        row = session.get_one(Organization, organization_id)
        for name, value in values.items():
            setattr(row, name, value)


def test_someone_is_added_with_an_organization_of_their_own() -> None:
    words = ("people", "add", "First@Example.com", "--organization", "First Agency", "--super-admin")
    said = done(*words, "--password-stdin", typed=f"{PASSWORD}\n")
    added = person("first@example.com")
    assert (added.name, added.super_admin) == ("First", True)
    assert verify_password(PASSWORD, added.password_hash)
    with worker_session() as session:
        organization_id = session.scalars(select(Organization.id)).one()
    assert principal(added.id, organization_id).role is Role.OWNER
    assert PASSWORD not in said
    lines = [*trail_of(None), *trail_of(organization_id)]
    assert {line.actor for line in lines} == {"operator"}
    assert [line.target_type for line in lines] == ["person", "organization"]


def test_the_password_is_asked_for_twice_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "--password-stdin" in refused("people", "add", "new@example.com")  # no terminal to ask at
    monkeypatch.setattr(people, "_has_terminal", lambda: True)
    said = done("people", "add", "new@example.com", "--name", "New", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert PASSWORD not in said
    assert verify_password(PASSWORD, person("new@example.com").password_hash)


def test_what_cannot_be_used_is_one_line_and_adds_nobody() -> None:
    add_member(new_organization(), "there@example.com")
    stdin = {"typed": f"{PASSWORD}\n"}
    assert "there already" in refused("people", "add", "There@example.com", "--password-stdin", **stdin)
    assert "address" in refused("people", "add", "nobody", "--password-stdin", **stdin)
    assert "10 characters" in refused("people", "add", "new@example.com", "--password-stdin", typed="short\n")
    long = ("--organization", "x" * 1000)
    assert "characters" in refused("people", "add", "new@example.com", *long, "--password-stdin", **stdin)
    with worker_session() as session:
        assert session.scalars(select(Person.email)).all() == ["there@example.com"]


def test_people_are_listed_promoted_and_demoted() -> None:
    add_member(new_organization(), "someone@example.com")
    assert "1 organization" in done("people", "list")
    for command, super_admin in (("promote", True), ("promote", True), ("demote", False)):
        done("people", command, "Someone@example.com")
        assert person("someone@example.com").super_admin is super_admin
        assert ("super admin" in done("people", "list")) is super_admin
    assert [line.after for line in trail_of(None)] == [{"super_admin": True}, {"super_admin": False}]
    assert "Nobody here" in refused("people", "promote", "nobody@example.com")


def test_an_organization_is_deleted_after_a_question_and_restored() -> None:
    organization_id = new_organization("First [Agency]")
    new_member(organization_id)
    assert "1 member " in done("organizations", "list")
    assert allin("organizations", "delete", "First [Agency]", typed="n\n").exit_code == 1
    assert "deleted" not in done("organizations", "list")
    done("organizations", "delete", "First [Agency]", typed="y\n")
    assert "deleted" in done("organizations", "list")
    assert "is deleted already" in refused("organizations", "delete", str(organization_id), "--yes")
    done("organizations", "restore", str(organization_id))
    listed = done("organizations", "list")
    assert f"{organization_id}  First [Agency]" in listed
    assert "deleted" not in listed
    assert [line.actor for line in trail_of(organization_id)] == ["operator"] * 2


def test_which_organization_is_meant_has_to_be_clear() -> None:
    first, second = new_organization("Twin"), new_organization("Twin")
    assert "give the id" in refused("organizations", "delete", "Twin", "--yes")
    assert "no organization named None" in refused("organizations", "restore", "None")
    done("organizations", "delete", str(second), "--yes")
    with worker_session() as session:
        assert session.get_one(Organization, first).deleted_at is None


def test_purging_removes_what_was_deleted_long_ago() -> None:
    gone, kept = new_organization("Gone"), new_organization("Kept")
    change(gone, deleted_at=utc_now() - timedelta(days=31))
    change(kept, deleted_at=utc_now() - timedelta(days=1))
    assert "1 organization and 0 rows" in done("organizations", "purge")
    assert "0 organizations" in done("organizations", "purge")
    with worker_session() as session:
        assert session.scalars(select(Organization.id)).all() == [kept]
