"""Browser sessions: who opens one, whom it lets in where, and how it ends."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import argon2
import pytest
from sqlalchemy import event, select, update

from foundation.database import Role as DatabaseRole
from foundation.database import Tenant, engine, tenant_session, utc_now, worker_session
from foundation.settings import Settings
from identity import limits
from identity.audit import Action
from identity.brands import brands
from identity.errors import ForbiddenError, NotFoundError, SignInError, TooManyTriesError
from identity.models import IdentityProvider, Membership, Organization, Person, SessionToken, SignIn
from identity.passwords import UNUSABLE, hash_password
from identity.permissions import Role
from identity.principal import Origin, Principal, Visitor
from identity.sessions import (
    Admitted,
    SessionInfo,
    admit,
    end_session,
    enter,
    open_browser,
    sessions_of,
    sign_in,
    sign_out,
    sign_out_everywhere,
    signed_in,
)
from identity.signing_in import PER_ADDRESS, PER_NETWORK
from tests.identity.acting import ORIGIN, trail_of
from tests.identity.people import PASSWORD, add_brand, add_member, add_person, cookie_for, join

pytestmark = pytest.mark.usefixtures("settings")


def opened(email: str = "owner@example.com", password: str = PASSWORD, origin: Origin = ORIGIN) -> str:
    """The cookie of someone who has gone the whole way."""
    return open_browser(sign_in(email, password, origin), origin)


def member(token: str) -> Principal:
    found = signed_in(token)
    assert isinstance(found, Principal)
    return found


def is_visitor(token: str) -> bool:
    """Whether the session is open, but in no organization."""
    return type(signed_in(token)) is Visitor


def add_provider(organization_id: UUID, *, enforced: bool = False) -> UUID:
    provider_id = uuid4()
    with worker_session() as session:
        session.add(
            IdentityProvider(
                id=provider_id,
                organization_id=organization_id,
                name="Company ID",
                issuer="https://id.example",
                client_id="x",
                client_secret="k.sealed",
                enforced=enforced,
            )
        )
    return provider_id


def change(model: type[Person | Organization | IdentityProvider], row_id: UUID, **values: object) -> None:
    with worker_session() as session:
        session.execute(update(model).where(model.id == row_id).values(**values))


def leave(person_id: UUID, organization_id: UUID) -> None:
    with worker_session() as session:
        session.delete(session.get_one(Membership, (person_id, organization_id)))


def confined_session(person_id: UUID, organization_id: UUID, provider_id: UUID) -> str:
    admitted = Admitted(person_id, organization_id=organization_id, provider_id=provider_id)
    return open_browser(admitted, ORIGIN)


# Signing in


def test_the_right_password_opens_a_session_of_the_persons_organization() -> None:
    person_id, organization_id = add_person(role=Role.EDITOR)
    principal = member(opened(" Owner@Example.com "))
    assert (principal.person_id, principal.organization_id) == (person_id, organization_id)
    assert (principal.role, principal.organization_name) == (Role.EDITOR, "Lindenhof Agency")
    assert (principal.confined, principal.brand_ids, principal.scopes) == (False, None, None)


def test_the_session_begins_in_the_first_organization_by_name_that_lets_them_in() -> None:
    person_id, _ = add_person(organization="Zephyr")
    ids = {
        name: add_person(f"{name.lower()}@example.com", organization=name)[1]
        for name in ("Alpha", "Beta", "Gamma")
    }
    for organization_id in ids.values():
        join(person_id, organization_id)
    change(Organization, ids["Alpha"], deleted_at=utc_now())
    add_provider(ids["Beta"], enforced=True)
    assert member(opened()).organization_id == ids["Gamma"]


def test_wrong_password_and_unknown_address_are_refused_alike() -> None:
    add_person()
    said = set()
    for email, password in (("owner@example.com", "wrong"), ("nobody@example.com", PASSWORD)):
        with pytest.raises(SignInError) as refusal:
            sign_in(email, password, ORIGIN)
        said.add((str(refusal.value), refusal.value.field))
    assert len(said) == 1


@pytest.mark.parametrize(
    "odd", ["\0", "owner@example.com\0", "\ud800", "owner@example.com\udfff", "x" * 10**6]
)
def test_what_cannot_be_stored_is_an_unknown_address_or_a_wrong_password(odd: str) -> None:
    add_person()
    for email, password in ((odd, PASSWORD), ("owner@example.com", odd)):
        with pytest.raises(SignInError):
            sign_in(email, password, ORIGIN)


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("nobody@example.com", "wrong"),
        ("nobody\0@example.com", "wrong"),
        ("nobody\ud800@example.com", "wrong"),
        ("no address", "wrong"),
        ("owner@example.com", "wrong\ud800"),
        ("gone@example.com", "wrong"),
    ],
)
def test_every_refusal_does_the_work_of_one_hash_and_writes_one_line(
    email: str, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the answer takes is the hash, and then the line of the trail: one each, whoever is asked for."""
    add_person()
    gone, _ = add_person("gone@example.com")
    change(Person, gone, password_hash=UNUSABLE)
    with pytest.raises(SignInError):
        sign_in("nobody@example.com", "x", ORIGIN)  # the first stranger makes the hash that is compared
    computed: list[str] = []
    verify = argon2.PasswordHasher.verify

    def counted(hasher: argon2.PasswordHasher, encoded: str, given: str | bytes) -> bool:
        computed.append(encoded.rsplit("$", 2)[0])
        return bool(verify(hasher, encoded, given))

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counted)
    statements: list[list[str]] = []
    for asked, word in (("owner@example.com", "wrong"), (email, password)):
        with counting() as executed, pytest.raises(SignInError):
            sign_in(asked, word, ORIGIN)
        statements.append([statement for statement in executed if "people" not in statement])
    assert len(computed) == 2
    assert computed[0] == computed[1]  # by the same parameters
    assert statements[0] == statements[1]
    assert sum("audit_events" in statement for statement in statements[0]) == 1


def test_no_password_fits_an_unusable_one() -> None:
    person_id, _ = add_person()
    change(Person, person_id, password_hash=UNUSABLE)
    for word in (PASSWORD, UNUSABLE, ""):
        with pytest.raises(SignInError):
            sign_in("owner@example.com", word, ORIGIN)


def test_a_password_is_the_same_however_the_keyboard_writes_its_accents() -> None:
    person_id, _ = add_person()
    change(Person, person_id, password_hash=hash_password("e\u0301te\u0301 a\u0300 la mer"))
    assert sign_in("owner@example.com", "\u00e9t\u00e9 \u00e0 la mer", ORIGIN).person_id == person_id


def test_after_five_tries_of_an_address_from_one_machine_even_the_right_password_waits() -> None:
    add_person()
    for _ in range(5):
        with pytest.raises(SignInError):
            sign_in("owner@example.com", "wrong", ORIGIN)
    with pytest.raises(TooManyTriesError) as refusal:
        sign_in(" OWNER@example.com", PASSWORD, ORIGIN)
    assert 0 < refusal.value.retry_after_s <= 900
    assert sign_in("owner@example.com", PASSWORD, Origin("192.0.2.8")).person_id  # from elsewhere it is fine


def test_a_success_forgets_the_failures_before_it() -> None:
    add_person()
    for _ in range(2):
        for _ in range(3):
            with pytest.raises(SignInError):
                sign_in("owner@example.com", "wrong", ORIGIN)
        assert sign_in("owner@example.com", PASSWORD, ORIGIN).person_id


@pytest.mark.parametrize(("limit", "key"), [(PER_NETWORK, "192.0.2.7"), (PER_ADDRESS, "owner@example.com")])
def test_many_addresses_from_one_machine_and_one_address_from_many_are_limited_too(
    limit: limits.Limit, key: str
) -> None:
    add_person()
    for _ in range(limit.count - 1):
        limits.count(limit, key)
    assert sign_in("owner@example.com", PASSWORD, ORIGIN).person_id
    assert sign_in("owner@example.com", PASSWORD, ORIGIN).person_id  # what is right counts for nothing
    limits.count(limit, key)
    with pytest.raises(TooManyTriesError):
        sign_in("owner@example.com", PASSWORD, ORIGIN)


def test_failures_and_successes_are_in_the_trail_of_the_organization() -> None:
    person_id, organization_id = add_person()
    with pytest.raises(SignInError):
        sign_in("owner@example.com", "wrong", ORIGIN)
    opened()
    failed, succeeded = trail_of(organization_id)
    assert (failed.action, failed.person_id, failed.actor, failed.target_id) == (
        Action.SIGN_IN_FAILED, None, "owner@example.com", str(person_id),
    )  # fmt: skip
    assert (succeeded.action, succeeded.person_id, succeeded.ip) == (Action.SIGNED_IN, person_id, ORIGIN.ip)
    assert succeeded.user_agent == ORIGIN.user_agent


def test_what_a_stranger_typed_is_written_nowhere() -> None:
    with pytest.raises(SignInError):
        sign_in("my secret password", "x", ORIGIN)
    (line,) = trail_of(None)
    assert "secret" not in str(vars(line))


# Opening


def test_a_password_that_was_changed_meanwhile_opens_nothing() -> None:
    person_id, _ = add_person()
    admitted = sign_in("owner@example.com", PASSWORD, ORIGIN)
    change(Person, person_id, password_hash=UNUSABLE)
    with pytest.raises(SignInError):
        open_browser(admitted, ORIGIN)
    vouched_for = admit(person_id, ORIGIN)
    assert member(open_browser(vouched_for, ORIGIN)).person_id == person_id


def test_nobody_who_still_has_to_show_a_code_opens_anything() -> None:
    person_id, _ = add_person()
    with pytest.raises(SignInError):
        open_browser(Admitted(person_id, "challenge"), ORIGIN)
    with pytest.raises(SignInError):
        open_browser(Admitted(uuid4()), ORIGIN)


def test_opening_clears_the_persons_expired_sessions_alone() -> None:
    owner, _ = add_person()
    other, _ = add_person("other@example.com")
    old, others, current = (cookie_for(f"{name}@example.com") for name in ("owner", "other", "owner"))
    for token in (old, others):
        age(token)
    new = cookie_for("owner@example.com")
    with worker_session() as session:
        assert sorted(session.scalars(select(SignIn.person_id))) == sorted([owner, owner, other])
    assert member(current).person_id == member(new).person_id == owner


def age(token: str) -> None:
    """Let the token's session run out."""
    owner = select(SessionToken.session_id).where(SessionToken.token_hash == sha256(token))
    with worker_session() as session:
        session.execute(
            update(SignIn)
            .where(SignIn.id == owner.scalar_subquery())
            .values(expires_at=utc_now() - timedelta(seconds=1))
        )


def sha256(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def test_of_the_token_only_the_digest_is_stored() -> None:
    add_person()
    token = cookie_for("owner@example.com")
    assert len(token) >= 43  # 256 bits
    with worker_session() as session:
        assert session.scalars(select(SessionToken.token_hash)).all() == [sha256(token)]


# Whose request it is


@contextmanager
def counting() -> Iterator[list[str]]:
    """The statements that the door sends meanwhile."""
    executed: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        executed.append(statement)

    doors = [engine(DatabaseRole.DOOR, autocommit=autocommit) for autocommit in (True, False)]
    for door in doors:
        event.listen(door, "before_cursor_execute", note)
    try:
        yield executed
    finally:
        for door in doors:
            event.remove(door, "before_cursor_execute", note)


def test_who_asks_is_answered_by_one_statement() -> None:
    add_person()
    token = cookie_for("owner@example.com")
    with counting() as executed:
        member(token)
    assert len(executed) == 1


def test_when_a_session_was_seen_is_noted_once_a_minute() -> None:
    add_person()
    token = cookie_for("owner@example.com")

    def seen(at: datetime | None = None) -> datetime:
        with worker_session() as session:
            if at is not None:
                session.execute(update(SignIn).values(last_seen_at=at))
            return session.scalars(select(SignIn.last_seen_at)).one()

    recent = seen(utc_now() - timedelta(seconds=50))
    member(token)
    assert seen() == recent
    long_ago = seen(utc_now() - timedelta(seconds=61))
    member(token)
    assert seen() - long_ago > timedelta(seconds=60)


@pytest.mark.parametrize("token", [None, "", "x", "a" * 43, "\0", "\ud800"])
def test_a_made_up_token_opens_nothing(token: str | None) -> None:
    add_person()
    cookie_for("owner@example.com")
    assert signed_in(token) is None


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (SignIn, {"expires_at": utc_now() - timedelta(seconds=1)}),
        (SignIn, {"revoked_at": utc_now()}),
        (SessionToken, {"expires_at": utc_now() - timedelta(seconds=1)}),
    ],
)
def test_an_expired_or_revoked_session_is_no_session(
    model: type[SignIn | SessionToken], change: dict[str, object]
) -> None:
    add_person()
    token = cookie_for("owner@example.com")
    assert signed_in(token) is not None
    with worker_session() as session:
        session.execute(update(model).values(**change))
    assert signed_in(token) is None


def test_who_lost_the_membership_is_out_of_the_organization_at_once() -> None:
    person_id, organization_id = add_person()
    token = opened()
    leave(person_id, organization_id)
    assert is_visitor(token)
    assert is_visitor(opened())


def test_who_lost_the_organization_is_a_visitor_until_it_is_back() -> None:
    _, organization_id = add_person()
    token = cookie_for("owner@example.com")
    change(Organization, organization_id, deleted_at=utc_now())
    assert is_visitor(token)
    change(Organization, organization_id, deleted_at=None)
    assert member(token).organization_id == organization_id


def test_a_member_who_is_limited_sees_their_brands_alone_and_without_any_nothing() -> None:
    _, organization_id = add_person()
    mine, other = add_brand(organization_id), add_brand(organization_id, "Other")
    add_member(organization_id, "client@example.com", Role.CLIENT, [mine])
    principal = member(cookie_for("client@example.com"))
    assert principal.brand_ids == frozenset({mine})
    assert other not in (principal.tenant.brand_ids or ())
    add_member(organization_id, "nothing@example.com", Role.VIEWER, [])
    assert member(cookie_for("nothing@example.com")).brand_ids == frozenset()


def test_where_a_provider_is_enforced_the_password_no_longer_lets_members_in_but_owners() -> None:
    _, organization_id = add_person()
    add_member(organization_id, "admin@example.com", Role.ADMIN)
    owner, admin = cookie_for("owner@example.com"), cookie_for("admin@example.com")
    provider_id = add_provider(organization_id)
    assert member(admin).role is Role.ADMIN
    change(IdentityProvider, provider_id, enforced=True)
    assert is_visitor(admin)
    assert is_visitor(cookie_for("admin@example.com"))
    assert member(owner).role is Role.OWNER
    assert member(cookie_for("owner@example.com")).role is Role.OWNER
    with pytest.raises(ForbiddenError):
        enter(signed_in_as(admin), organization_id, ORIGIN)
    change(IdentityProvider, provider_id, enabled=False)
    assert member(admin).role is Role.ADMIN


def signed_in_as(token: str) -> Visitor:
    found = signed_in(token)
    assert found is not None
    return found


# Confined to the organization whose provider vouched for them


def test_a_provider_opens_its_own_organization_even_where_it_is_enforced() -> None:
    person_id, organization_id = add_person(role=Role.EDITOR, organization="Zephyr")
    join(person_id, add_person("other@example.com", organization="Alpha")[1])
    change(Person, person_id, super_admin=True)
    provider_id = add_provider(organization_id, enforced=True)
    token = confined_session(person_id, organization_id, provider_id)
    principal = member(token)
    assert (principal.organization_id, principal.confined) == (organization_id, True)
    assert principal.super_admin is False  # a provider's word gives nothing beyond its organization
    assert [session.current for session in sessions_of(principal)] == [True]


def test_by_an_organizations_provider_an_owner_is_no_more_than_an_administrator() -> None:
    """An administrator can set up a provider that says of them that they are the owner."""
    person_id, organization_id = add_person()
    token = confined_session(person_id, organization_id, add_provider(organization_id))
    assert member(token).role is Role.ADMIN


def test_a_confined_session_is_over_with_the_membership_the_organization_or_the_provider() -> None:
    person_id, organization_id = add_person()
    provider_id = add_provider(organization_id)
    token = confined_session(person_id, organization_id, provider_id)
    for model, row_id, off, on in (
        (IdentityProvider, provider_id, {"enabled": False}, {"enabled": True}),
        (Organization, organization_id, {"deleted_at": utc_now()}, {"deleted_at": None}),
    ):
        assert member(token)
        change(model, row_id, **off)
        assert signed_in(token) is None
        change(model, row_id, **on)
    leave(person_id, organization_id)
    assert signed_in(token) is None


def test_a_provider_opens_neither_a_strangers_session_nor_another_organization() -> None:
    person_id, organization_id = add_person()
    stranger, elsewhere = add_person("other@example.com", organization="Other")
    provider_id = add_provider(organization_id)
    for who, where in ((stranger, organization_id), (stranger, elsewhere), (person_id, elsewhere)):
        with pytest.raises(SignInError):
            confined_session(who, where, provider_id)
    change(IdentityProvider, provider_id, enabled=False)
    with pytest.raises(SignInError):
        confined_session(person_id, organization_id, provider_id)


def test_whoever_is_confined_touches_nothing_of_the_person() -> None:
    person_id, organization_id = add_person()
    own = cookie_for("owner@example.com")
    _, elsewhere = add_person("other@example.com", organization="Other")
    join(person_id, elsewhere)
    confined = member(confined_session(person_id, organization_id, add_provider(organization_id)))
    with pytest.raises(ForbiddenError):
        enter(confined, elsewhere, ORIGIN)
    with pytest.raises(ForbiddenError):
        sign_out_everywhere(confined, ORIGIN)
    with pytest.raises(NotFoundError):
        end_session(confined, current(own).id, ORIGIN)
    assert signed_in(own) is not None


# Going elsewhere, and leaving


def current(token: str) -> SessionInfo:
    (found,) = [session for session in sessions_of(signed_in_as(token)) if session.current]
    return found


def test_going_to_another_of_ones_organizations() -> None:
    person_id, first = add_person(organization="Alpha")
    _, second = add_person("other@example.com", organization="Beta")
    join(person_id, second, Role.VIEWER)
    token, other = cookie_for("owner@example.com"), cookie_for("owner@example.com")
    enter(member(token), second, ORIGIN)
    assert (member(token).organization_id, member(token).role) == (second, Role.VIEWER)
    assert member(other).organization_id == first
    assert trail_of(second)[-1].action == Action.SIGNED_IN


def test_nobody_goes_where_they_are_no_member_or_where_nobody_is() -> None:
    _, mine = add_person()
    _, elsewhere = add_person("other@example.com", organization="Other")
    principal = member(cookie_for("owner@example.com"))
    change(Organization, mine, deleted_at=utc_now())
    for place in (elsewhere, mine, uuid4()):
        with pytest.raises(NotFoundError):
            enter(principal, place, ORIGIN)


def test_signing_out_ends_that_session_alone() -> None:
    person_id, organization_id = add_person()
    first, second = cookie_for("owner@example.com"), cookie_for("owner@example.com")
    sign_out(first, ORIGIN)
    for nothing in (first, "unknown", "", None, "\ud800"):
        sign_out(nothing, ORIGIN)
    assert signed_in(first) is None
    assert signed_in(second) is not None
    told = [line for line in trail_of(organization_id) if line.action == Action.SIGNED_OUT]
    assert [(line.person_id, line.ip) for line in told] == [(person_id, ORIGIN.ip)]


@pytest.mark.parametrize("keep", [True, False])
def test_signing_out_everywhere_ends_all_of_the_persons_sessions(keep: bool) -> None:
    add_person()
    _, organization_id = add_person("other@example.com")
    mine, mine_too, other = (cookie_for(f"{name}@example.com") for name in ("owner", "owner", "other"))
    sign_out_everywhere(member(mine), ORIGIN, keep_session=keep)
    assert [signed_in(token) is not None for token in (mine, mine_too, other)] == [keep, False, True]
    assert [line.action for line in trail_of(organization_id)] == [Action.SIGNED_IN]


def test_people_see_and_end_their_own_sessions_alone() -> None:
    add_person()
    add_person("other@example.com")
    mine, mine_too, other = (cookie_for(f"{name}@example.com") for name in ("owner", "owner", "other"))
    listed = sessions_of(member(mine))
    assert {(session.id, session.current) for session in listed} == {
        (current(mine).id, True),
        (current(mine_too).id, False),
    }
    assert {(session.kind, session.organization) for session in listed} == {("browser", "Lindenhof Agency")}
    with pytest.raises(NotFoundError):
        end_session(member(mine), current(other).id, ORIGIN)
    end_session(member(mine), current(mine_too).id, ORIGIN)
    assert [signed_in(token) is not None for token in (mine, mine_too, other)] == [True, False, True]
    assert len(sessions_of(member(mine))) == 1


def test_brands_are_those_of_the_organization_alone(settings: Settings) -> None:
    _, mine = add_person()
    _, other = add_person("other@example.com", organization="Other")
    add_brand(mine, "Zephyr")
    add_brand(mine, "Aurora")
    add_brand(other, "Foreign")
    with tenant_session(Tenant(mine), settings) as session:
        assert [brand.name for brand in brands(session)] == ["Aurora", "Zephyr"]
    with tenant_session(Tenant(uuid4()), settings) as session:
        assert brands(session) == []
