"""Forgotten passwords: only the mailbox opens the way back, once, and everything else is shut behind it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from foundation.database import utc_now, worker_session
from foundation.settings import get_settings
from identity import password_reset, registration
from identity.audit import Action
from identity.errors import InvalidError, LinkError, SignInError, TooManyTriesError
from identity.letters import PER_ASKER, may_ask
from identity.models import OneTimeToken, Person
from identity.passwords import UNUSABLE
from identity.principal import Origin
from identity.sessions import authenticate, open_browser, sign_in, signed_in
from identity.work import at_the_door
from mail.models import QueuedEmail
from tests.identity.acting import ORIGIN, trail_of
from tests.identity.letters import letters_to, token_in
from tests.identity.people import PASSWORD, add_person, cookie_for, tokens_for

pytestmark = pytest.mark.usefixtures("settings")

EMAIL = "owner@example.com"
NEW = "a new password of mine"


def ask(email: str = EMAIL, origin: Origin = ORIGIN) -> None:
    with at_the_door(origin) as door:
        password_reset.ask(door, email)


def reset(token: str, password: str = NEW) -> UUID:
    with at_the_door(ORIGIN) as door:
        return password_reset.reset(door, token, password)


def asked() -> str:
    ask()
    return token_in(letters_to(EMAIL)[-1])


def count(model: type[OneTimeToken | QueuedEmail]) -> int:
    with worker_session() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_the_link_gives_a_new_password_and_ends_every_session() -> None:
    person_id, organization_id = add_person()
    cookie, tokens = cookie_for(EMAIL), tokens_for(EMAIL)
    assert reset(asked()) == person_id
    assert signed_in(cookie) is None
    with pytest.raises(SignInError):
        authenticate(tokens.access_token)
    with pytest.raises(SignInError):
        sign_in(EMAIL, PASSWORD, ORIGIN)
    assert signed_in(open_browser(sign_in(EMAIL, NEW, ORIGIN), ORIGIN)) is not None
    assert "changed" in letters_to(EMAIL)[-1].subject
    assert trail_of(organization_id)[2].action == Action.PASSWORD_CHANGED


def test_a_sign_in_with_the_old_password_that_is_under_way_opens_nothing() -> None:
    add_person()
    admitted, token = sign_in(EMAIL, PASSWORD, ORIGIN), asked()
    with ThreadPoolExecutor(1) as pool:
        with at_the_door(ORIGIN) as door:
            password_reset.reset(door, token, NEW)
            opening = pool.submit(open_browser, admitted, ORIGIN)
            assert wait([opening], timeout=0.5).not_done
        with pytest.raises(SignInError):
            opening.result(timeout=20)


@pytest.mark.parametrize("email", ["nobody@example.com", "no address", "", "\0", "\ud800", "x" * 10**6])
def test_for_an_unknown_address_the_same_work_leaves_nothing_behind(email: str) -> None:
    add_person()
    ask(email)
    assert (count(OneTimeToken), count(QueuedEmail)) == (0, 0)


def test_the_address_is_found_however_it_is_typed() -> None:
    add_person()
    ask("  OWNER@Example.Com ")
    assert len(letters_to(EMAIL)) == 1


def test_one_link_used_ends_the_others() -> None:
    add_person()
    first, second = asked(), asked()
    reset(second)
    for dead in (first, second):
        with pytest.raises(LinkError):
            reset(dead, "yet another password")
    assert sign_in(EMAIL, NEW, ORIGIN)


def test_a_link_is_good_for_an_hour() -> None:
    add_person()
    token = asked()
    with worker_session() as session:
        row = session.scalars(select(OneTimeToken)).one()
        assert abs(row.expires_at - utc_now() - timedelta(hours=1)) < timedelta(minutes=1)
        row.expires_at = utc_now() - timedelta(seconds=1)
    with pytest.raises(LinkError):
        reset(token)


@pytest.mark.parametrize("password", ["short", EMAIL, "\ud800" * 12])
def test_a_password_that_cannot_be_chosen_leaves_the_link_good(password: str) -> None:
    add_person()
    token = asked()
    with pytest.raises(InvalidError) as refusal:
        reset(token, password)
    assert refusal.value.field == "password"
    assert reset(token)


def test_whom_a_provider_brought_gets_a_password_this_way() -> None:
    person_id, _ = add_person()
    with worker_session() as session:
        session.execute(update(Person).values(password_hash=UNUSABLE))
    reset(asked())
    assert sign_in(EMAIL, NEW, ORIGIN).person_id == person_id


def test_who_registers_with_somebodys_address_does_not_keep_them_from_a_new_password() -> None:
    add_person()
    for _ in range(4):
        with at_the_door(Origin("203.0.113.66")) as door:
            registration.register(door, EMAIL, "Eve", "another long password")
    reset(asked())
    assert sign_in(EMAIL, NEW, ORIGIN)


def test_letters_are_limited_by_address_in_silence_and_by_machine_openly() -> None:
    add_person()
    for _ in range(4):
        ask()
    assert len(letters_to(EMAIL)) == 3
    for number in range(PER_ASKER.count - 4):
        may_ask(ORIGIN, f"n{number}@example.com", "a password", get_settings())
    for email in (EMAIL, "nobody@example.com"):
        with pytest.raises(TooManyTriesError):
            ask(email)
    ask("nobody@example.com", Origin("192.0.2.8"))
