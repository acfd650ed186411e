"""Brands: what is stored of them, who may change them, and which files may become their logo."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from identity import brands
from identity.audit import Action
from identity.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from identity.logos import generated_logo
from identity.models import Brand
from identity.permissions import Permission, Role
from identity.principal import Principal
from tests.identity.acting import (
    acting,
    as_key,
    new_account,
    new_member,
    new_organization,
    principal,
    trail_of,
)
from tests.identity.people import add_brand
from tests.identity.pictures import picture


@pytest.fixture
def owner(settings: object) -> Principal:
    assert settings
    return new_member(new_organization())


def stored(caller: Principal, brand_id: UUID) -> Brand:
    with acting(caller) as work:
        return brands.get(work, brand_id)


def test_a_brand_keeps_its_persona(owner: Principal) -> None:
    with acting(owner) as work:
        brand_id = brands.create(
            work,
            "  Nordlicht ",
            "Europe/Oslo",
            colour="#ABCDEF",
            accent_colour="#012345",
            logo=picture(),
            voice="Warm.\nShort sentences 👩‍💻.",
            audience="Families",
        )
    brand = stored(owner, brand_id)
    assert (brand.name, brand.timezone, brand.colour) == ("Nordlicht", "Europe/Oslo", "#abcdef")
    assert (brand.accent_colour, brand.voice) == ("#012345", "Warm.\nShort sentences 👩‍💻.")
    assert brand.logo is not None
    assert brand.logo.startswith(b"\x89PNG")
    line = trail_of(owner.organization_id)[-1]
    assert (line.action, line.target_type, line.target_id) == (Action.CREATED, "brand", str(brand_id))
    assert (line.person_id, line.actor, line.ip, line.user_agent) == (
        owner.person_id,
        owner.email,
        "192.0.2.7",
        "a test",
    )
    assert line.after is not None
    assert line.after["audience"] == "Families"
    assert line.after["logo"].startswith("image/png, ")


def test_a_brand_without_a_logo_gets_a_mark_in_its_colour(owner: Principal) -> None:
    with acting(owner) as work:
        brand_id = brands.create(work, "Nordlicht", "Europe/Oslo", colour="#123456")
    assert stored(owner, brand_id).logo == generated_logo("Nordlicht", "#123456")


def test_only_what_changes_is_written_and_told(owner: Principal) -> None:
    brand_id = add_brand(owner.organization_id)
    with acting(owner) as work:
        brands.update(work, brand_id, name="Nordlicht", voice="Dry", logo=picture())
    line = trail_of(owner.organization_id)[-1]
    assert (line.before, set(line.after or {})) == ({"voice": "", "logo": None}, {"voice", "logo"})
    lines = len(trail_of(owner.organization_id))
    with acting(owner) as work:
        brands.update(work, brand_id, voice="Dry", accent_colour=None)
        brands.update(work, brand_id)
    assert len(trail_of(owner.organization_id)) == lines
    with acting(owner) as work:
        brands.update(work, brand_id, logo=None)
    assert stored(owner, brand_id).logo is None


def test_two_brands_of_an_organization_never_share_a_name(owner: Principal) -> None:
    one, two = add_brand(owner.organization_id, "One"), add_brand(owner.organization_id, "Two")
    with pytest.raises(ConflictError) as refusal, acting(owner) as work:
        brands.create(work, "One", "UTC")
    assert refusal.value.field == "name"
    with pytest.raises(ConflictError), acting(owner) as work:
        brands.update(work, two, name="One")
    assert stored(owner, two).name == "Two"
    other = new_member(new_organization())
    with acting(other) as work:
        brands.create(work, "One", "UTC")
    assert one


UNUSABLE: list[tuple[str, object]] = [
    ("name", ""),
    ("name", "x" * 1_000_000),
    ("name", "a\0b"),
    ("timezone", "Mars/Olympus"),
    ("timezone", "../../etc/passwd"),
    ("timezone", ""),
    ("colour", "red"),
    ("colour", "#12345"),
    ("colour", "#1234567"),
    ("colour", "#12345６"),
    ("accent_colour", "url(x)"),
    ("voice", "x" * 2001),
    ("voice", "a\0b"),
    ("audience", "\ud800"),
    ("audience", "x" * 1_000_000),
    ("logo", b""),
]


def test_an_input_that_cannot_be_used_names_its_field(owner: Principal) -> None:
    brand_id = add_brand(owner.organization_id)
    for field, value in UNUSABLE:
        fields: dict[str, Any] = {field: value}
        with pytest.raises(InvalidError) as refusal, acting(owner) as work:
            brands.update(work, brand_id, **fields)
        assert refusal.value.field == field
        assert len(str(refusal.value)) < 200
        with pytest.raises(InvalidError), acting(owner) as work:
            brands.create(work, **{"name": "New", "timezone": "UTC", **fields})
    assert trail_of(owner.organization_id) == []


@pytest.mark.parametrize("role", [Role.EDITOR, Role.MEMBER, Role.VIEWER])
def test_below_administrators_nobody_changes_brands(owner: Principal, role: Role) -> None:
    brand_id = add_brand(owner.organization_id)
    member = new_member(owner.organization_id, role)
    with pytest.raises(ForbiddenError), acting(member) as work:
        brands.create(work, "New", "UTC")
    with pytest.raises(ForbiddenError), acting(member) as work:
        brands.update(work, brand_id, name="New")
    with pytest.raises(ForbiddenError), acting(member) as work:
        brands.delete(work, brand_id)
    assert stored(member, brand_id).name == "Nordlicht"


def test_a_limited_administrator_changes_their_brand_alone(owner: Principal) -> None:
    mine, others = add_brand(owner.organization_id, "Mine"), add_brand(owner.organization_id, "Others")
    admin = new_member(owner.organization_id, Role.ADMIN, [mine])
    with acting(admin) as work:
        brands.update(work, mine, voice="Loud")
    with pytest.raises(NotFoundError), acting(admin) as work:
        brands.update(work, others, voice="Loud")
    with pytest.raises(NotFoundError), acting(admin) as work:
        brands.get(work, others)
    with pytest.raises(ForbiddenError), acting(admin) as work:
        brands.delete(work, mine)
    with pytest.raises(ForbiddenError), acting(admin) as work:
        brands.create(work, "New", "UTC")


def test_a_key_without_the_scope_changes_nothing(owner: Principal) -> None:
    brand_id = add_brand(owner.organization_id)
    key = as_key(owner, [Permission.BRANDS_READ])
    assert stored(key, brand_id).id == brand_id
    with pytest.raises(ForbiddenError), acting(key) as work:
        brands.update(work, brand_id, voice="Loud")
    with pytest.raises(ForbiddenError):
        stored(as_key(owner, []), brand_id)


def test_another_organizations_brand_is_not_there(owner: Principal) -> None:
    foreign = add_brand(new_organization("Other"), "Foreign")
    for brand_id in (foreign, uuid4()):
        with pytest.raises(NotFoundError):
            stored(owner, brand_id)
        with pytest.raises(NotFoundError), acting(owner) as work:
            brands.update(work, brand_id, name="Mine")
        with pytest.raises(NotFoundError), acting(owner) as work:
            brands.delete(work, brand_id)


def test_a_brand_with_accounts_stays_and_an_empty_one_goes(owner: Principal) -> None:
    kept, gone = add_brand(owner.organization_id, "Kept"), add_brand(owner.organization_id, "Gone")
    new_account(owner.organization_id, kept)
    client = new_member(owner.organization_id, Role.CLIENT, [gone])
    with pytest.raises(ConflictError, match="Kept"), acting(owner) as work:
        brands.delete(work, kept)
    with acting(owner) as work:
        brands.delete(work, gone)
    assert trail_of(owner.organization_id)[-1].action == Action.DELETED
    left = principal(client.person_id, owner.organization_id)
    with acting(left) as work:  # whoever was limited to it sees nothing, not everything
        assert brands.brands(work.session) == []
    with acting(owner) as work:
        assert [brand.id for brand in brands.brands(work.session)] == [kept]
