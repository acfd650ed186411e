"""Instagram: connecting by either login, what was granted, and how a token lives on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from foundation.settings import Settings
from platforms.capabilities import Feature
from platforms.contract import Account, Consent, Credentials, Network
from platforms.errors import NeedsPerson, NeedsReconnect, NetworkError, Rejected, TemporarilyRejected
from platforms.instagram.capabilities import BASIC, CAPABILITIES
from platforms.instagram.network import build
from tests.platforms.conftest import Sandbox, as_account
from tests.platforms.instagram import case
from tests.platforms.instagram.conftest import account_of
from tests.platforms.wire import answer, wire

CALLBACK = "https://allin.example.com/connect/instagram"
FIRST = "17841400000000101"


def answered(consent: Consent, **query: str) -> dict[str, str]:
    """What comes back when a person answers the consent page."""
    assert consent.url
    page = httpx2.get(consent.url, params=None, trust_env=False)
    assert page.status_code == 200, page.text
    answer = httpx2.get(f"{consent.url}&{'&'.join(f'{k}={v}' for k, v in query.items())}", trust_env=False)
    location = urlsplit(answer.headers["location"])
    return {name: values[0] for name, values in parse_qs(location.query).items()}


def test_instagrams_login(instagram: Network) -> None:
    consent = instagram.connect.begin({"login": "instagram"}, CALLBACK, "the-state")
    answer = answered(consent, account=FIRST)
    assert answer["state"] == "the-state"
    marked = {**answer, "code": answer["code"] + "#_"}  # as browsers have brought it back
    credentials = instagram.connect.finish(consent, marked, CALLBACK)
    assert credentials.expires_at
    left = credentials.expires_at - datetime.now(UTC)
    assert timedelta(days=49) < left < timedelta(days=51), "ten days early: an ended token can't be renewed"
    assert credentials.scopes
    assert credentials.scopes >= CAPABILITIES.scopes[Feature.PUBLISH] | CAPABILITIES.scopes[Feature.COLLECT]
    (found,) = instagram.connect.accounts(credentials)
    assert (found.external_id, found.server, found.handle) == (FIRST, "", "harborandpine")
    assert instagram.connect.standing(as_account(found)).ends_at is None


def test_facebooks_login(instagram: Network) -> None:
    consent = instagram.connect.begin({"login": "facebook"}, CALLBACK, "s")
    credentials = instagram.connect.finish(consent, answered(consent, account="*"), CALLBACK)
    assert credentials.scopes
    assert CAPABILITIES.scopes[Feature.PUBLISH] <= credentials.scopes
    found = instagram.connect.accounts(credentials)
    assert found[0].external_id == FIRST
    assert {one.server for one in found} == {"facebook"}
    assert len({one.credentials.access_token for one in found}) == len(found) == 3
    assert all(one.credentials.expires_at is None for one in found), "tokens of Pages have no end"
    standing = instagram.connect.standing(server_account(found[0].credentials))
    assert standing.ends_at
    assert standing.scopes is not None
    assert standing.scopes >= CAPABILITIES.scopes[Feature.COLLECT]
    with pytest.raises(NeedsReconnect):
        instagram.connect.refresh(found[0].credentials)


def server_account(credentials: Credentials) -> Account:
    return Account("a", "o", "instagram", FIRST, "Harbor", credentials, server="facebook")


def test_an_unknown_login_is_refused(instagram: Network) -> None:
    with pytest.raises(Rejected):
        instagram.connect.begin({"login": "basic-display"}, CALLBACK, "s")


@pytest.mark.parametrize("login", ["instagram", "facebook"])
def test_a_no_connects_nothing(instagram: Network, login: str) -> None:
    consent = instagram.connect.begin({"login": login}, CALLBACK, "s")
    with pytest.raises(NeedsPerson, match="nothing was connected"):
        instagram.connect.finish(consent, answered(consent, deny="1"), CALLBACK)


def test_without_the_first_permission_nothing_is_connected(instagram: Network) -> None:
    consent = instagram.connect.begin({}, CALLBACK, "s")
    answer = answered(consent, account=FIRST, granted="instagram_business_content_publish")
    with pytest.raises(NeedsPerson, match="permission"):
        instagram.connect.finish(consent, answer, CALLBACK)


def test_what_was_left_out_is_known(instagram: Network) -> None:
    consent = instagram.connect.begin({}, CALLBACK, "s")
    answer = answered(consent, account=FIRST, granted=BASIC)
    assert instagram.connect.finish(consent, answer, CALLBACK).scopes == frozenset({BASIC})


@pytest.mark.parametrize("login", ["instagram", "facebook"])
def test_a_code_is_good_once(instagram: Network, login: str) -> None:
    consent = instagram.connect.begin({"login": login}, CALLBACK, "s")
    answer = answered(consent, account=FIRST if login == "instagram" else "*")
    instagram.connect.finish(consent, answer, CALLBACK)
    with pytest.raises(NeedsReconnect):
        instagram.connect.finish(consent, answer, CALLBACK)


def test_a_wrong_secret_is_the_installations_fault(sandbox: Sandbox) -> None:
    access = sandbox.get("world")["brands"][0]["instagram"]
    wrong = {**case.settings(sandbox.url, access), "instagram_client_secret": "wrong"}
    connector = build(Settings(**wrong))
    consent = connector.connect.begin({}, CALLBACK, "s")
    with pytest.raises(NeedsPerson, match="client id and secret"):
        connector.connect.finish(consent, answered(consent, account=FIRST), CALLBACK)


def test_a_token_is_renewed_and_the_old_one_still_works(sandbox: Sandbox, instagram: Network) -> None:
    account = account_of(sandbox, instagram)
    renewed = instagram.connect.refresh(account.credentials)
    assert renewed.access_token != account.credentials.access_token
    assert renewed.scopes == account.credentials.scopes
    again = instagram.connect.refresh(account.credentials)  # two at once: both are good
    for credentials in (account.credentials, renewed, again):
        assert instagram.connect.accounts(credentials)[0].external_id == FIRST


def test_a_token_of_today_is_left_as_it_is(instagram: Network) -> None:
    consent = instagram.connect.begin({}, CALLBACK, "s")
    fresh = instagram.connect.finish(consent, answered(consent, account=FIRST), CALLBACK)
    kept = instagram.connect.refresh(fresh)
    assert kept.access_token == fresh.access_token
    assert kept.expires_at
    assert timedelta(minutes=55) < kept.expires_at - datetime.now(UTC) < timedelta(minutes=65), (
        "tried again then"
    )
    ending = replace(fresh, extra={"ends_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()})
    with pytest.raises(TemporarilyRejected, match="24 hours"):
        instagram.connect.refresh(ending)


@pytest.mark.parametrize(
    ("fault", "times", "error"),
    [
        ("5xx", 9, TemporarilyRejected),
        ("drop_before_accept", 9, TemporarilyRejected),
        ("401", 1, NeedsReconnect),
    ],
)
def test_only_a_dead_token_ends_the_connection(
    sandbox: Sandbox, instagram: Network, fault: str, times: int, error: type[NetworkError]
) -> None:
    account = account_of(sandbox, instagram)
    sandbox.fault("instagram", "GET /refresh_access_token", fault, times=times)
    with pytest.raises(error):
        instagram.connect.refresh(account.credentials)


@pytest.mark.parametrize("server", ["", "facebook"])
def test_a_dead_token_is_told(sandbox: Sandbox, instagram: Network, server: str) -> None:
    account = replace(account_of(sandbox, instagram), server=server)
    dead = replace(account, credentials=Credentials("IGAA" + "0" * 60))
    with pytest.raises(NeedsReconnect):
        instagram.connect.standing(dead)


def test_the_newer_form_of_the_code_exchange_is_read_too(sandbox: Sandbox) -> None:
    granted = "instagram_business_basic,instagram_business_content_publish"
    newer = {"data": [{"access_token": "IGAAshort", "user_id": "1", "permissions": granted}]}
    long = {"access_token": "IGAAlong", "token_type": "bearer", "expires_in": 5_184_000}
    access = sandbox.get("world")["brands"][0]["instagram"]
    with wire(answer(200, json.dumps(newer)), answer(200, json.dumps(long))) as server:
        settings = case.settings(sandbox.url, access)
        settings |= {"instagram_token_url": server.url, "instagram_api_url": server.url}
        credentials = build(Settings(**settings)).connect.finish(Consent(None), {"code": "c#_"}, CALLBACK)
    assert credentials.access_token == "IGAAlong"
    assert credentials.scopes == frozenset(granted.split(","))
    assert b"code=c&" in server.requests[0] + b"&"
    assert b"access_token=IGAAshort" in server.requests[1]


def test_a_wrong_app_is_not_taken_for_a_dead_token(sandbox: Sandbox) -> None:
    access = sandbox.get("world")["brands"][0]["instagram"]
    wrong = build(Settings(**{**case.settings(sandbox.url, access), "facebook_client_secret": "another"}))
    user = Credentials(sandbox.brand["facebook"]["user_token"], extra={"login": "facebook"})
    page = wrong.connect.accounts(user)[0].credentials
    with pytest.raises(NeedsPerson, match="client id and secret"):
        wrong.connect.standing(server_account(page))


@pytest.mark.parametrize("server", ["", "facebook"])
def test_a_version_that_is_gone_is_told_in_time(sandbox: Sandbox, server: str) -> None:
    access = sandbox.get("world")["brands"][0]["instagram"]
    old = build(Settings(**case.settings(sandbox.url, access), facebook_api_version="v19.0"))
    account = replace(account_of(sandbox, old), server=server)
    if server:
        user = Credentials(sandbox.brand["facebook"]["user_token"], extra={"login": "facebook"})
        account = replace(account, credentials=old.connect.accounts(user)[0].credentials)
    with pytest.raises(NeedsPerson, match="ALLIN_FACEBOOK_API_VERSION"):
        old.connect.standing(account)


def test_revoking_asks_nothing(sandbox: Sandbox, instagram: Network) -> None:
    sandbox.fault("instagram", "/", "401", times=None)
    instagram.connect.revoke(Account("a", "o", "instagram", FIRST, "Harbor", Credentials("t")))
    assert sandbox.hits() == 0
