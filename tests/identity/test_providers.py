"""An organization's OpenID providers: who may set them up, with what, and that a secret never comes out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from foundation import keyring
from foundation.database import door_session, worker_session
from foundation.settings import Settings, get_settings
from identity import providers
from identity.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    TooManyTriesError,
)
from identity.limits import Limit
from identity.models import AuditEvent, IdentityProvider, Organization, ProviderIdentity, SignIn
from identity.oidc import discovery
from identity.oidc.provider import enabled, secret_context
from identity.permissions import Permission, Role, permissions_of
from identity.principal import Origin, Principal
from identity.work import at_the_door, working
from tests.foundation.web import serving
from tests.identity.oidc import world
from tests.identity.oidc.test_discovery import publish

SECRET = "the-client's-secret"
GIVEN: dict[str, Any] = {
    "name": "Lindenhof ID",
    "issuer": "https://login.example.com/realms/lindenhof",
    "client_id": "allin",
    "client_secret": SECRET,
}


def member(role: Role = Role.ADMIN, organization_id: UUID | None = None, **more: Any) -> Principal:
    """Someone who acts in an organization; of their own, if none is given."""
    home = organization_id or world.organization()
    person_id = world.person(f"{uuid4().hex}@example.com", home, role=role)
    return Principal(
        person_id=person_id,
        email="someone@example.com",
        name="",
        super_admin=False,
        session_id=None,
        confined=False,
        organization_id=home,
        organization_name="Lindenhof",
        role=role,
        **more,
    )


@pytest.fixture
def admin(settings: Settings) -> Principal:
    assert settings
    return member()


def made(who: Principal, **changes: Any) -> UUID:
    with working(who, Origin("203.0.113.7", "a browser")) as work:
        return providers.create(work, **{**GIVEN, **changes})


def changed(who: Principal, provider_id: UUID, **fields: Any) -> None:
    with working(who) as work:
        providers.update(work, provider_id, **fields)


def shown(who: Principal) -> list[providers.ProviderInfo]:
    with working(who) as work:
        return providers.listed(work)


def stored(provider_id: UUID) -> IdentityProvider:
    with worker_session() as session:
        return session.get_one(IdentityProvider, provider_id)


def trail() -> list[AuditEvent]:
    with worker_session() as session:
        return list(session.scalars(select(AuditEvent).order_by(AuditEvent.id)))


def test_a_provider_is_shown_as_it_was_set_up_and_says_what_to_register(admin: Principal) -> None:
    provider_id = made(admin, enforced=True, provision_role=Role.VIEWER)
    info = shown(admin)[0]
    assert (info.id, info.name, info.issuer) == (provider_id, GIVEN["name"], GIVEN["issuer"])
    assert (info.enforced, info.provision_role, info.enabled) == (True, Role.VIEWER, True)
    base = get_settings().public_url
    assert info.sign_in_url == f"{base}/sso/{provider_id}"
    assert info.redirect_uri == f"{base}/sso/callback/{admin.organization_id}"


def test_the_secret_is_encrypted_for_this_provider_and_never_comes_out(admin: Principal) -> None:
    provider_id = made(admin)
    changed(admin, provider_id, client_secret=SECRET + "2")
    row = stored(provider_id)
    assert SECRET not in row.client_secret
    ring = keyring.load(get_settings())
    assert ring.decrypt(row.client_secret, secret_context(provider_id)) == SECRET + "2"
    with pytest.raises(keyring.KeyRingError):
        ring.decrypt(row.client_secret, secret_context(uuid4()))
    told = repr(shown(admin)) + repr(row) + json.dumps([[e.before, e.after] for e in trail()])
    assert SECRET not in told
    assert row.client_secret not in told


def test_the_trail_tells_what_changed_and_who_did_it(admin: Principal) -> None:
    provider_id = made(admin)
    changed(admin, provider_id, enforced=True, name=GIVEN["name"])
    changed(admin, provider_id, client_secret="another")
    changed(admin, provider_id)
    with working(admin) as work:
        providers.delete(work, provider_id)
    lines = trail()
    assert [line.action for line in lines] == ["created", "updated", "updated", "deleted"]
    assert {(line.target_id, line.organization_id, line.person_id) for line in lines} == {
        (str(provider_id), admin.organization_id, admin.person_id)
    }
    assert lines[0].after == {**GIVEN, "client_secret": "(secret)"}
    assert (lines[1].before, lines[1].after) == ({"enforced": False}, {"enforced": True})
    assert (lines[2].before, lines[2].after) == ({"client_secret": "(secret)"},) * 2
    assert lines[3].before is not None
    assert lines[0].ip == "203.0.113.7"


CALLS: list[Callable[[Principal, UUID], object]] = [
    lambda who, _: shown(who),
    lambda who, _: made(who, name="Other"),
    lambda who, provider_id: changed(who, provider_id, name="Other"),
    lambda who, provider_id: in_work(who, providers.get, provider_id),
    lambda who, provider_id: in_work(who, providers.check, provider_id),
    lambda who, provider_id: in_work(who, providers.delete, provider_id),
]


def in_work(who: Principal, what: Callable[..., object], provider_id: UUID) -> object:
    with working(who) as work:
        return what(work, provider_id)


@pytest.mark.parametrize("call", CALLS)
def test_only_administrators_manage_them(admin: Principal, call: Callable[[Principal, UUID], object]) -> None:
    provider_id, home = made(admin), admin.organization_id
    lower = [member(role, home) for role in (Role.EDITOR, Role.MEMBER, Role.VIEWER, Role.CLIENT)]
    limited = member(Role.ADMIN, home, brand_ids=frozenset({uuid4()}))
    key = member(Role.OWNER, home, scopes=frozenset({Permission.MEMBERS_MANAGE}), api_key_id=uuid4())
    for who in (*lower, limited, key):
        with pytest.raises(ForbiddenError):
            call(who, provider_id)
    assert [info.name for info in shown(admin)] == [GIVEN["name"]]


@pytest.mark.parametrize("call", CALLS[2:])
def test_another_organizations_are_not_there(
    admin: Principal, call: Callable[[Principal, UUID], object]
) -> None:
    theirs = made(member(Role.OWNER))
    with pytest.raises(NotFoundError):
        call(admin, theirs)
    assert shown(admin) == []
    assert stored(theirs).name == GIVEN["name"]


ISSUERS = [
    *("", "login.example.com", "http://login.example.com", "//login.example.com", "https://", "https:///x"),
    *("https://user:pw@login.example.com", "https://login.example.com/?x=1", "https://login.example.com/?"),
    *("https://login.example.com/#", "https://a b.example.com", "https://lögin.example.com", "https://[x"),
    *("https://login.example.com/\nx", "https://x\0.example.com", f"https://{'x' * 500}.example.com"),
    *("javascript:alert(1)", "http://127.0.0.1:1", "https://login.example.com:port"),
]
UNFIT: list[tuple[str, Any]] = [
    *(("issuer", issuer) for issuer in ISSUERS),
    *(("name", ""), ("name", "x" * 101), ("name", "a\nb"), ("name", "x" * 1_000_000)),
    *(("client_id", ""), ("client_id", "a b"), ("client_id", "x" * 256), ("client_id", "ä")),
    *(("client_secret", ""), ("client_secret", " "), ("client_secret", "x" * 1001), ("client_secret", "\0")),
    *(("provision_role", Role.OWNER), ("provision_role", Role.CLIENT)),
]


def test_what_can_not_be_used_is_named_and_not_repeated(admin: Principal) -> None:
    provider_id = made(admin)
    for field, value in UNFIT:
        for refuse in (
            lambda given: made(admin, **given),
            lambda given: changed(admin, provider_id, **{"client_secret": "x", **given}),
        ):
            with pytest.raises(InvalidError) as refused:
                refuse({field: value})
            assert (value, refused.value.field) == (value, field)
            assert "x" * 50 not in str(refused.value)
    assert [info.issuer for info in shown(admin)] == [GIVEN["issuer"]]


def test_an_issuer_is_kept_to_the_letter(admin: Principal) -> None:
    for issuer in (
        "https://login.example.com",
        "https://login.example.com/",
        "https://login.example.com:8443/a/b/",
    ):
        assert stored(made(admin, name=issuer, issuer=f" {issuer} ")).issuer == issuer


def test_a_new_issuer_is_not_sent_the_old_secret(admin: Principal) -> None:
    """Or an administrator could have it sent to themselves."""
    provider_id = made(admin)
    with pytest.raises(InvalidError) as refused:
        changed(admin, provider_id, issuer="https://evil.example.com")
    assert refused.value.field == "client_secret"
    changed(admin, provider_id, issuer=GIVEN["issuer"])
    changed(admin, provider_id, issuer="https://new.example.com", client_secret="new")
    assert stored(provider_id).issuer == "https://new.example.com"


ADMINS = permissions_of(Role.ADMIN, limited=False)


@pytest.mark.parametrize(
    "narrowed",
    [
        {"scopes": frozenset({Permission.PROVIDERS_MANAGE})},
        {"scopes": ADMINS - {Permission.POSTS_WRITE}},
        {"scopes": ADMINS, "account_ids": frozenset({uuid4()})},
    ],
)
def test_a_key_that_holds_less_than_an_administrator_makes_none_by_a_provider(
    admin: Principal, narrowed: dict[str, Any]
) -> None:
    """A provider says who people are; its owner could be anybody in the organization."""
    provider_id = made(admin)
    key = member(Role.OWNER, admin.organization_id, api_key_id=uuid4(), **narrowed)
    assert [info.id for info in shown(key)] == [provider_id]
    for change in (lambda: made(key, name="Other"), lambda: changed(key, provider_id, name="Other")):
        with pytest.raises(ForbiddenError):
            change()
    assert made(member(Role.ADMIN, admin.organization_id, api_key_id=uuid4(), scopes=ADMINS), name="Other")


def test_a_role_to_invite_with_can_be_taken_away(admin: Principal) -> None:
    provider_id = made(admin, provision_role=Role.ADMIN)
    changed(admin, provider_id, enabled=True)
    assert stored(provider_id).provision_role == "ADMIN"
    changed(admin, provider_id, provision_role=None)
    assert stored(provider_id).provision_role is None


def test_names_are_an_organizations_own(admin: Principal) -> None:
    first, second = made(admin), made(admin, name="Second")
    for clash in (lambda: made(admin), lambda: changed(admin, second, name=GIVEN["name"])):
        with pytest.raises(ConflictError) as refused:
            clash()
        assert refused.value.field == "name"
    made(member())
    assert [info.id for info in shown(admin)] == [first, second]


def test_a_deleted_provider_takes_its_sessions_and_identities_with_it(admin: Principal) -> None:
    provider_id = made(admin)
    of_it = {
        "person_id": admin.person_id,
        "organization_id": admin.organization_id,
        "provider_id": provider_id,
    }
    with worker_session() as session:
        session.add(SignIn(**of_it, kind="browser", expires_at="2030-01-01T00:00Z"))
        session.add(SignIn(person_id=admin.person_id, kind="browser", expires_at="2030-01-01T00:00Z"))
        session.add(ProviderIdentity(**of_it, issuer=GIVEN["issuer"], subject="s"))
    with working(admin) as work:
        providers.delete(work, provider_id)
    with worker_session() as session:
        assert [found.provider_id for found in session.scalars(select(SignIn))] == [None]
        assert session.scalars(select(ProviderIdentity)).all() == []


def test_enforcement_is_found_where_it_holds(admin: Principal) -> None:
    home, other = admin.organization_id, member()
    provider_id = made(admin, enforced=True)
    made(admin, name="Not enforced")
    made(other)
    with door_session() as session:
        found = providers.enforced_for(session, home)
        assert found is not None
        assert found.id == provider_id
        assert providers.enforced_for(session, other.organization_id) is None
    changed(admin, provider_id, enabled=False)
    with door_session() as session:
        assert providers.enforced_for(session, home) is None


def test_a_test_of_a_provider_says_how_it_went_in_one_line(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the sandbox's address, which is open to organizations in the demo."""
    assert settings
    with serving() as server:
        monkeypatch.setenv("ALLIN_SANDBOX_PORT", str(server.port))
        get_settings.cache_clear()
        admin = member()
        provider_id = made(admin, issuer=server.url)
        publish(server)
        result = in_work(admin, providers.check, provider_id)
        assert result == providers.CheckResult(
            ok=True, message=f"{server.url} answers, and signs with RS256."
        )
        publish(server, issuer="https://elsewhere.example.com")
        result = in_work(admin, providers.check, provider_id)
        assert isinstance(result, providers.CheckResult)
        assert (result.ok, "another issuer" in result.message) == (False, True)
        private = made(admin, name="Private", issuer=f"https://127.0.0.1:{server.port}")
        before = server.connections
        result = in_work(admin, providers.check, private)
        assert isinstance(result, providers.CheckResult)
        assert (result.ok, "public internet" in result.message) == (False, True)
        assert server.connections == before
    discovery._kept.clear()


def test_a_deleted_organizations_provider_is_nobodys(admin: Principal) -> None:
    provider_id = made(admin, enforced=True)
    world.change(Organization, admin.organization_id, deleted_at="2026-01-01T00:00Z")
    with at_the_door() as door:
        assert enabled(door, provider_id) is None


def test_a_provider_is_tried_out_now_and_then_only(admin: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "CHECKS", Limit("provider_check", 1, 60))
    private = made(admin, issuer="https://127.0.0.1:9/private")
    in_work(admin, providers.check, private)
    with pytest.raises(TooManyTriesError):
        in_work(admin, providers.check, private)
