"""What a sign-in by a provider opens, and what it does not; and who has to come by it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete

from foundation.database import utc_now, worker_session
from identity import api_keys
from identity.errors import ForbiddenError, SignInError
from identity.models import IdentityProvider, Membership, Organization, Person
from identity.oidc import Arrived
from identity.opening import Admitted, open_api, open_browser
from identity.permissions import Permission, Role, may, require
from identity.principal import Origin, Principal, Visitor
from identity.resolving import authenticate, signed_in
from identity.work import working
from tests.identity.acting import trail_of
from tests.identity.oidc import world
from tests.identity.oidc.conftest import Sso

EMAIL = "someone@example.com"
HERE = Origin("203.0.113.7", "a browser")


def by_provider(sso: Sso, provider_id: UUID | None = None) -> str:
    """The cookie of someone who came by a provider."""
    outcome = sso.sign_in(EMAIL, provider_id)
    assert isinstance(outcome, Arrived)
    return open_browser(outcome.admitted, HERE)


def by_password(person_id: UUID) -> str:
    """The cookie of someone who has shown their password."""
    return open_browser(Admitted(person_id), HERE)


def inside(token: str) -> UUID | None:
    """The organization that the cookie opens at this moment."""
    found = signed_in(token)
    return found.organization_id if isinstance(found, Principal) else None


def principal(token: str) -> Principal:
    found = signed_in(token)
    assert isinstance(found, Principal)
    return found


@pytest.fixture
def agency(sso: Sso) -> UUID:
    assert sso
    return world.organization()


def test_the_installations_provider_opens_everything_of_a_persons(sso: Sso, agency: UUID) -> None:
    world.person(EMAIL, agency, role=Role.OWNER, super_admin=True)
    found = principal(by_provider(sso))
    assert (found.organization_id, found.role) == (agency, Role.OWNER)
    assert (found.confined, found.super_admin) == (False, True)


def test_the_installations_provider_does_not_stand_in_for_the_second_factor(sso: Sso, agency: UUID) -> None:
    mine = world.person(EMAIL, agency)
    world.change(Person, mine, totp_secret="sealed", totp_confirmed_at=utc_now())
    outcome = sso.sign_in(EMAIL)
    assert isinstance(outcome, Arrived)
    assert outcome.admitted.needs_second_factor is not None
    with pytest.raises(SignInError):
        open_browser(outcome.admitted, HERE)


def test_someone_new_is_a_visitor_until_they_make_an_organization(sso: Sso) -> None:
    found = signed_in(by_provider(sso))
    assert type(found) is Visitor
    assert (found.email, found.confined) == (EMAIL, False)


def test_an_organizations_provider_opens_it_alone(sso: Sso, agency: UUID) -> None:
    """Even of a person who is far more elsewhere."""
    elsewhere = world.organization("A first by name")
    world.person(EMAIL, agency, elsewhere, super_admin=True)
    found = principal(by_provider(sso, world.provider(sso.settings, agency)))
    assert (found.organization_id, found.confined, found.super_admin) == (agency, True, False)
    assert trail_of(agency)[-1].after == {"identity_provider": "lindenhof ID"}  # it says who vouched


def test_who_sets_up_a_provider_becomes_no_owner_by_it(sso: Sso, agency: UUID) -> None:
    """An administrator's own provider could call itself the owner."""
    mine = world.person(EMAIL, agency, role=Role.OWNER)
    found = principal(by_provider(sso, world.provider(sso.settings, agency)))
    assert (found.person_id, found.role) == (mine, Role.ADMIN)
    assert not may(found, Permission.ORGANIZATION_DELETE)
    with pytest.raises(ForbiddenError):
        require(found, Permission.ORGANIZATION_DELETE)
    assert principal(by_password(mine)).role is Role.OWNER


def test_where_a_provider_is_enforced_members_come_by_it_and_owners_as_they_like(
    sso: Sso, agency: UUID
) -> None:
    mine, owner = world.person(EMAIL, agency), world.person("owner@example.com", agency, role=Role.OWNER)
    elsewhere = world.organization("Zuletzt")
    with worker_session() as session:
        session.add(Membership(person_id=mine, organization_id=elsewhere, role="MEMBER"))
    before, of_owner = by_password(mine), by_password(owner)
    assert (inside(before), inside(of_owner)) == (agency, agency)
    provider_id = world.provider(sso.settings, agency, enforced=True)
    assert (inside(before), inside(of_owner)) == (None, agency)
    assert isinstance(signed_in(before), Visitor)  # signed in, but not in there
    assert inside(by_password(mine)) == elsewhere
    assert inside(by_provider(sso)) == elsewhere
    assert inside(by_provider(sso, provider_id)) == agency
    other = world.provider(sso.settings, agency, realm="second")
    assert inside(by_provider(sso, other)) == agency  # any of the organization's own
    world.change(IdentityProvider, provider_id, enabled=False)
    assert inside(before) == agency


def test_another_organizations_enforcement_is_not_ones_own(sso: Sso, agency: UUID) -> None:
    mine = world.person(EMAIL, agency)
    world.provider(sso.settings, world.organization("Elsewhere"), enforced=True)
    assert inside(by_password(mine)) == agency


def test_api_keys_work_on_where_a_provider_is_enforced(sso: Sso, agency: UUID) -> None:
    mine = world.person(EMAIL, agency, role=Role.ADMIN)
    with working(principal(by_password(mine))) as work:
        _, key = api_keys.create(work, "Key", {Permission.BRANDS_READ})
    world.provider(sso.settings, agency, enforced=True)
    found = authenticate(key)
    assert isinstance(found, Principal)
    assert found.organization_id == agency


@pytest.mark.parametrize("what", ["disabled", "provider deleted", "organization deleted", "member removed"])
@pytest.mark.parametrize("kind", ["browser", "api"])
def test_what_a_provider_opened_is_shut_with_it(sso: Sso, agency: UUID, what: str, kind: str) -> None:
    mine = world.person(EMAIL, agency)
    provider_id = world.provider(sso.settings, agency)
    outcome = sso.sign_in(EMAIL, provider_id)
    assert isinstance(outcome, Arrived)
    browser, api = open_browser(outcome.admitted, HERE), open_api(outcome.admitted, HERE).access_token
    assert inside(browser) == agency
    assert isinstance(authenticate(api), Principal)
    with worker_session() as session:
        if what == "disabled":
            session.get_one(IdentityProvider, provider_id).enabled = False
        elif what == "provider deleted":
            session.execute(delete(IdentityProvider))
        elif what == "member removed":
            session.execute(delete(Membership).where(Membership.person_id == mine))
        else:
            session.get_one(Organization, agency).deleted_at = utc_now() - timedelta(seconds=1)
    if kind == "browser":
        assert signed_in(browser) is None
    else:
        with pytest.raises(SignInError):
            authenticate(api)
    with pytest.raises(SignInError):
        open_browser(outcome.admitted, HERE)
