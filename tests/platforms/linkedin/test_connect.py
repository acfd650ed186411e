"""Connecting: the person and the organizations, what was granted, and what a blip is not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx2
import pytest
from pydantic import SecretStr

from platforms.contract import Credentials, Entity, RemoteAccount
from platforms.errors import NeedsPerson, NeedsReconnect, Rejected, TemporarilyRejected
from platforms.registry import network
from tests.platforms.conftest import Case, as_account, pointed_at
from tests.platforms.wire import answer, wire

CALLBACK = "https://allin.example/back"
TOKEN = "POST /oauth/v2/accessToken"
HEADERS = {"Content-Type": "application/json"}


def connected(case: Case, what: str, **more: str) -> tuple[Credentials, list[RemoteAccount]]:
    """Consent of the administrator, to the end."""
    connector = case.network.connect
    consent = connector.begin({"what": what}, CALLBACK, "state")
    sub = case.sandbox.access("linkedin")["person_id"]
    query = "&".join(f"{name}={value}" for name, value in {"account": sub, **more}.items())
    sent = httpx2.get(f"{consent.url}&{query}", trust_env=False)
    back = dict(parse_qsl(urlsplit(sent.headers["location"]).query))
    credentials = connector.finish(consent, back, CALLBACK)
    return credentials, connector.accounts(credentials)


def test_pages_come_with_the_person_behind_them(linkedin: Case) -> None:
    credentials, (page, person) = connected(linkedin, "organizations")
    assert page.external_id == linkedin.account.external_id
    assert page.handle
    assert person.external_id.startswith("urn:li:person:")
    assert linkedin.network.connect.standing(as_account(person)).scopes == credentials.scopes


def test_only_oneself_asks_for_what_every_app_may_have(linkedin: Case) -> None:
    consent = linkedin.network.connect.begin({"what": "person"}, CALLBACK, "state")
    assert consent.url
    assert parse_qs(urlsplit(consent.url).query)["scope"] == ["openid profile w_member_social"]
    credentials, (person,) = connected(linkedin, "person")
    assert person.external_id.startswith("urn:li:person:")
    assert credentials.scopes == frozenset({"openid", "profile", "w_member_social"})


def test_a_persons_numbers_can_be_asked_for_and_are_then_there(linkedin: Case) -> None:
    credentials, accounts = connected(linkedin, "numbers")
    assert (credentials.scopes or frozenset()) >= {"r_member_postAnalytics", "r_member_profileAnalytics"}
    person, now = as_account(accounts[-1]), linkedin.sandbox.now()
    collect = linkedin.network.collect.collect
    for entity, calls in ((Entity.ACCOUNT, 2), (Entity.ACCOUNT_METRICS, 5)):
        answers = list(collect(person, entity, now - timedelta(days=3), now, None))
        assert [one.status for one in answers] == [200] * calls


def test_pages_that_were_not_granted_are_not_offered(linkedin: Case) -> None:
    granted = "openid,profile,w_member_social,rw_organization_admin"
    credentials, accounts = connected(linkedin, "organizations", granted=granted)
    assert [one.external_id.split(":")[2] for one in accounts] == ["person"]
    scopes = credentials.scopes or frozenset()
    assert any(not needed <= scopes for needed in linkedin.network.capabilities.scopes.values())


def test_an_unknown_choice_is_refused(linkedin: Case) -> None:
    with pytest.raises(Rejected):
        linkedin.network.connect.begin({"what": "everything"}, CALLBACK, "state")


def test_an_app_without_approval_is_told_what_to_do(linkedin: Case) -> None:
    consent = linkedin.network.connect.begin({}, CALLBACK, "state")
    refusal = {"error": "unauthorized_scope_error", "error_description": "Scope is not authorized"}
    with pytest.raises(NeedsPerson, match="profile"):
        linkedin.network.connect.finish(consent, refusal, CALLBACK)


def test_the_refresh_token_stays_and_its_end_too(linkedin: Case) -> None:
    before, _ = connected(linkedin, "organizations")
    ends = linkedin.network.connect.standing(replace(linkedin.account, credentials=before)).ends_at
    assert ends is not None
    assert abs(ends - datetime.now(UTC) - timedelta(days=365)) < timedelta(hours=1)
    linkedin.sandbox.advance(3_600)
    after = linkedin.network.connect.refresh(before)
    assert after.refresh_token == before.refresh_token
    later = linkedin.network.connect.standing(replace(linkedin.account, credentials=after)).ends_at
    assert later is not None
    assert later < ends, "LinkedIn does not begin the 365 days anew, however far its clock went on"


def test_without_a_refresh_token_a_person_has_to_come_back(linkedin: Case) -> None:
    body = json.dumps({"access_token": "a", "expires_in": 5_184_000, "scope": "openid,profile"})
    with wire(answer(200, body, **HEADERS)) as server:
        settings = pointed_at(linkedin.sandbox).model_copy(update={"linkedin_oauth_url": server.url})
        connector = network("linkedin", settings).connect
        credentials = connector.finish(connector.begin({}, CALLBACK, "s"), {"code": "c"}, CALLBACK)
    assert credentials.refresh_token is None
    with pytest.raises(NeedsReconnect):
        connector.refresh(credentials)
    usable = replace(credentials, access_token=linkedin.account.credentials.access_token)
    standing = connector.standing(replace(linkedin.account, credentials=usable))
    assert standing.ends_at == credentials.expires_at


def test_a_lost_role_is_told(linkedin: Case) -> None:
    other = replace(linkedin.account, external_id="urn:li:organization:1048002")
    with pytest.raises(NeedsPerson, match="administers"):
        linkedin.network.connect.standing(other)


def test_roles_on_several_pages_are_all_found(linkedin: Case) -> None:
    def role(number: int) -> dict[str, str]:
        return {"organization": f"urn:li:organization:{number}", "role": "ADMINISTRATOR"}

    more = {"links": [{"rel": "next", "href": "/rest/organizationAcls?start=100"}]}
    person = json.dumps({"sub": "p", "name": "Office"})
    first = json.dumps({"elements": [role(1)], "paging": more})
    second = json.dumps({"elements": [role(2)], "paging": {"links": []}})
    named = [json.dumps({"id": number, "localizedName": f"Page {number}"}) for number in (1, 2)]
    acts = [answer(200, body, **HEADERS) for body in (person, first, second, *named)]
    with wire(*acts) as server:
        settings = pointed_at(linkedin.sandbox).model_copy(update={"linkedin_api_url": server.url})
        found = network("linkedin", settings).connect.accounts(Credentials("t"))
        asked = [request.split(b" ")[1].decode() for request in server.requests]
    assert [one.name for one in found] == ["Page 1", "Page 2", "Office"]
    assert "start=100" in asked[2]


@pytest.mark.parametrize("kind", ["5xx", "malformed", "truncated", "drop_before_accept", "429"])
def test_a_blip_disconnects_nobody(linkedin: Case, kind: str) -> None:
    linkedin.sandbox.fault("linkedin", TOKEN, kind)
    with pytest.raises(TemporarilyRejected):
        linkedin.network.connect.refresh(linkedin.account.credentials)
    assert linkedin.sandbox.hits() == 1


def test_a_dead_refresh_token_and_an_unknown_app_are_told_apart(linkedin: Case) -> None:
    dead = replace(linkedin.account.credentials, refresh_token="never-given")
    with pytest.raises(NeedsReconnect):
        linkedin.network.connect.refresh(dead)
    update = {"linkedin_client_secret": SecretStr("another")}
    stranger = network("linkedin", pointed_at(linkedin.sandbox).model_copy(update=update))
    with pytest.raises(NeedsPerson, match="client id and secret"):
        stranger.connect.refresh(linkedin.account.credentials)


def test_access_lasts_as_long_as_is_said(linkedin: Case) -> None:
    after = linkedin.network.connect.refresh(linkedin.account.credentials)
    assert after.expires_at is not None
    assert abs(after.expires_at - datetime.now(UTC) - timedelta(days=60)) < timedelta(minutes=1)
