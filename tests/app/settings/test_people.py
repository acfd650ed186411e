from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from app.settings import roles
from foundation.database import utc_now, worker_session
from identity import invitations
from identity.invitations import InvitationInfo, InvitationState
from identity.models import Invitation
from identity.permissions import Role, may_grant
from identity.principal import Principal
from tests.app.pages import html, said
from tests.app.settings.conftest import OWNER, Agency
from tests.identity.acting import acting

Look = Callable[..., AppTest]
CLIENT, LIMITED = "client@example.com", "limited@example.com"
DELIVERIES = {
    "queued": "E-mail waiting to be sent",
    "sending": "E-mail waiting to be sent",
    "sent": "E-mail sent",
    "failed": "Nobody has this address. Check the address",
    "unknown": "Not sure whether the e-mail arrived",
}
BRAND_NAMES = {uuid4(): "One", uuid4(): "Two"}


def invited(agency: Agency) -> dict[str, InvitationInfo]:
    with acting(agency.member()) as work:
        return {item.email: item for item in invitations.listed(work).items}


def test_the_members_are_shown_with_role_brands_and_second_factor(agency: Agency, look: Look) -> None:
    test = look("people", "viewer@example.com")
    cards = [body for body in html(test) if "cells" in body]
    assert len(cards) == len(agency.members)
    (client,) = [card for card in cards if CLIENT in card]
    for words in ("Client", "Nordlicht Coffee", "Joined", "Second factor off"):
        assert words in client
    assert "(you)" in next(card for card in cards if "viewer@example.com" in card)


def test_someone_is_invited(agency: Agency, look: Look) -> None:
    test = look("people")
    test.button(key="invite_open").click().run()
    test.text_input(key="invite_address").set_value(" New.Person@Example.com ")
    test.radio(key="invite_role").set_value(Role.EDITOR)
    test.button(key="invite_send").click().run()
    found = invited(agency)["new.person@example.com"]
    assert (found.role, found.brand_ids, found.state) == (Role.EDITOR, None, InvitationState.OPEN)
    text_ = "".join(html(test))
    assert "new.person@example.com" in text_
    assert "E-mail waiting to be sent" in text_
    assert "is invited" in test.toast[0].value


def test_for_some_brands_at_least_one_is_chosen(agency: Agency, look: Look) -> None:
    test = look("people")
    test.button(key="invite_open").click().run()
    test.text_input(key="invite_address").set_value("new@example.com")
    test.radio(key="invite_scope").set_value(roles.SOME)
    test.button(key="invite_send").click().run()
    assert "at least one brand" in test.session_state["refusal_invite"][0]
    assert not invited(agency)


def test_an_address_that_cannot_be_invited_is_refused(agency: Agency, look: Look) -> None:
    test = look("people")
    for address in ("", "nonsense", "viewer@example.com"):
        test.button(key="invite_open").click().run()
        test.text_input(key="invite_address").set_value(address)
        test.button(key="invite_send").click().run()
        assert test.session_state["refusal_invite"][0]
    assert not invited(agency)


def test_an_invitation_is_sent_again_and_revoked(busy: Agency, look: Look) -> None:
    item = invited(busy)["invited@example.com"]
    test = look("people")
    test.button(key=f"send_{item.id}").click().run()
    assert invited(busy)["invited@example.com"].sent_count == 2
    test.button(key=f"revoke_{item.id}").click().run()
    assert invited(busy)["invited@example.com"].state is InvitationState.REVOKED
    assert "invited@example.com" not in "".join(body for body in html(test) if "cells" in body)


def test_what_became_of_the_e_mail_is_shown(busy: Agency, look: Look) -> None:
    del busy
    for state, words in DELIVERIES.items():
        with worker_session() as session:
            session.execute(
                text("UPDATE emails SET state = :state, problem = 'Nobody has this address'"),
                {"state": state},
            )
        assert words in "".join(html(look("people"))), state


def test_an_expired_invitation_says_so_and_can_be_sent_again(busy: Agency, look: Look) -> None:
    item = invited(busy)["invited@example.com"]
    with worker_session() as session:
        session.get_one(Invitation, item.id).expires_at = utc_now() - timedelta(minutes=1)
    test = look("people")
    assert "Expired " in "".join(html(test))
    test.button(key=f"send_{item.id}").click().run()
    assert invited(busy)["invited@example.com"].state is InvitationState.OPEN


def test_role_and_brands_are_changed(agency: Agency, look: Look) -> None:
    person_id = agency.members["viewer@example.com"]
    test = look("people", "admin@example.com")
    test.button(key=f"change_{person_id}").click().run()
    assert Role.OWNER not in test.radio(key=f"member_{person_id}_role").options
    test.radio(key=f"member_{person_id}_role").set_value(Role.EDITOR)
    test.button(key=f"save_member_{person_id}").click().run()
    assert agency.member("viewer@example.com").role is Role.EDITOR
    assert "is now editor" in test.toast[0].value


def test_the_last_owner_keeps_the_role(agency: Agency, look: Look) -> None:
    person_id = agency.members[OWNER]
    test = look("people")
    test.button(key=f"change_{person_id}").click().run()
    assert "This is you" in said(test)
    test.radio(key=f"member_{person_id}_role").set_value(Role.VIEWER)
    test.button(key=f"save_member_{person_id}").click().run()
    # The brands were not asked for an owner, so nothing may be taken for the whole organization.
    assert "at least one brand" in test.session_state[f"refusal_member_{person_id}"][0]
    assert agency.member().role is Role.OWNER


def test_a_member_is_removed_after_asking(agency: Agency, look: Look) -> None:
    person_id = agency.members["viewer@example.com"]
    test = look("people")
    assert "API keys they made stop working" in "".join(html(test))
    test.button(key=f"remove_{person_id}").click().run()
    assert "viewer@example.com" not in "".join(body for body in html(test) if "cells" in body)
    assert f"remove_{agency.members[OWNER]}" not in {button.key for button in test.button}


@given(
    role=st.sampled_from(Role),
    brand_ids=st.one_of(st.none(), st.sets(st.sampled_from(list(BRAND_NAMES)), min_size=1)),
)
def test_no_role_is_offered_that_cannot_be_given(role: Role, brand_ids: set[object] | None) -> None:
    held = None if brand_ids is None else frozenset(one for one in BRAND_NAMES if one in brand_ids)
    caller = replace(CALLER, role=role, brand_ids=held)
    seen = {one: name for one, name in BRAND_NAMES.items() if held is None or one in held}
    for offered in roles.grantable(caller, seen):
        assert may_grant(caller, offered, None) or may_grant(caller, offered, frozenset(seen))


CALLER = Principal(
    person_id=uuid4(), email=OWNER, name="", super_admin=False, session_id=uuid4(), confined=False,
    organization_id=uuid4(), organization_name="x", role=Role.OWNER,
)  # fmt: skip
