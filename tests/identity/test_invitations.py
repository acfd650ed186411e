"""Who invites whom, sends it again and withdraws it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text, update

from foundation.database import utc_now, worker_session
from identity import invitation_letters, invitations
from identity.audit import Action
from identity.errors import (
    ConflictError,
    ForbiddenError,
    IdentityError,
    InvalidError,
    LinkError,
    NotFoundError,
    TooManyTriesError,
)
from identity.invitations import Delivery, InvitationState
from identity.limits import Limit
from identity.models import Invitation
from identity.opaque import digest
from identity.permissions import Permission, Role
from identity.principal import Principal
from mail.models import QueuedEmail
from tests.identity.acting import (
    acting,
    as_key,
    new_member,
    new_organization,
    principal,
    second_of_two,
    trail_of,
)
from tests.identity.inviting import GUEST, accept, change_all, invite, listed, newest_token
from tests.identity.letters import letters_to
from tests.identity.people import add_brand


@pytest.fixture
def owner(settings: object) -> Principal:
    assert settings
    return new_member(new_organization())


def test_of_the_link_only_the_digest_is_stored(owner: Principal) -> None:
    info = invite(owner)
    token = newest_token()
    with worker_session() as session:
        assert session.get_one(Invitation, info.id).token_hash == digest(token)
        row = session.execute(text("SELECT i::text FROM invitations i")).scalar_one()
        kept = session.execute(text("SELECT e::text FROM emails e")).scalar_one()
    assert token not in row + kept + repr(info)


def test_of_two_who_invite_an_address_at_once_one_does(owner: Principal) -> None:
    refusal = second_of_two(
        owner, lambda work: invitations.invite(work, GUEST, Role.VIEWER), lambda: invite(owner, Role.ADMIN)
    )
    assert isinstance(refusal, ConflictError)
    assert [info.role for info in listed(owner)] == [Role.VIEWER]
    assert len(letters_to(GUEST)) == 1


def test_inviting_again_sends_a_new_link_with_the_new_role(owner: Principal) -> None:
    first = invite(owner, Role.ADMIN)
    old = newest_token()
    second = invite(owner, Role.VIEWER)
    assert (second.id, second.role, second.sent_count) == (first.id, Role.VIEWER, 2)
    assert len(letters_to(GUEST)) == 2
    with pytest.raises(LinkError):
        accept(old)
    assert principal(accept(newest_token()), owner.organization_id).role is Role.VIEWER
    assert [line.action for line in trail_of(owner.organization_id)][:2] == [
        Action.INVITED,
        Action.INVITED_AGAIN,
    ]


def test_resending_gives_an_expired_invitation_seven_new_days(owner: Principal) -> None:
    brand = add_brand(owner.organization_id)
    info = invite(owner, Role.VIEWER, frozenset({brand}))
    old = newest_token()
    change_all(expires_at=utc_now() - timedelta(days=1))
    assert listed(owner)[0].state is InvitationState.EXPIRED
    second = new_member(owner.organization_id, Role.ADMIN)
    with acting(second) as work:
        sent = invitations.resend(work, info.id)
    assert (sent.state, sent.sent_count, sent.invited_by) == (InvitationState.OPEN, 2, second.email)
    assert sent.expires_at > utc_now() + timedelta(days=6)
    with pytest.raises(LinkError):
        accept(old)
    assert principal(accept(newest_token()), owner.organization_id).brand_ids == frozenset({brand})


def test_what_is_used_or_withdrawn_is_neither_resent_nor_withdrawn(owner: Principal) -> None:
    info = invite(owner)
    with acting(owner) as work:
        invitations.revoke(work, info.id)
    assert trail_of(owner.organization_id)[-1].action == Action.REVOKED
    for act in (invitations.resend, invitations.revoke):
        with pytest.raises(ConflictError, match="withdrawn"), acting(owner) as work:
            act(work, info.id)
    again = invite(owner)  # an address can be invited anew
    assert again.id != info.id
    accept(newest_token())
    for act in (invitations.resend, invitations.revoke):
        with pytest.raises(ConflictError, match="accepted"), acting(owner) as work:
            act(work, again.id)


def test_ten_letters_an_hour_go_to_an_address(owner: Principal) -> None:
    info = invite(owner)
    for _ in range(9):
        with acting(owner) as work:
            invitations.resend(work, info.id)
    with pytest.raises(TooManyTriesError), acting(owner) as work:
        invitations.resend(work, info.id)
    with acting(owner) as work:
        invitations.revoke(work, info.id)
    with pytest.raises(TooManyTriesError):  # withdrawing it is no way around
        invite(owner)
    assert len(letters_to(GUEST)) == 10
    assert invite(owner, email="another@example.com")


def test_many_organizations_are_no_way_to_flood_an_address_nor_one_to_flood_many(
    owner: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitation_letters, "TO_ADDRESS", Limit("invitations_to", 2, 3600))
    monkeypatch.setattr(invitation_letters, "OF_ORGANIZATION", Limit("invitations_of", 3, 3600))
    for caller in (owner, new_member(new_organization("Second"))):
        invite(caller)
    with pytest.raises(TooManyTriesError):
        invite(new_member(new_organization("Third")))
    for number in range(2):
        invite(owner, email=f"n{number}@example.com")
    with pytest.raises(TooManyTriesError):
        invite(owner, email="n9@example.com")
    assert len(letters_to(GUEST)) == 2


def test_a_member_is_not_invited_and_an_account_elsewhere_makes_no_difference(owner: Principal) -> None:
    member = new_member(owner.organization_id, Role.VIEWER)
    with pytest.raises(ConflictError) as refusal:
        invite(owner, email=member.email.upper())
    assert refusal.value.field == "email"
    known = new_member(new_organization("Other"), email="known@example.com")
    answers = [invite(owner, email=email) for email in (known.email, "unknown@example.com")]
    shown = [
        {
            name: value
            for name, value in vars(answer).items()
            if name not in ("id", "email", "created_at", "expires_at")
        }
        for answer in answers
    ]
    assert shown[0] == shown[1]


def test_what_is_no_address_is_not_invited(owner: Principal) -> None:
    for email in (
        "",
        "x",
        "a@b@c.de",
        "a\0@example.com",
        "x" * 1_000_000,
        "оwner@example.com",
    ):  # a Cyrillic o
        with pytest.raises(InvalidError) as refusal:
            invite(owner, email=email)
        assert refusal.value.field == "email"
    assert listed(owner) == []


def test_a_look_alike_of_an_address_is_another_address(owner: Principal) -> None:
    info = invite(owner, email="guest@exаmple.com")  # the second a is Cyrillic
    assert info.email.startswith("guest@xn--")


def test_nobody_invites_beyond_what_they_hold(owner: Principal) -> None:
    one, two = add_brand(owner.organization_id, "One"), add_brand(owner.organization_id, "Two")
    admin = new_member(owner.organization_id, Role.ADMIN)
    limited = new_member(owner.organization_id, Role.ADMIN, [one])
    refused: list[tuple[type[IdentityError], Principal, Role, frozenset[UUID] | None]] = [
        (ForbiddenError, admin, Role.OWNER, None),
        (ForbiddenError, limited, Role.VIEWER, None),
        (InvalidError, limited, Role.VIEWER, frozenset({one, two})),
        (ForbiddenError, new_member(owner.organization_id, Role.EDITOR), Role.VIEWER, None),
        (ForbiddenError, as_key(owner, [Permission.MEMBERS_MANAGE]), Role.VIEWER, None),
        (InvalidError, owner, Role.CLIENT, None),
        (InvalidError, owner, Role.VIEWER, frozenset({add_brand(new_organization("Other"))})),
    ]
    for error, caller, role, brand_ids in refused:
        with pytest.raises(error):
            invite(caller, role, brand_ids)
    assert invite(limited, Role.ADMIN, frozenset({one})).brand_ids == frozenset({one})


def test_a_limited_administrator_sees_and_touches_only_what_is_for_their_brands(owner: Principal) -> None:
    one, two = add_brand(owner.organization_id, "One"), add_brand(owner.organization_id, "Two")
    limited = new_member(owner.organization_id, Role.ADMIN, [one])
    mine = invite(owner, Role.VIEWER, frozenset({one}), "mine@example.com")
    others = [
        invite(owner, Role.VIEWER, None, "whole@example.com"),
        invite(owner, Role.VIEWER, frozenset({two}), "two@example.com"),
        invite(owner, Role.VIEWER, frozenset({one, two}), "both@example.com"),
    ]
    assert [info.id for info in listed(limited)] == [mine.id]
    for other in others:
        for act in (invitations.resend, invitations.revoke, invitations.get):
            with pytest.raises(NotFoundError), acting(limited) as work:
                act(work, other.id)
        with pytest.raises(ForbiddenError):  # nor do they replace it
            invite(limited, Role.VIEWER, frozenset({one}), other.email)
    with acting(limited) as work:
        invitations.revoke(work, mine.id)


def test_nobody_touches_a_mightier_invitation(owner: Principal) -> None:
    info = invite(owner, Role.OWNER)
    admin = new_member(owner.organization_id, Role.ADMIN)
    for act in (invitations.resend, invitations.revoke):
        with pytest.raises(ForbiddenError), acting(admin) as work:
            act(work, info.id)
    with pytest.raises(ForbiddenError):
        invite(admin, Role.VIEWER)
    assert listed(owner)[0].role is Role.OWNER


def test_another_organizations_invitation_is_not_there(owner: Principal) -> None:
    info = invite(owner)
    other = new_member(new_organization("Other"))
    for invitation_id in (info.id, uuid4()):
        for act in (invitations.resend, invitations.revoke, invitations.get):
            with pytest.raises(NotFoundError), acting(other) as work:
                act(work, invitation_id)
    assert listed(other) == []
    assert invite(other).id != info.id


def test_the_list_says_where_the_newest_letter_is(owner: Principal) -> None:
    invite(owner)
    shown = {state: Delivery(state) for state in ("queued", "sent", "failed", "unknown")}
    for state, delivery in {**shown, "sending": Delivery.QUEUED}.items():
        with worker_session() as session:
            session.execute(update(QueuedEmail).values(state=state, problem="no such mailbox"))
        (info,) = listed(owner)
        assert (info.delivery, info.problem) == (delivery, "no such mailbox")
    with worker_session() as session:
        session.execute(text("DELETE FROM emails"))
    assert listed(owner)[0].delivery is Delivery.UNKNOWN


def test_invitations_are_listed_newest_first_in_pages(owner: Principal) -> None:
    made = [invite(owner, email=f"guest{number}@example.com").id for number in range(3)]
    with acting(owner) as work:
        first = invitations.listed(work, limit=2)
        second = invitations.listed(work, limit=2, cursor=first.next_cursor)
    assert [info.id for info in [*first.items, *second.items]] == made[::-1]
    assert second.next_cursor is None
