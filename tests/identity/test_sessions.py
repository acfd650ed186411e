from __future__ import annotations

import hashlib
from datetime import timedelta
from uuid import uuid4

import argon2
import pytest
from sqlalchemy import select, update

from foundation.database import tenant_session, utc_now, worker_session
from foundation.settings import Settings
from identity.brands import brands
from identity.models import Membership, Person, SignIn
from identity.passwords import UNUSABLE
from identity.roles import MemberRole
from identity.sessions import sign_in, sign_out, signed_in
from tests.identity.people import PASSWORD, add_brand, add_person

pytestmark = pytest.mark.usefixtures("settings")


def opened(email: str = "owner@example.com") -> str:
    token = sign_in(email, PASSWORD)
    assert token is not None
    return token


def test_the_right_password_opens_a_session_of_the_persons_organization() -> None:
    person_id, organization_id = add_person(role=MemberRole.EDITOR)
    principal = signed_in(opened(" Owner@Example.com "))
    assert principal is not None
    assert (principal.person_id, principal.organization_id) == (person_id, organization_id)
    assert (principal.role, principal.organization_name) == (MemberRole.EDITOR, "Lindenhof Agency")


def test_wrong_password_and_unknown_address_are_refused_alike() -> None:
    add_person()
    assert sign_in("owner@example.com", "wrong") is None
    assert sign_in("nobody@example.com", PASSWORD) is None


@pytest.mark.parametrize("odd", ["\0", "owner@example.com\0", "\ud800", "owner@example.com\udfff"])
def test_characters_that_cannot_be_stored_are_an_unknown_address_or_a_wrong_password(odd: str) -> None:
    add_person()
    assert sign_in(odd, PASSWORD) is None
    assert sign_in("owner@example.com", odd) is None


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("nobody@example.com", "wrong"),
        ("nobody\0@example.com", "wrong"),
        ("nobody\ud800@example.com", "wrong"),
        ("owner@example.com", "wrong\ud800"),
        ("gone@example.com", "wrong"),
    ],
)
def test_every_refusal_does_the_work_of_one_hash(
    email: str, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the answer takes is the hash: computed once, whoever is asked for."""
    add_person()
    gone, _ = add_person("gone@example.com")
    with worker_session() as session:
        session.get_one(Person, gone).password_hash = UNUSABLE
    sign_in("nobody@example.com", "x")  # the first unknown address makes the hash it is compared with
    computed: list[str] = []
    verify = argon2.PasswordHasher.verify

    def counted(hasher: argon2.PasswordHasher, encoded: str, given: str | bytes) -> bool:
        computed.append(encoded.rsplit("$", 2)[0])
        return bool(verify(hasher, encoded, given))

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counted)
    assert sign_in("owner@example.com", "wrong") is None
    assert sign_in(email, password) is None
    assert len(computed) == 2
    assert computed[0] == computed[1]  # by the same parameters


def test_no_password_fits_an_unusable_one() -> None:
    person_id, _ = add_person()
    with worker_session() as session:
        session.get_one(Person, person_id).password_hash = UNUSABLE
    assert [sign_in("owner@example.com", word) for word in (PASSWORD, UNUSABLE, "")] == [None] * 3


def test_signing_in_clears_the_persons_expired_sessions_alone() -> None:
    owner, _ = add_person()
    other, _ = add_person("other@example.com")
    old, others, current = opened(), opened("other@example.com"), opened()
    with worker_session() as session:
        session.execute(
            update(SignIn)
            .where(
                SignIn.token_hash.in_([hashlib.sha256(token.encode()).digest() for token in (old, others)])
            )
            .values(expires_at=utc_now() - timedelta(seconds=1))
        )
    new = opened()
    with worker_session() as session:
        left = session.execute(select(SignIn.person_id)).scalars().all()
    assert sorted(left) == sorted([owner, owner, other])
    assert signed_in(current) is not None
    assert signed_in(new) is not None


def test_only_the_digest_of_the_token_is_stored() -> None:
    add_person()
    token = opened()
    with worker_session() as session:
        assert session.scalars(select(SignIn.token_hash)).all() == [hashlib.sha256(token.encode()).digest()]


@pytest.mark.parametrize(
    "change", [{"expires_at": utc_now() - timedelta(seconds=1)}, {"revoked_at": utc_now()}]
)
def test_an_expired_or_revoked_session_is_no_session(change: dict[str, object]) -> None:
    add_person()
    token = opened()
    with worker_session() as session:
        session.execute(update(SignIn).values(**change))
    assert signed_in(token) is None


def test_signing_out_ends_that_session_alone() -> None:
    add_person()
    first, second = opened(), opened()
    sign_out(first)
    sign_out("unknown")
    assert signed_in(first) is None
    assert signed_in(second) is not None


@pytest.mark.parametrize("token", [None, "", "x", "a" * 43])
def test_a_made_up_token_opens_nothing(token: str | None) -> None:
    add_person()
    assert signed_in(token) is None


def test_who_lost_the_membership_is_out_at_once() -> None:
    person_id, _ = add_person()
    token = opened()
    with worker_session() as session:
        session.delete(session.scalars(select(Membership).where(Membership.person_id == person_id)).one())
    assert signed_in(token) is None
    assert sign_in("owner@example.com", PASSWORD) is None


def test_brands_are_those_of_the_organization_alone(settings: Settings) -> None:
    _, mine = add_person()
    _, other = add_person("other@example.com", organization="Other")
    add_brand(mine, "Zephyr")
    add_brand(mine, "Aurora")
    add_brand(other, "Foreign")
    with tenant_session(mine, settings) as session:
        assert [brand.name for brand in brands(session)] == ["Aurora", "Zephyr"]
    with tenant_session(uuid4(), settings) as session:
        assert brands(session) == []
