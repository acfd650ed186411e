"""What people change of themselves: only as themselves, with their password, and never behind their back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import select, update

from foundation.database import utc_now, worker_session
from identity import limits, password_reset, profile
from identity.audit import Action
from identity.errors import ForbiddenError, InvalidError, LinkError, SignInError, TooManyTriesError
from identity.models import OneTimeToken, Person
from identity.oneself import PASSWORD_TRIES
from identity.passwords import UNUSABLE
from identity.principal import Visitor
from identity.sessions import open_browser, sign_in, signed_in
from identity.work import at_the_door
from tests.identity.acting import ORIGIN, new_person, trail_of
from tests.identity.letters import letters_to, token_in
from tests.identity.people import PASSWORD, add_person, cookie_for

pytestmark = pytest.mark.usefixtures("settings")

EMAIL = "owner@example.com"
MOVED = "moved@example.com"
NEW = "a new password of mine"


def myself() -> Visitor:
    found = signed_in(cookie_for(EMAIL))
    assert found is not None
    return found


def confirm(token: str, password: str = PASSWORD) -> UUID:
    with at_the_door(ORIGIN) as door:
        return profile.confirm_new_address(door, token, password)


def asked(me: Visitor, email: str = MOVED) -> str:
    profile.ask_new_address(me, PASSWORD, email, ORIGIN)
    return token_in(letters_to(email)[-1])


def test_people_see_and_change_their_name() -> None:
    person_id, organization_id = add_person()
    me = myself()
    profile.rename(me, "  New   Name ", ORIGIN)
    profile.rename(me, "New Name", ORIGIN)
    found = profile.of(me)
    assert (found.person_id, found.email, found.name) == (person_id, EMAIL, "New Name")
    assert (found.has_password, found.second_factor) == (True, False)
    told = [line for line in trail_of(organization_id) if line.action == Action.UPDATED]
    assert [(line.before, line.after) for line in told] == [({"name": ""}, {"name": "New Name"})]
    with pytest.raises(InvalidError):
        profile.rename(me, "a\nb", ORIGIN)


def test_a_new_password_ends_the_other_sessions_and_open_links() -> None:
    _, organization_id = add_person()
    cookie, other = cookie_for(EMAIL), cookie_for(EMAIL)
    me = signed_in(cookie)
    assert me is not None
    with at_the_door(ORIGIN) as door:
        password_reset.ask(door, EMAIL)
    link = token_in(letters_to(EMAIL)[-1])
    moving = asked(me)
    profile.change_password(me, PASSWORD, NEW, ORIGIN)
    assert signed_in(cookie) is not None
    assert signed_in(other) is None
    assert open_browser(sign_in(EMAIL, NEW, ORIGIN), ORIGIN)
    with pytest.raises(SignInError):
        sign_in(EMAIL, PASSWORD, ORIGIN)
    with pytest.raises(LinkError), at_the_door(ORIGIN) as door:
        password_reset.reset(door, link, NEW)
    with pytest.raises(LinkError):
        confirm(moving)
    assert "changed" in letters_to(EMAIL)[-1].subject
    assert Action.PASSWORD_CHANGED in [line.action for line in trail_of(organization_id)]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("wrong", NEW, "old"),
        ("\ud800", NEW, "old"),
        (PASSWORD, "short", "password"),
        (PASSWORD, EMAIL, "password"),
    ],
)
def test_a_password_is_changed_only_with_the_old_and_to_a_good_one(old: str, new: str, field: str) -> None:
    add_person()
    with pytest.raises(InvalidError) as refusal:
        profile.change_password(myself(), old, new, ORIGIN)
    assert refusal.value.field == field
    assert sign_in(EMAIL, PASSWORD, ORIGIN)


def test_whom_a_provider_brought_is_told_how_to_get_a_password() -> None:
    add_person()
    with worker_session() as session:
        session.execute(update(Person).values(password_hash=UNUSABLE))
    assert profile.of(myself()).has_password is False
    with pytest.raises(InvalidError, match="Forgot your password"):
        profile.change_password(myself(), UNUSABLE, NEW, ORIGIN)


def test_an_open_session_is_no_way_to_try_out_the_password() -> None:
    person_id, _ = add_person()
    me = myself()
    for _ in range(PASSWORD_TRIES.count - 1):
        limits.count(PASSWORD_TRIES, str(person_id))
    with pytest.raises(InvalidError):
        profile.change_password(me, "wrong", NEW, ORIGIN)
    attempts: list[Callable[[], object]] = [
        lambda: profile.change_password(me, PASSWORD, NEW, ORIGIN),
        lambda: profile.ask_new_address(me, PASSWORD, MOVED, ORIGIN),
    ]
    for attempt in attempts:
        with pytest.raises(TooManyTriesError):
            attempt()


def test_a_new_address_is_taken_once_its_link_is_opened() -> None:
    person_id, organization_id = add_person()
    cookie = cookie_for(EMAIL)
    me = signed_in(cookie)
    assert me is not None
    token = asked(me)
    assert letters_to(EMAIL) == []
    assert sign_in(EMAIL, PASSWORD, ORIGIN)
    assert confirm(token) == person_id
    assert sign_in(MOVED, PASSWORD, ORIGIN).person_id == person_id
    with pytest.raises(SignInError):
        sign_in(EMAIL, PASSWORD, ORIGIN)
    found = signed_in(cookie)
    assert found is not None
    assert found.email == MOVED
    assert "moved@example" in letters_to(EMAIL)[-1].text  # whoever had it hears of it
    told = [line for line in trail_of(organization_id) if line.action == Action.EMAIL_CHANGED]
    assert [(line.before, line.after) for line in told] == [({"email": EMAIL}, {"email": MOVED})]
    with pytest.raises(LinkError):
        confirm(token)


def test_nobody_gives_their_account_somebody_elses_address() -> None:
    """Who has the address may open the link, and press the button; they don't know the account's password."""
    person_id, _ = add_person()
    token = asked(myself())
    for _ in range(profile.CONFIRM_TRIES.count):
        with pytest.raises(InvalidError) as refusal:
            confirm(token, "my own, of no account")
        assert refusal.value.field == "password"
    with pytest.raises(TooManyTriesError):
        confirm(token)
    with worker_session() as session:
        assert session.get_one(Person, person_id).email == EMAIL


def test_a_wrong_password_leaves_the_link_to_a_new_address_good() -> None:
    add_person()
    token = asked(myself())
    with pytest.raises(InvalidError):
        confirm(token, "wrong")
    assert confirm(token)


def test_a_taken_address_gets_the_same_answer_and_its_owner_a_letter() -> None:
    add_person()
    new_person("known@example.com")
    me = myself()
    profile.ask_new_address(me, PASSWORD, "known@example.com", ORIGIN)
    profile.ask_new_address(me, PASSWORD, MOVED, ORIGIN)
    assert "already" in letters_to("known@example.com")[0].subject
    assert "token=" not in letters_to("known@example.com")[0].text
    assert letters_to(EMAIL) == []


@pytest.mark.parametrize(
    ("password", "email", "field"),
    [("wrong", MOVED, "password"), (PASSWORD, EMAIL, "email"), (PASSWORD, "\u043ewner@example.com", "email")],
)
def test_an_address_is_changed_only_with_the_password_and_to_another(
    password: str, email: str, field: str
) -> None:
    add_person()
    with pytest.raises(InvalidError) as refusal:
        profile.ask_new_address(myself(), password, email, ORIGIN)
    assert refusal.value.field == field
    assert letters_to(MOVED) == []


def test_only_the_newest_link_to_a_new_address_holds_and_for_a_day() -> None:
    add_person()
    me = myself()
    first, second = asked(me), asked(me, "second@example.com")
    with pytest.raises(LinkError):
        confirm(first)
    with worker_session() as session:
        row = session.scalars(select(OneTimeToken)).one()
        assert abs(row.expires_at - utc_now() - timedelta(hours=24)) < timedelta(minutes=1)
        row.expires_at = utc_now() - timedelta(seconds=1)
    with pytest.raises(LinkError):
        confirm(second)


def test_an_address_that_two_want_goes_to_the_first() -> None:
    add_person()
    add_person("other@example.com")
    other = signed_in(cookie_for("other@example.com"))
    assert other is not None
    tokens = [asked(myself()), asked(other)]
    together = Barrier(2)

    def taken(token: str) -> bool:
        together.wait()
        try:
            confirm(token)
        except LinkError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(taken, tokens)) == [False, True]


@pytest.mark.parametrize("changed", [{"confined": True}, {"session_id": None}])
def test_neither_a_key_nor_a_confined_session_changes_anything(
    changed: dict[str, bool | UUID | None],
) -> None:
    add_person()
    other = replace(myself(), **changed)  # type: ignore[arg-type]
    attempts: list[Callable[[], object]] = [
        lambda: profile.rename(other, "New Name", ORIGIN),
        lambda: profile.change_password(other, PASSWORD, NEW, ORIGIN),
        lambda: profile.ask_new_address(other, PASSWORD, MOVED, ORIGIN),
    ]
    for attempt in attempts:
        with pytest.raises(ForbiddenError):
            attempt()
    assert profile.of(other).name == ""
