"""Kept queries: one's own and the shared ones, and never another organization's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

import pytest

from identity.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from identity.permissions import Role
from identity.principal import Principal
from identity.work import Work, working
from tests.identity.people import add_brand, add_member, add_person
from tests.warehouse.analysts.test_mirror import principal
from warehouse.analysts import saved

pytestmark = pytest.mark.usefixtures("settings")


@pytest.fixture
def organization() -> UUID:
    _, organization = add_person("owner@example.com")
    for name, role in (("member", Role.MEMBER), ("limited", Role.EDITOR), ("client", Role.CLIENT)):
        brands = None if role is Role.MEMBER else [add_brand(organization, name)]
        add_member(organization, f"{name}@example.com", role, brands)
    return organization


def who(organization: UUID, name: str) -> Principal:
    brand = frozenset({UUID(int=1)})
    return {
        "owner": principal(organization, "owner@example.com", Role.OWNER),
        "member": principal(organization, "member@example.com", Role.MEMBER),
        "limited": replace(principal(organization, "limited@example.com", Role.EDITOR), brand_ids=brand),
        "client": replace(principal(organization, "client@example.com", Role.CLIENT), brand_ids=brand),
    }[name]


@contextmanager
def acting(organization: UUID, name: str) -> Iterator[Work]:
    with working(who(organization, name)) as work:
        yield work


def names(organization: UUID, name: str) -> list[str]:
    with acting(organization, name) as work:
        return [kept.name for kept in saved.listed(work)]


def test_shared_queries_are_everybodys_but_for_the_limited(organization: UUID) -> None:
    with acting(organization, "member") as work:
        saved.keep(work, " Best  posts ", "SELECT 1", shared=True)
        saved.keep(work, "mine", "SELECT 2", shared=False)
    with acting(organization, "limited") as work:
        saved.keep(work, "theirs", "SELECT 3", shared=False)
        with pytest.raises(ForbiddenError):
            saved.keep(work, "to all", "SELECT 4", shared=True)
    assert names(organization, "member") == ["Best posts", "mine"]
    assert names(organization, "owner") == ["Best posts"]
    assert names(organization, "limited") == ["theirs"]
    with pytest.raises(ForbiddenError):
        names(organization, "client")
    _, elsewhere = add_person("eve@example.com")
    with working(principal(elsewhere, "eve@example.com")) as work:
        assert saved.listed(work) == []


def test_a_query_is_changed_by_its_writer_or_an_administrator(organization: UUID) -> None:
    with acting(organization, "owner") as work:
        kept = saved.keep(work, "report", "SELECT 1", shared=True)
    with acting(organization, "member") as work:
        with pytest.raises(ForbiddenError):
            saved.change(work, kept.id, "SELECT 2")
        with pytest.raises(ForbiddenError):
            saved.delete(work, kept.id)
        own = saved.keep(work, "own", "SELECT 1", shared=True)
    with acting(organization, "owner") as work:
        saved.change(work, own.id, "SELECT 5")
        assert [one.statement for one in saved.listed(work)] == ["SELECT 5", "SELECT 1"]
        saved.delete(work, own.id)
        with pytest.raises(NotFoundError):
            saved.delete(work, own.id)
    _, elsewhere = add_person("eve@example.com")
    with working(principal(elsewhere, "eve@example.com")) as work, pytest.raises(NotFoundError):
        saved.change(work, kept.id, "SELECT 6")


@pytest.mark.parametrize(
    ("name", "statement"), [("", "SELECT 1"), ("a", " \n"), ("x" * 81, "SELECT 1"), ("a", "x" * 100_001)]
)
def test_what_can_not_be_kept_is_said(organization: UUID, name: str, statement: str) -> None:
    with acting(organization, "owner") as work, pytest.raises(InvalidError):
        saved.keep(work, name, statement, shared=True)


def test_a_name_is_given_once(organization: UUID) -> None:
    with acting(organization, "owner") as work:
        saved.keep(work, "report", "SELECT 1", shared=True)
    with pytest.raises(ConflictError), acting(organization, "member") as work:
        saved.keep(work, "report", "SELECT 2", shared=True)
    with acting(organization, "member") as work:
        saved.keep(work, "report", "SELECT 2", shared=False)
