"""Who comes in of those a provider vouches for, and how little the answers tell."""

from __future__ import annotations

import threading
from uuid import UUID

import pytest
from sqlalchemy import delete, select

from foundation.database import worker_session
from foundation.settings import get_settings
from identity.errors import SignInError
from identity.models import IdentityProvider, Invitation, Membership, Organization, Person
from identity.oidc import Arrived, InvitationSent
from identity.passwords import UNUSABLE
from identity.permissions import Role
from mail.models import QueuedEmail
from tests.identity.oidc import world
from tests.identity.oidc.conftest import Sso, entered

EMAIL = "someone@example.com"


def refusal(sso: Sso, email: str, provider_id: UUID | None = None) -> str:
    """The words that somebody is refused with."""
    with pytest.raises(SignInError) as refused:
        sso.sign_in(email, provider_id)
    return str(refused.value)


def open_invitations() -> list[tuple[str, str, UUID | None]]:
    query = select(Invitation.email, Invitation.role, Invitation.provider_id)
    with worker_session() as session:
        return [(row[0], row[1], row[2]) for row in session.execute(query)]


def emails() -> list[str]:
    with worker_session() as session:
        return list(session.scalars(select(QueuedEmail.to_address)))


class TestTheInstallationsProvider:
    def test_lets_in_who_has_the_address_and_knows_them_from_then_on(self, sso: Sso) -> None:
        mine = world.person(EMAIL, world.organization())
        assert entered(sso.sign_in("Someone@Example.COM")) == (mine, None, None, "/")
        assert world.identities() == [(mine, None)]
        world.change(Person, mine, email="renamed@example.com")
        other = world.person(EMAIL)
        assert entered(sso.sign_in("Someone@Example.COM")) == (mine, None, None, "/")
        assert other not in dict(world.identities())

    def test_makes_an_account_without_a_password_where_registration_is_open(self, sso: Sso) -> None:
        first = sso.sign_in(EMAIL, name="Some One")
        assert isinstance(first, Arrived)
        assert entered(sso.sign_in(EMAIL)) == entered(first)
        with worker_session() as session:
            made = session.get_one(Person, first.admitted.person_id)
            assert (made.email, made.name, made.password_hash) == (EMAIL, "Some One", UNUSABLE)
            assert session.scalars(select(Membership)).all() == []
        assert [line[:2] for line in world.trail()] == [("created", "person"), ("created", "identity")]

    @pytest.mark.parametrize("name", ["", "\u202e", "x" * 5000])
    def test_does_without_a_name_that_can_not_be_used(self, sso: Sso, name: str) -> None:
        come = sso.sign_in(EMAIL, name=name)
        assert isinstance(come, Arrived)
        with worker_session() as session:
            assert len(session.get_one(Person, come.admitted.person_id).name) < 300

    def test_closed_registration_stays_closed(self, closed: Sso) -> None:
        refusal(closed, EMAIL)
        assert world.people() == {}
        assert world.trail() == [("sign_in_failed", "identity_provider", None)]
        known = world.person("known@example.com")
        assert entered(closed.sign_in("known@example.com")) == (known, None, None, "/")

    def test_an_invitation_opens_it_for_one_address(self, closed: Sso) -> None:
        world.invitation(EMAIL, world.organization())
        refusal(closed, "another@example.com")
        assert isinstance(closed.sign_in(EMAIL), Arrived)
        assert list(world.people()) == [EMAIL]

    @pytest.mark.parametrize("state", ["expired", "accepted", "revoked", "of a deleted organization"])
    def test_an_invitation_that_no_longer_holds_opens_nothing(self, closed: Sso, state: str) -> None:
        home = world.organization()
        dead = {f"{state}_at": "2026-01-01T00:00Z"} if state in ("accepted", "revoked") else {}
        world.invitation(EMAIL, home, days=-1 if state == "expired" else 7, **dead)
        if state == "of a deleted organization":
            world.change(Organization, home, deleted_at="2026-01-01T00:00Z")
        refusal(closed, EMAIL)
        assert world.people() == {}

    @pytest.mark.parametrize("mischief", ["unverified_email", "no_email"])
    def test_believes_verified_addresses_alone(self, sso: Sso, mischief: str) -> None:
        world.person(EMAIL)
        for _ in range(2):  # neither of somebody new here, nor of somebody known
            sso.arm(mischief)
            refusal(sso, EMAIL)
            assert isinstance(sso.sign_in(EMAIL), Arrived)

    @pytest.mark.parametrize(
        "email", ["аdmin@example.com", "x@y\u0000.com", f"{'x' * 300}@example.com", "a@b"]
    )
    def test_an_address_that_could_not_register_gets_no_account(self, sso: Sso, email: str) -> None:
        refusal(sso, email)
        assert world.people() == {}

    def test_two_first_times_at_once_make_one_person(self, sso: Sso) -> None:
        trips = [sso.begin() for _ in range(4)]
        answers = [(sealed, sso.typed(url, EMAIL)) for url, sealed in trips]
        outcomes: list[object] = []
        start = threading.Barrier(len(answers))

        def come_back(sealed: str, answer: dict[str, str]) -> None:
            start.wait()
            outcomes.append(entered(sso.finish(sealed, answer)))

        threads = [threading.Thread(target=come_back, args=each) for each in answers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        person_id = world.people()[EMAIL]
        assert outcomes == [(person_id, None, None, "/")] * 4
        assert world.identities() == [(person_id, None)]


class TestAnOrganizationsProvider:
    def test_lets_members_into_this_organization_alone(self, sso: Sso) -> None:
        home, elsewhere = world.organization(), world.organization("Elsewhere")
        mine = world.person(EMAIL, home, elsewhere)
        provider_id = world.provider(sso.settings, home)
        for _ in range(2):
            assert entered(sso.sign_in(EMAIL, provider_id)) == (mine, home, provider_id, "/")
        assert world.identities() == [(mine, provider_id)]
        assert ("created", "identity", home) in world.trail()

    def test_lets_in_nobody_else_keeps_nothing_of_them_and_tells_nothing(self, sso: Sso) -> None:
        home, elsewhere = world.organization(), world.organization("Elsewhere")
        provider_id = world.provider(sso.settings, home)
        world.person("admin@example.com", elsewhere, role=Role.OWNER, super_admin=True)
        words = {refusal(sso, email, provider_id) for email in ("admin@example.com", "nobody@example.com")}
        assert len(words) == 1
        assert world.identities() == []
        assert list(world.people()) == ["admin@example.com"]
        assert open_invitations() == []

    def test_does_not_speak_for_another_organizations_even_when_they_have_the_same(self, sso: Sso) -> None:
        home, elsewhere = world.organization(), world.organization("Elsewhere")
        mine = world.person(EMAIL, home)
        first = world.provider(sso.settings, home)
        second = world.provider(sso.settings, elsewhere)
        assert isinstance(sso.sign_in(EMAIL, first), Arrived)
        refusal(sso, EMAIL, second)
        assert world.identities() == [(mine, first)]

    def test_an_answer_for_one_provider_is_none_for_another(self, sso: Sso) -> None:
        """Whoever runs a provider can't use its word for somebody else's."""
        home, elsewhere = world.organization(), world.organization("Elsewhere")
        world.person(EMAIL, elsewhere)
        mine = world.provider(sso.settings, home, realm="mine")
        theirs = world.provider(sso.settings, elsewhere, realm="theirs")
        evil = sso.typed(sso.begin(mine)[0], EMAIL)
        url, sealed = sso.begin(theirs)
        honest = sso.typed(url, EMAIL)
        with pytest.raises(SignInError):
            sso.finish(sealed, {**evil, "state": honest["state"]})
        with pytest.raises(SignInError):
            sso.finish(sealed, {**evil, "state": honest["state"], "iss": honest["iss"]})

    def test_invites_who_is_new_whether_or_not_they_have_an_account(self, sso: Sso) -> None:
        home, elsewhere = world.organization(), world.organization("Elsewhere")
        provider_id = world.provider(sso.settings, home, provision_role="VIEWER")
        world.person("known@example.com", elsewhere)
        for email in ("known@example.com", "new@example.com"):
            assert sso.sign_in(email, provider_id) == InvitationSent("lindenhof ID")
        assert sorted(open_invitations()) == [
            ("known@example.com", "VIEWER", provider_id),
            ("new@example.com", "VIEWER", provider_id),
        ]
        assert sorted(emails()) == ["known@example.com", "new@example.com"]
        assert world.identities() == []
        assert list(world.people()) == ["known@example.com"]

    def test_answers_the_same_when_no_e_mail_is_sent_any_more(self, sso: Sso) -> None:
        provider_id = world.provider(sso.settings, world.organization(), provision_role="VIEWER")
        for _ in range(12):
            assert sso.sign_in(EMAIL, provider_id) == InvitationSent("lindenhof ID")
        assert len(open_invitations()) == 1
        assert len(emails()) <= 10

    def test_invites_nobody_where_registration_is_closed(self, closed: Sso) -> None:
        home = world.organization()
        mine = world.person(EMAIL, home)
        provider_id = world.provider(closed.settings, home, provision_role="VIEWER")
        refusal(closed, "new@example.com", provider_id)
        assert (open_invitations(), emails()) == ([], [])
        assert entered(closed.sign_in(EMAIL, provider_id)) == (mine, home, provider_id, "/")

    def test_knows_nobody_who_has_left(self, sso: Sso) -> None:
        home = world.organization()
        mine = world.person(EMAIL, home)
        provider_id = world.provider(sso.settings, home)
        assert isinstance(sso.sign_in(EMAIL, provider_id), Arrived)
        with worker_session() as session:
            session.execute(delete(Membership).where(Membership.person_id == mine))
        refusal(sso, EMAIL, provider_id)
        assert world.identities() == []
        world.change(Person, mine, email="renamed@example.com")
        next_one = world.person(EMAIL, home)  # the address has passed on to a colleague
        assert entered(sso.sign_in(EMAIL, provider_id)) == (next_one, home, provider_id, "/")

    @pytest.mark.parametrize("mischief", ["unverified_email", "no_email"])
    def test_believes_verified_addresses_alone(self, sso: Sso, mischief: str) -> None:
        home = world.organization()
        world.person(EMAIL, home)
        provider_id = world.provider(sso.settings, home, provision_role="VIEWER")
        sso.arm(mischief, times=2)
        assert refusal(sso, EMAIL, provider_id) == refusal(sso, "new@example.com", provider_id)
        assert (world.identities(), open_invitations()) == ([], [])

    def test_tells_its_administrators_whom_it_refused(self, sso: Sso) -> None:
        home = world.organization()
        refusal(sso, EMAIL, world.provider(sso.settings, home))
        assert world.trail() == [("sign_in_failed", "identity_provider", home)]

    def test_may_not_be_at_another_address_of_this_machine(
        self, sso: Sso, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The sandbox's own address is open in the demo alone."""
        home = world.organization()
        world.person(EMAIL, home)
        provider_id = world.provider(sso.settings, home)
        issuer = f"{sso.settings.sandbox_url}/oidc"
        for name, value in {"DEMO": "false", "OIDC_ISSUER": issuer, "OIDC_CLIENT_ID": "allin"}.items():
            monkeypatch.setenv(f"ALLIN_{name}", value)
        monkeypatch.setenv("ALLIN_OIDC_CLIENT_SECRET", "sandbox-oidc-secret")
        get_settings.cache_clear()
        real = Sso(get_settings(), sso.sandbox)
        assert isinstance(real.sign_in(EMAIL), Arrived)  # the settings' own provider may be anywhere
        with pytest.raises(SignInError, match="did not work"):
            real.sign_in(EMAIL, provider_id)
        world.change(IdentityProvider, provider_id, issuer=issuer)
        with pytest.raises(SignInError, match="did not work"):
            real.sign_in(EMAIL, provider_id)
