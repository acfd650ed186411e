"""Connecting an X account: PKCE, a code's thirty seconds, rotation, and what a blip is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx2
import pytest

from foundation.settings import Settings
from platforms.contract import Connector, Consent, Credentials
from platforms.errors import NeedsPerson, NeedsReconnect, Rejected, TemporarilyRejected, TokenRefused
from platforms.http import Api
from platforms.message import Kind, Message
from platforms.x import network as x
from platforms.x.capabilities import SCOPES
from platforms.x.connect import XConnector
from platforms.x.errors import classify
from sandbox.x.tokens import CLIENT_ID
from tests.platforms.wire import answer, wire
from tests.platforms.x.case import picture
from tests.platforms.x.conftest import Connected

CALLBACK = "http://127.0.0.1:8501/connect/callback"
REFRESH = "POST /2/oauth2/token"


def asked(brand: Connected, **query: str) -> tuple[Consent, dict[str, str]]:
    """A consent begun, and what comes back for a person who answers at once."""
    consent = brand.network.connect.begin({}, CALLBACK, "a state")
    assert consent.url
    query = {"account": brand.account.external_id, **query}
    sent = httpx2.get(f"{consent.url}&{httpx2.QueryParams(query)}", trust_env=False)
    assert sent.status_code == 302
    return consent, dict(parse_qsl(urlsplit(sent.headers["location"]).query))


def works(brand: Connected, credentials: Credentials) -> bool:
    try:
        brand.network.connect.standing(replace(brand.account, credentials=credentials))
    except TokenRefused:
        return False
    return True


def test_the_consent_is_asked_for_with_pkce_and_every_scope(brand: Connected) -> None:
    consent = brand.network.connect.begin({}, CALLBACK, "a state")
    query = parse_qs(urlsplit(consent.url or "").query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["state"] == ["a state"]
    assert set(query["scope"][0].split()) == frozenset().union(*SCOPES.values())
    assert consent.kept["verifier"] not in (consent.url or "")
    assert consent.kept["verifier"] not in repr(consent)


def test_a_consent_becomes_an_account_that_publishes(brand: Connected) -> None:
    consent, back = asked(brand)
    assert back["state"] == "a state"
    credentials = brand.network.connect.finish(consent, back, CALLBACK)
    assert credentials.refresh_token
    assert credentials.expires_at
    assert all(scopes <= (credentials.scopes or frozenset()) for scopes in SCOPES.values())
    [remote] = brand.network.connect.accounts(credentials)
    assert (remote.external_id, remote.handle) == (brand.account.external_id, "harborandpine")
    account = replace(brand.account, credentials=remote.credentials)
    assert brand.network.publish.submit(account, Message("Connected just now"), {}).external_id


def test_scopes_that_were_left_out_are_known_and_refused_cleanly(brand: Connected, folder: Path) -> None:
    consent, back = asked(brand, granted="tweet.read users.read tweet.write offline.access")
    credentials = brand.network.connect.finish(consent, back, CALLBACK)
    assert "media.write" not in (credentials.scopes or ())
    limited = replace(brand, account=replace(brand.account, credentials=credentials))
    with pytest.raises(Rejected, match="not permitted"):
        limited.prepare(Message("A picture", kind=Kind.IMAGE, media=(picture(folder, "#fff"),)))
    assert limited.taken() == []


def test_who_says_no_connects_nothing(brand: Connected) -> None:
    consent, back = asked(brand, deny="1")
    with pytest.raises(NeedsPerson):
        brand.network.connect.finish(consent, back, CALLBACK)


@pytest.mark.parametrize("wrong", ["verifier", "callback", "used", "late"])
def test_a_code_that_is_dead_has_to_be_asked_for_again(brand: Connected, wrong: str) -> None:
    consent, back = asked(brand)
    callback = f"{CALLBACK}/other" if wrong == "callback" else CALLBACK
    if wrong == "verifier":
        consent = brand.network.connect.begin({}, CALLBACK, "another state")
    if wrong == "used":
        brand.network.connect.finish(consent, back, CALLBACK)
    if wrong == "late":
        brand.server.advance(31)
    with pytest.raises((NeedsReconnect, NeedsPerson)) as caught:
        brand.network.connect.finish(consent, back, callback)
    assert back["code"] not in str(caught.value)


def test_a_public_client_needs_no_secret(brand: Connected) -> None:
    url = f"{str(brand.server.client.base_url).rstrip('/')}/x"
    network = x.build(Settings(x_api_url=url, x_dialog_url=url, x_client_id=CLIENT_ID))
    public = replace(brand, network=network)
    consent, back = asked(public)
    credentials = public.network.connect.finish(consent, back, CALLBACK)
    assert works(brand, network.connect.refresh(credentials))


def test_a_refresh_token_works_once_and_its_replay_ends_the_family(brand: Connected) -> None:
    before = brand.account.credentials
    after = brand.network.connect.refresh(before)
    assert after.refresh_token not in (None, before.refresh_token)
    assert after.scopes == before.scopes
    assert works(brand, after)
    with pytest.raises(NeedsReconnect):
        brand.network.connect.refresh(before)
    assert not works(brand, after)


def test_two_refreshes_at_once_never_give_two_lives(brand: Connected) -> None:
    def refresh(_: int) -> Credentials | None:
        try:
            return brand.network.connect.refresh(brand.account.credentials)
        except NeedsReconnect:
            return None

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(refresh, range(4)))
    assert len([one for one in found if one]) <= 1


@pytest.mark.parametrize("kind", ["drop_before_accept", "5xx", "429", "malformed", "truncated"])
def test_a_blip_never_disconnects(brand: Connected, kind: str) -> None:
    brand.fault(REFRESH, kind)
    with pytest.raises(TemporarilyRejected):
        brand.network.connect.refresh(brand.account.credentials)
    assert brand.hits() == 1, "a refresh is never repeated"


def test_a_wrong_app_is_a_matter_of_the_settings(brand: Connected) -> None:
    url = f"{str(brand.server.client.base_url).rstrip('/')}/x"
    wrong = x.build(Settings(x_api_url=url, x_client_id="other"))
    with pytest.raises(NeedsPerson):
        wrong.connect.refresh(brand.account.credentials)
    assert works(brand, brand.network.connect.refresh(brand.account.credentials))
    with pytest.raises(NeedsPerson, match="ALLIN_X_CLIENT_ID"):
        XConnector(Api("X", url, classify), url, "", "").begin({}, CALLBACK, "s")


@pytest.mark.parametrize(
    "document",
    [
        '{"error": "invalid_request", "error_description": "Value passed for the token was invalid."}',
        '{"error": "invalid_grant", "error_description": "gone"}',
    ],
)
def test_both_words_for_a_dead_refresh_token(document: str) -> None:
    with wire(answer(400, document)) as server, pytest.raises(NeedsReconnect):
        x.build(Settings(x_api_url=server.url, x_client_id="c")).connect.refresh(Credentials("a", "r"))


def test_another_bad_request_disconnects_nobody() -> None:
    document = '{"error": "invalid_request", "error_description": "Missing required parameter [x]."}'
    with wire(answer(400, document)) as server, pytest.raises(NeedsPerson):
        x.build(Settings(x_api_url=server.url, x_client_id="c")).connect.refresh(Credentials("a", "r"))


def test_revoking_ends_all_of_the_consent(brand: Connected) -> None:
    after = brand.network.connect.refresh(brand.account.credentials)
    account = replace(brand.account, credentials=after)
    brand.network.connect.revoke(account)
    assert not works(brand, after)
    with pytest.raises(NeedsReconnect):
        brand.network.connect.refresh(after)
    brand.network.connect.revoke(account)  # again, without effect


def test_an_account_without_a_refresh_token_is_connected_again(
    connect: Callable[[int], Connected],
) -> None:
    brand = connect(0)
    connector: Connector = brand.network.connect
    with pytest.raises(NeedsReconnect):
        connector.refresh(Credentials("only this"))
    brand.server.advance(7_201)
    assert not works(brand, brand.account.credentials)
    assert works(brand, connector.refresh(brand.account.credentials))


def test_an_account_with_premium_writes_long_posts(brand: Connected, premium: Connected) -> None:
    assert dict(premium.network.connect.standing(premium.account).options) == {"long": True}
    assert dict(brand.network.connect.standing(brand.account).options) == {}


@pytest.mark.parametrize(
    ("subscription", "is_long"),
    [("PremiumPlus", True), ("Premium", True), ("Basic", False), ("None", False), (None, False)],
)
def test_subscriptions_that_write_long_posts(
    brand: Connected, subscription: str | None, is_long: bool
) -> None:
    told = {} if subscription is None else {"subscription_type": subscription}
    with wire(answer(200, json.dumps({"data": {"id": "1", **told}}))) as server:
        standing = brand.at(server.url).network.connect.standing(brand.account)
    assert standing.options == ({"long": True} if is_long else {})
