"""Registering: the same answer for all, and an account for who has the mailbox and knows the password."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import argon2
import pytest
from sqlalchemy import func, select, update

from foundation.database import utc_now, worker_session
from foundation.settings import get_settings
from identity import limits, registration
from identity.audit import Action
from identity.errors import ForbiddenError, InvalidError, LinkError, SignInError, TooManyTriesError
from identity.letters import may_ask
from identity.models import OneTimeToken, Organization, Person
from identity.opaque import digest
from identity.passwords import hash_password
from identity.permissions import Role
from identity.principal import Origin, Principal
from identity.registration import CONFIRM_TRIES
from identity.sessions import Admitted, open_browser, sign_in, signed_in
from identity.work import at_the_door
from mail.models import QueuedEmail
from tests.identity.acting import ORIGIN, new_person, trail_of
from tests.identity.letters import letters_to, token_in
from tests.identity.people import PASSWORD

pytestmark = pytest.mark.usefixtures("settings")

EMAIL = "new@example.com"


def register(
    email: str = EMAIL,
    name: str = "New Person",
    password: str = PASSWORD,
    organization: str | None = "Lindenhof Agency",
    origin: Origin = ORIGIN,
) -> None:
    with at_the_door(origin) as door:
        registration.register(door, email, name, password, organization)


def confirm(token: str, password: str = PASSWORD) -> UUID:
    with at_the_door(ORIGIN) as door:
        return registration.confirm(door, token, password)


def newest_link(email: str = EMAIL) -> str:
    return token_in(letters_to(email)[-1])


def sent() -> list[tuple[str, str]]:
    with worker_session() as session:
        query = select(QueuedEmail.to_address, QueuedEmail.template).order_by(QueuedEmail.created_at)
        return list(session.execute(query).tuples())


def people() -> list[str]:
    with worker_session() as session:
        return sorted(session.scalars(select(Person.email)))


def test_the_link_and_the_password_make_the_account_and_its_organization() -> None:
    register(" New@Example.com ")
    assert people() == []
    assert sent() == [(EMAIL, "verify_address")]
    assert f"{get_settings().public_url}/confirm?token=" in letters_to(EMAIL)[0].text
    person_id = confirm(newest_link())
    assert sign_in(EMAIL, PASSWORD, ORIGIN).person_id == person_id
    found = signed_in(open_browser(Admitted(person_id), ORIGIN))
    assert isinstance(found, Principal)
    assert (found.name, found.organization_name) == ("New Person", "Lindenhof Agency")
    assert (found.role, found.super_admin) == (Role.OWNER, False)
    assert [(line.action, line.person_id) for line in trail_of(None)] == [(Action.CREATED, person_id)]
    assert trail_of(found.organization_id)[0].action == Action.CREATED


@pytest.mark.parametrize("organization", [None, "", "  "])
def test_an_organization_is_made_only_if_one_is_named(organization: str | None) -> None:
    register(organization=organization)
    person_id = confirm(newest_link())
    with worker_session() as session:
        assert session.scalar(select(func.count()).select_from(Organization)) == 0
    found = signed_in(open_browser(Admitted(person_id), ORIGIN))
    assert found is not None
    assert not isinstance(found, Principal)


def test_a_known_address_gets_the_same_answer_after_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    new_person("known@example.com")
    hashed: list[str] = []
    work = argon2.PasswordHasher.hash

    def counted(hasher: argon2.PasswordHasher, password: str | bytes) -> str:
        hashed.append("hash")
        return str(work(hasher, password))

    monkeypatch.setattr(argon2.PasswordHasher, "hash", counted)
    for email in ("known@example.com", EMAIL):
        register(email)
    assert len(hashed) == 2
    assert sent() == [("known@example.com", "already_registered"), (EMAIL, "verify_address")]
    text = letters_to("known@example.com")[0].text
    assert "/sign-in" in text
    assert "/forgot" in text
    assert "token=" not in text


def test_whoever_has_the_link_alone_gets_no_account_but_leaves_it_good() -> None:
    register()
    with pytest.raises(SignInError):
        confirm(newest_link(), "another password")
    assert people() == []
    assert confirm(newest_link())


def test_passwords_cannot_be_tried_out_with_a_link() -> None:
    register()
    for _ in range(CONFIRM_TRIES.count - 1):
        limits.count(CONFIRM_TRIES, digest(newest_link()).hex())
    with pytest.raises(SignInError):
        confirm(newest_link(), "another password")
    with pytest.raises(TooManyTriesError):
        confirm(newest_link())


def test_nobody_prepares_an_account_for_somebody_elses_address() -> None:
    """Who registers first with an address that is not theirs has no say in the account that comes of it."""
    register(name="Eve", password="chosen by somebody else")
    register()
    theirs, mine = (token_in(letter) for letter in letters_to(EMAIL))
    confirm(mine)
    with pytest.raises(SignInError):
        sign_in(EMAIL, "chosen by somebody else", ORIGIN)
    with pytest.raises(LinkError):
        confirm(theirs, "chosen by somebody else")
    with worker_session() as session:
        assert session.scalars(select(Person.name)).all() == ["New Person"]


def test_a_link_makes_one_account_even_when_it_is_opened_twice_at_once() -> None:
    register()
    token, together = newest_link(), Barrier(2)

    def opened(_: int) -> UUID | None:
        together.wait()
        try:
            return confirm(token)
        except LinkError:
            return None

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(opened, range(2)))
    assert made.count(None) == 1
    assert people() == [EMAIL]
    with worker_session() as session:
        assert session.scalar(select(func.count()).select_from(Organization)) == 1


def test_an_address_that_got_an_account_meanwhile_gets_no_second() -> None:
    register()
    new_person(EMAIL)
    with pytest.raises(LinkError):
        confirm(newest_link())
    assert people() == [EMAIL]


def test_a_link_is_good_for_a_day() -> None:
    register()
    with worker_session() as session:
        row = session.scalars(select(OneTimeToken)).one()
        assert abs(row.expires_at - utc_now() - timedelta(hours=24)) < timedelta(minutes=1)
        row.expires_at = utc_now() - timedelta(seconds=1)
    with pytest.raises(LinkError):
        confirm(newest_link())


def test_neither_password_nor_token_is_kept_in_the_clear() -> None:
    register()
    with worker_session() as session:
        row = session.scalars(select(OneTimeToken)).one()
    assert PASSWORD not in str(vars(row))
    assert newest_link() not in str(vars(row))
    confirm(newest_link())
    assert PASSWORD not in str([vars(line) for line in trail_of(None)])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "owner@ex\u200bample.com"),
        ("email", "\ud800"),
        ("name", "x" * 10**6),
        ("name", ""),
        ("password", "short"),
        ("password", "\0" * 12),
        ("organization", "a\nb"),
    ],
)
def test_what_cannot_be_used_is_named(field: str, value: str) -> None:
    with pytest.raises(InvalidError) as refusal:
        register(**{field: value})  # type: ignore[arg-type]
    assert refusal.value.field == field
    assert sent() == []


def test_where_registration_is_closed_nobody_registers_or_confirms(monkeypatch: pytest.MonkeyPatch) -> None:
    register()
    monkeypatch.setenv("ALLIN_REGISTRATION", "closed")
    get_settings.cache_clear()
    with pytest.raises(ForbiddenError):
        register(email="no address at all")
    with pytest.raises(ForbiddenError):
        confirm(newest_link())
    assert (people(), len(sent())) == ([], 1)


def test_an_address_gets_three_letters_an_hour_and_nobody_learns_of_it() -> None:
    new_person("known@example.com")
    for email in ("known@example.com", EMAIL):
        assert [may_ask(ORIGIN, email, "an account", get_settings()) for _ in range(2)] == [True, True]
        register(email)
        register(email)
    assert sent() == [("known@example.com", "already_registered"), (EMAIL, "verify_address")]


def test_a_machine_asks_for_twenty_letters_an_hour() -> None:
    for number in range(20):
        assert may_ask(ORIGIN, f"n{number}@example.com", "an account", get_settings())
    with pytest.raises(TooManyTriesError):
        register()
    register(origin=Origin("192.0.2.8"))


def test_who_is_refused_costs_no_hash() -> None:
    for number in range(20):
        may_ask(ORIGIN, f"n{number}@example.com", "an account", get_settings())
    began = time.process_time()
    hash_password(PASSWORD)
    hashed = time.process_time()
    for _ in range(3):
        with pytest.raises(TooManyTriesError):
            register()
    assert time.process_time() - hashed < hashed - began


def test_another_registration_of_the_address_is_void_with_its_first_account() -> None:
    register()
    register()
    confirm(newest_link())
    with worker_session() as session:
        session.execute(update(Person).values(email="moved@example.com"))
    with pytest.raises(LinkError):
        confirm(token_in(letters_to(EMAIL)[0]))
