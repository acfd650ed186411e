"""The link of an invitation: looked at by anyone, taken once, by whom it is for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from foundation.database import utc_now, worker_session
from identity import brands, invitations, members
from identity.audit import Action
from identity.errors import (
    ConflictError,
    InvalidError,
    LinkError,
    SignInError,
)
from identity.invitations import Delivery, InvitationState
from identity.models import Organization, Person
from identity.passwords import verify_password
from identity.permissions import Role
from identity.principal import Principal
from tests.identity.acting import (
    acting,
    new_member,
    new_organization,
    new_person,
    principal,
    second_of_two,
    trail_of,
    visitor,
)
from tests.identity.inviting import (
    GUEST,
    PASSWORD,
    accept,
    change_all,
    invite,
    listed,
    look,
    memberships,
    newest_token,
)
from tests.identity.letters import letters_to, token_in
from tests.identity.people import add_brand, join


@pytest.fixture
def owner(settings: object) -> Principal:
    assert settings
    return new_member(new_organization())


def test_an_invitation_is_sent_and_taken_by_someone_new(owner: Principal) -> None:
    brand = add_brand(owner.organization_id)
    info = invite(owner, Role.CLIENT, frozenset({brand}), email=" Guest@Example.com")
    assert (info.email, info.role, info.brand_ids) == (GUEST, Role.CLIENT, frozenset({brand}))
    assert (info.state, info.delivery, info.sent_count) == (InvitationState.OPEN, Delivery.QUEUED, 1)
    assert info.invited_by == owner.email
    assert timedelta(days=6, hours=23) < info.expires_at - utc_now() <= timedelta(days=7)
    (letter,) = letters_to(GUEST)
    assert "/invitation?token=" in letter.text
    assert "Lindenhof Agency" in letter.subject + letter.text

    invited = look(token_in(letter))
    assert (invited.email, invited.organization, invited.role) == (GUEST, "Lindenhof Agency", Role.CLIENT)
    assert not invited.has_account
    person_id = accept(token_in(letter), name=" Guest ")
    member = principal(person_id, owner.organization_id)
    assert (member.role, member.brand_ids) == (Role.CLIENT, frozenset({brand}))
    with worker_session() as session:
        person = session.get_one(Person, person_id)
    assert (person.email, person.name, person.super_admin) == (GUEST, "Guest", False)
    assert verify_password(PASSWORD, person.password_hash)
    assert listed(owner)[0].state is InvitationState.ACCEPTED
    lines = trail_of(owner.organization_id)
    assert [line.action for line in lines] == [Action.INVITED, Action.JOINED]
    assert lines[0].after == lines[1].after == {"role": "CLIENT", "brands": [str(brand)]}
    assert (lines[1].person_id, lines[1].actor, lines[1].ip) == (person_id, GUEST, "192.0.2.7")


def test_a_scanner_that_opens_the_link_any_number_of_times_uses_nothing_up(owner: Principal) -> None:
    invite(owner)
    token = newest_token()
    before = listed(owner)
    seen = [look(token) for _ in range(5)]
    assert seen == [seen[0]] * 5
    assert listed(owner) == before
    assert accept(token)


def test_an_invitation_is_taken_once(owner: Principal) -> None:
    invite(owner)
    token = newest_token()
    person_id = accept(token)
    for again in (lambda: accept(token), lambda: look(token), lambda: accept(token, who=visitor(person_id))):
        with pytest.raises(LinkError, match="accepted already"):
            again()
    assert memberships() == 2


def test_of_two_who_take_it_at_once_one_does(owner: Principal) -> None:
    guest = visitor(new_person(GUEST))
    invite(owner)
    token = newest_token()
    barrier, results = threading.Barrier(2), list[object]()

    def take() -> None:
        barrier.wait()
        try:
            results.append(accept(token, who=guest))
        except LinkError as error:
            results.append(error)

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert [isinstance(result, LinkError) for result in sorted(results, key=repr)].count(True) == 1
    assert guest.person_id in results
    assert [line.action for line in trail_of(owner.organization_id)].count(Action.JOINED) == 1


def test_what_is_withdrawn_while_it_is_taken_is_withdrawn(owner: Principal) -> None:
    info = invite(owner)
    token = newest_token()
    refusal = second_of_two(owner, lambda work: invitations.revoke(work, info.id), lambda: accept(token))
    assert isinstance(refusal, LinkError)
    assert memberships() == 1


def test_an_inviter_who_is_removed_while_it_is_taken_gives_nothing(owner: Principal) -> None:
    inviter = new_member(owner.organization_id, Role.ADMIN)
    invite(inviter)
    token = newest_token()
    refusal = second_of_two(
        owner, lambda work: members.remove(work, inviter.person_id), lambda: accept(token)
    )
    assert isinstance(refusal, LinkError)
    assert memberships() == 1


def test_a_made_up_link_is_none(owner: Principal) -> None:
    invite(owner)
    for token in ("", "x", "a" * 43, "\0", "\ud800", "ü" * 100_000):
        with pytest.raises(LinkError):
            look(token)
        with pytest.raises(LinkError):
            accept(token)
    assert memberships() == 1


def test_an_expired_or_withdrawn_link_says_what_to_do(owner: Principal) -> None:
    invite(owner)
    token, past = newest_token(), utc_now() - timedelta(seconds=1)
    dead: list[tuple[dict[str, object], str]] = [
        ({"expires_at": past}, "expired"),
        ({"revoked_at": past}, "no longer valid"),
    ]
    for values, words in dead:
        change_all(**values)
        for attempt in (lambda: accept(token), lambda: look(token)):
            with pytest.raises(LinkError, match=words):
                attempt()
    assert memberships() == 1


def test_someone_with_an_account_takes_it_signed_in_to_that_account(owner: Principal) -> None:
    guest = visitor(new_person(GUEST))
    stranger = visitor(new_person("stranger@example.com"))
    invite(owner)
    token = newest_token()
    assert look(token).has_account
    for who in (None, stranger):
        with pytest.raises(SignInError, match=GUEST):
            accept(token, who=who)
    bound = [
        visitor(guest.person_id, confined=True),  # an organization's provider vouched for them, nobody else
        visitor(guest.person_id, session_id=None),  # a key
    ]
    for one in bound:
        with pytest.raises(SignInError):
            accept(token, who=one)
    assert accept(token, who=guest) == guest.person_id
    assert principal(guest.person_id, owner.organization_id).role is Role.EDITOR
    with worker_session() as session:  # the name and password that came with it changed nothing
        assert not verify_password(PASSWORD, session.get_one(Person, guest.person_id).password_hash)


def test_whoever_else_is_signed_in_makes_no_account_with_it(owner: Principal) -> None:
    invite(owner)
    with pytest.raises(ConflictError, match="Sign out"):
        accept(newest_token(), who=owner)
    assert accept(newest_token())


def test_a_new_account_needs_a_name_and_a_good_password(owner: Principal) -> None:
    invite(owner)
    refused = [
        (None, PASSWORD, "name"),
        ("", PASSWORD, "name"),
        ("x" * 1_000_000, PASSWORD, "name"),
        ("Guest", None, "password"),
        ("Guest", "short", "password"),
    ]
    for name, password, field in refused:
        with pytest.raises(InvalidError) as refusal:
            accept(newest_token(), name=name, password=password)
        assert refusal.value.field == field
    assert accept(newest_token())  # the link is not used up by that


def test_who_is_a_member_by_now_stays_what_they_are(owner: Principal) -> None:
    guest = new_person(GUEST)
    invite(owner, Role.ADMIN)
    join(guest, owner.organization_id, Role.VIEWER)
    assert accept(newest_token(), who=visitor(guest)) == guest
    assert principal(guest, owner.organization_id).role is Role.VIEWER
    assert listed(owner)[0].state is InvitationState.ACCEPTED
    assert Action.JOINED not in [line.action for line in trail_of(owner.organization_id)]


def demoted(owner: Principal, inviter: Principal) -> None:
    with acting(owner) as work:
        members.change(work, inviter.person_id, Role.VIEWER, None)


def removed(owner: Principal, inviter: Principal) -> None:
    with acting(owner) as work:
        members.remove(work, inviter.person_id)


def limited_to_a_brand(owner: Principal, inviter: Principal) -> None:
    with acting(owner) as work:
        members.change(work, inviter.person_id, Role.ADMIN, frozenset({add_brand(owner.organization_id)}))


@pytest.mark.parametrize("happens", [demoted, removed, limited_to_a_brand])
def test_an_invitation_holds_no_longer_than_its_inviter_could_give_it(
    owner: Principal, happens: Callable[[Principal, Principal], None]
) -> None:
    inviter = new_member(owner.organization_id, Role.ADMIN)
    info = invite(inviter, Role.EDITOR)
    token = newest_token()
    happens(owner, inviter)
    with pytest.raises(LinkError, match="Ask"):
        look(token)
    with pytest.raises(LinkError, match="Ask"):
        accept(token)
    with acting(owner) as work:  # whoever may give it makes it theirs by sending it again
        invitations.resend(work, info.id)
    assert accept(newest_token())


def test_an_invitation_to_a_brand_that_is_gone_is_gone(owner: Principal) -> None:
    brand = add_brand(owner.organization_id)
    info = invite(owner, Role.CLIENT, frozenset({brand}))
    with acting(owner) as work:
        brands.delete(work, brand)
    with pytest.raises(LinkError):
        accept(newest_token())
    with pytest.raises(InvalidError), acting(owner) as work:
        invitations.resend(work, info.id)
    with acting(owner) as work:
        invitations.revoke(work, info.id)


def test_nobody_joins_a_deleted_organization(owner: Principal) -> None:
    invite(owner)
    with worker_session() as session:
        session.get_one(Organization, owner.organization_id).deleted_at = utc_now()
    with pytest.raises(LinkError):
        look(newest_token())
    with pytest.raises(LinkError):
        accept(newest_token())
    assert memberships() == 1
