"""Links: each does one thing, once, and in time."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import select, update

from foundation.database import utc_now, worker_session
from identity.errors import LinkError
from identity.links import LIFETIME, Purpose, look, make, take, withdraw
from identity.models import OneTimeToken
from identity.work import at_the_door
from tests.identity.acting import new_person

pytestmark = pytest.mark.usefixtures("settings")


def made(purpose: Purpose = Purpose.RESET_PASSWORD, person_id: UUID | None = None) -> str:
    with at_the_door() as door:
        return make(door, purpose, email="owner@example.com", person_id=person_id, details={"a": "secret"})


def taken(token: str, purpose: Purpose = Purpose.RESET_PASSWORD) -> bool:
    try:
        with at_the_door() as door:
            take(door, purpose, token)
    except LinkError:
        return False
    return True


@pytest.mark.parametrize("purpose", Purpose)
def test_a_link_is_taken_once_for_its_purpose(purpose: Purpose) -> None:
    person_id = new_person("owner@example.com")
    token = made(purpose, person_id)
    for other in set(Purpose) - {purpose}:
        assert not taken(token, other)
    with at_the_door() as door:
        assert look(door, purpose, token) == look(door, purpose, token)
        link = take(door, purpose, token)
    assert (link.email, link.person_id, link.details) == ("owner@example.com", person_id, {"a": "secret"})
    assert "secret" not in repr(link)
    assert not taken(token, purpose)
    with at_the_door() as door, pytest.raises(LinkError):
        look(door, purpose, token)


@pytest.mark.parametrize("token", ["", "x", "\0", "\ud800", "x" * 10**6])
def test_a_made_up_link_is_refused(token: str) -> None:
    made()
    assert not taken(token)


@pytest.mark.parametrize("purpose", Purpose)
def test_a_link_is_over_in_time(purpose: Purpose) -> None:
    token = made(purpose)
    with worker_session() as session:
        row = session.scalars(select(OneTimeToken)).one()
        assert abs(row.expires_at - utc_now() - LIFETIME[purpose]) < timedelta(seconds=30)
        row.expires_at = utc_now() - timedelta(seconds=1)
    assert not taken(token, purpose)


def test_only_the_digest_is_kept_and_after_its_use_nothing_of_what_it_was_for() -> None:
    token = made()
    with worker_session() as session:
        row = session.scalars(select(OneTimeToken)).one()
        assert row.token_hash == hashlib.sha256(token.encode()).digest()
    assert taken(token)
    with worker_session() as session:
        assert session.scalars(select(OneTimeToken.details)).one() == {}


def test_what_failed_has_not_used_the_link() -> None:
    token = made(person_id=new_person("owner@example.com"))
    with at_the_door() as door:
        take(door, Purpose.RESET_PASSWORD, token)
        door.session.rollback()
    assert taken(token)


@pytest.mark.parametrize("of_a_person", [True, False])
def test_who_opens_it_while_another_does_waits_and_is_refused(of_a_person: bool) -> None:
    token = made(person_id=new_person("owner@example.com") if of_a_person else None)
    with ThreadPoolExecutor(1) as pool:
        with at_the_door() as door:
            take(door, Purpose.RESET_PASSWORD, token)
            second = pool.submit(taken, token)
            assert wait([second], timeout=0.5).not_done
        assert second.result(timeout=20) is False


def test_two_links_of_one_person_do_not_wait_for_each_other_for_ever() -> None:
    person_id = new_person("owner@example.com")
    tokens = [made(person_id=person_id), made(person_id=person_id)]
    together = Barrier(2)

    def open_it(token: str) -> bool:
        together.wait()
        try:
            with at_the_door() as door:
                take(door, Purpose.RESET_PASSWORD, token)
                withdraw(door, person_id)
        except LinkError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(open_it, tokens)) == [False, True]


def test_links_are_withdrawn_by_person_and_purpose() -> None:
    me, other = new_person("owner@example.com"), new_person("other@example.com")
    reset, address = made(person_id=me), made(Purpose.CHANGE_EMAIL, me)
    theirs = made(person_id=other)
    with at_the_door() as door:
        withdraw(door, me, Purpose.RESET_PASSWORD)
    assert [taken(reset), taken(theirs)] == [False, True]
    with at_the_door() as door:
        withdraw(door, me)
    assert not taken(address, Purpose.CHANGE_EMAIL)


def test_making_one_clears_away_what_has_run_out() -> None:
    made()
    with worker_session() as session:
        session.execute(update(OneTimeToken).values(expires_at=utc_now() - timedelta(seconds=1)))
    fresh = made()
    with worker_session() as session:
        kept = session.scalars(select(OneTimeToken.token_hash)).all()
    assert kept == [hashlib.sha256(fresh.encode()).digest()]
