"""API tokens and keys: whose request it is, and a family of tokens that dies when one comes back."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as examples
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, select, update

from foundation.database import utc_now, worker_session
from identity import api_keys
from identity.audit import Action
from identity.errors import SignInError
from identity.models import ApiKey, Membership, Organization, SessionToken, SignIn
from identity.permissions import Permission, Role, held
from identity.principal import Principal, Visitor
from identity.sessions import (
    Admitted,
    Tokens,
    authenticate,
    end_session,
    enter,
    open_api,
    refresh,
    sign_in,
    sign_out,
    signed_in,
)
from tests.identity.acting import ORIGIN, acting, new_account, principal, trail_of
from tests.identity.letters import letters_to
from tests.identity.people import (
    PASSWORD,
    add_brand,
    add_member,
    add_person,
    cookie_for,
    join,
    person_of,
    tokens_for,
)
from tests.identity.test_sessions import counting

pytestmark = pytest.mark.usefixtures("settings")

EMAIL = "owner@example.com"


def is_good(bearer: str) -> bool:
    try:
        authenticate(bearer)
    except SignInError:
        return False
    return True


def refreshed(token: str) -> Tokens | None:
    try:
        return refresh(token, ORIGIN)
    except SignInError:
        return None


def refreshed_for_sure(token: str) -> Tokens:
    found = refreshed(token)
    assert found is not None
    return found


# Tokens of a session


def test_an_access_token_is_good_for_a_quarter_of_an_hour() -> None:
    person_id, organization_id = add_person()
    tokens = open_api(sign_in(EMAIL, PASSWORD, ORIGIN), ORIGIN)
    assert tokens.expires_in == 15 * 60
    caller = authenticate(tokens.access_token)
    assert isinstance(caller, Principal)
    assert (caller.person_id, caller.organization_id) == (person_id, organization_id)
    assert caller.caller == f"person:{person_id}"
    with worker_session() as session:
        lives = dict(session.execute(select(SessionToken.kind, SessionToken.expires_at)).tuples().all())
    for kind, lifetime in (("access", timedelta(minutes=15)), ("refresh", timedelta(days=7))):
        assert abs(lives[kind] - utc_now() - lifetime) < timedelta(seconds=30)


def test_each_kind_of_token_does_its_own_thing_alone() -> None:
    add_person()
    cookie, tokens = cookie_for(EMAIL), tokens_for(EMAIL)
    for bearer in (cookie, tokens.refresh_token, "", "x", "allin_", "\0", "\ud800", "allin_\ud800"):
        assert not is_good(bearer)
    for other in (cookie, tokens.access_token, "", "x", "\ud800"):
        assert refreshed(other) is None
    assert signed_in(tokens.access_token) is signed_in(tokens.refresh_token) is None
    assert is_good(tokens.access_token)
    assert "token" not in repr(tokens).replace("Tokens", "")


def test_refreshing_gives_new_tokens_for_seven_days_from_now() -> None:
    add_person()
    first = tokens_for(EMAIL)
    with worker_session() as session:
        session.execute(update(SignIn).values(expires_at=utc_now() + timedelta(hours=1)))
    second = refreshed_for_sure(first.refresh_token)
    assert is_good(first.access_token)  # a request that is under way is not cut off
    assert is_good(second.access_token)
    assert len({first.access_token, first.refresh_token, second.access_token, second.refresh_token}) == 4
    with worker_session() as session:
        expires_at = session.scalars(select(SignIn.expires_at)).one()
    assert abs(expires_at - utc_now() - timedelta(days=7)) < timedelta(seconds=30)


@pytest.mark.parametrize("model", [SignIn, SessionToken])
def test_an_expired_refresh_token_gives_nothing(model: type[SignIn | SessionToken]) -> None:
    add_person()
    tokens = tokens_for(EMAIL)
    with worker_session() as session:
        session.execute(update(model).values(expires_at=utc_now() - timedelta(seconds=1)))
    assert refreshed(tokens.refresh_token) is None


def test_what_has_run_out_of_a_family_is_cleared_away() -> None:
    add_person()
    first = tokens_for(EMAIL)
    with worker_session() as session:
        session.execute(
            update(SessionToken)
            .where(SessionToken.kind == "access")
            .values(expires_at=utc_now() - timedelta(seconds=1))
        )
    refreshed_for_sure(first.refresh_token)
    with worker_session() as session:
        kinds = sorted(session.scalars(select(SessionToken.kind)))
    assert kinds == ["access", "refresh", "refresh"]


def test_a_token_that_comes_back_ends_the_family_and_the_person_hears_of_it() -> None:
    person_id, organization_id = add_person()
    mine, other = tokens_for(EMAIL), tokens_for(EMAIL)
    second = refreshed_for_sure(mine.refresh_token)
    third = refreshed_for_sure(second.refresh_token)
    assert refreshed(mine.refresh_token) is None
    for dead in (mine, second, third):
        assert not is_good(dead.access_token)
        assert refreshed(dead.refresh_token) is None
    assert is_good(other.access_token)
    told = [line for line in trail_of(organization_id) if line.action == Action.SESSION_REUSED]
    assert [(line.person_id, line.ip) for line in told] == [(person_id, ORIGIN.ip)]
    assert len(letters_to(EMAIL)) == 1  # once, however often a dead token is shown


def test_of_two_exchanges_at_once_one_gets_tokens_and_the_family_dies() -> None:
    add_person()
    tokens = tokens_for(EMAIL)
    together = Barrier(2)

    def exchange(_: int) -> Tokens | None:
        together.wait()
        return refreshed(tokens.refresh_token)

    with ThreadPoolExecutor(2) as pool:
        (given,) = [found for found in pool.map(exchange, range(2)) if found is not None]
    assert not is_good(given.access_token)
    assert refreshed(given.refresh_token) is None


class Family(RuleBasedStateMachine):
    """Exchanges of any of a family's tokens, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.given = [open_api(Admitted(person_of(EMAIL)), ORIGIN)]
        self.used: set[int] = set()
        self.alive = True

    @rule(choice=st.integers(0, 1000))
    def exchange(self, choice: int) -> None:
        """Show some token of the family."""
        place = choice % len(self.given)
        tokens = refreshed(self.given[place].refresh_token)
        if place in self.used:
            self.alive = False
        assert (tokens is not None) is self.alive
        self.used.add(place)
        if tokens is not None:
            self.given.append(tokens)

    @rule()
    def exchange_the_newest(self) -> None:
        """Show the token that an honest client shows."""
        self.exchange(len(self.given) - 1)

    @invariant()
    def all_live_or_all_are_dead(self) -> None:
        """Nothing of a dead family opens anything."""
        assert {is_good(tokens.access_token) for tokens in self.given} == {self.alive}


def test_after_a_reuse_the_whole_family_is_dead_whatever_came_before_and_after() -> None:
    add_person()
    few = examples(
        max_examples=15,
        stateful_step_count=8,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    run_state_machine_as_test(Family, settings=few)


def test_an_api_session_is_ended_and_moved_like_a_browsers() -> None:
    person_id, first = add_person(organization="Alpha")
    _, second = add_person("other@example.com", organization="Beta")
    join(person_id, second)
    tokens, others = tokens_for(EMAIL), tokens_for(EMAIL)
    caller = authenticate(tokens.access_token)
    enter(caller, second, ORIGIN)
    moved = authenticate(tokens.access_token)
    assert isinstance(moved, Principal)
    assert moved.organization_id == second
    sign_out(tokens.refresh_token, ORIGIN)
    assert not is_good(tokens.access_token)
    assert refreshed(tokens.refresh_token) is None
    other = authenticate(others.access_token)
    assert other.session_id is not None
    end_session(other, other.session_id, ORIGIN)
    assert not is_good(others.access_token)
    assert trail_of(first)[-1].action == Action.SIGNED_OUT


def test_who_lost_the_membership_is_a_visitor_at_the_next_request() -> None:
    add_person()
    tokens = tokens_for(EMAIL)
    with worker_session() as session:
        session.execute(delete(Membership))
    assert type(authenticate(tokens.access_token)) is Visitor


# Keys


def new_key(
    organization_id: UUID,
    scopes: Collection[Permission] = (Permission.BRANDS_READ,),
    account_ids: Collection[UUID] | None = None,
    email: str = EMAIL,
) -> str:
    with acting(principal(person_of(email), organization_id)) as work:
        return api_keys.create(work, "A key", scopes, account_ids)[1]


def keyed(key: str) -> Principal:
    found = authenticate(key)
    assert isinstance(found, Principal)
    return found


def test_a_key_acts_as_its_maker_within_its_scopes_by_one_statement() -> None:
    person_id, organization_id = add_person()
    key = new_key(organization_id, [Permission.BRANDS_READ, Permission.POSTS_READ])
    keyed(key)  # notes that it was used
    with counting() as executed:
        caller = keyed(key)
    assert len(executed) == 1
    assert (caller.person_id, caller.organization_id, caller.role) == (person_id, organization_id, Role.OWNER)
    assert held(caller) == {Permission.BRANDS_READ, Permission.POSTS_READ}
    assert (caller.session_id, caller.super_admin, caller.account_ids) == (None, False, None)
    assert caller.caller == f"key:{caller.api_key_id}"


def test_a_key_for_accounts_sees_those_alone() -> None:
    _, organization_id = add_person()
    brand_id = add_brand(organization_id)
    account, _ = new_account(organization_id, brand_id), new_account(organization_id, brand_id)
    assert keyed(new_key(organization_id, account_ids=[account])).account_ids == frozenset({account})


def test_a_key_holds_no_more_than_its_maker_does_by_now() -> None:
    _, organization_id = add_person()
    admin = add_member(organization_id, "admin@example.com", Role.ADMIN)
    key = new_key(
        organization_id, [Permission.BRANDS_CREATE, Permission.BRANDS_READ], email="admin@example.com"
    )
    with worker_session() as session:
        session.execute(update(Membership).where(Membership.person_id == admin).values(role="VIEWER"))
    assert held(keyed(key)) == {Permission.BRANDS_READ}
    with worker_session() as session:
        session.execute(delete(Membership).where(Membership.person_id == admin))
    assert not is_good(key)


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (ApiKey, {"revoked_at": utc_now()}),
        (ApiKey, {"expires_at": utc_now() - timedelta(seconds=1)}),
        (Organization, {"deleted_at": utc_now()}),
    ],
)
def test_a_key_is_dead_with_its_time_or_its_organization(
    model: type[ApiKey | Organization], change: dict[str, object]
) -> None:
    _, organization_id = add_person()
    key = new_key(organization_id)
    assert is_good(key)
    assert not is_good(key + "x")
    with worker_session() as session:
        session.execute(update(model).values(**change))
    assert not is_good(key)


def test_when_a_key_was_used_is_noted_once_a_minute() -> None:
    _, organization_id = add_person()
    key = new_key(organization_id)
    keyed(key)
    with worker_session() as session:
        row = session.scalars(select(ApiKey)).one()
        assert row.last_used_at is not None
        row.last_used_at = recent = utc_now() - timedelta(seconds=50)
    keyed(key)
    with worker_session() as session:
        row = session.scalars(select(ApiKey)).one()
        assert row.last_used_at == recent
        row.last_used_at = utc_now() - timedelta(seconds=61)
    keyed(key)
    with worker_session() as session:
        used_at = session.scalars(select(ApiKey.last_used_at)).one()
    assert used_at is not None
    assert utc_now() - used_at < timedelta(seconds=30)
