"""Connecting: consent, rotation, missing scopes, and what a blip is not."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from platforms.contract import Credentials
from platforms.errors import NeedsPerson, NeedsReconnect, NetworkError, TemporarilyRejected, TokenRefused
from platforms.registry import network
from tests.platforms.conftest import Case, pointed_at
from tests.platforms.wire import answer, wire

CALLBACK = "https://allin.example/back"
TOKEN = "POST /v5/oauth/token"


def test_the_consent_asks_for_every_scope_that_a_feature_needs(pinterest: Case) -> None:
    consent = pinterest.network.connect.begin({}, CALLBACK, "state")
    assert consent.url
    asked = parse_qs(urlsplit(consent.url).query)["scope"][0].split(",")
    assert set(asked) == set().union(*pinterest.network.capabilities.scopes.values())


def test_a_refresh_token_works_once(pinterest: Case) -> None:
    before = pinterest.account.credentials
    after = pinterest.network.connect.refresh(before)
    assert after.refresh_token != before.refresh_token
    with pytest.raises(NeedsReconnect):
        pinterest.network.connect.refresh(before)
    again = pinterest.network.connect.refresh(after)
    standing = pinterest.network.connect.standing(replace(pinterest.account, credentials=again))
    assert standing.ends_at is not None
    assert abs(standing.ends_at - pinterest.sandbox.now() - timedelta(days=60)) < timedelta(minutes=1)


def test_of_two_refreshes_at_once_one_gets_tokens(pinterest: Case) -> None:
    def refreshed(_: int) -> Credentials | NetworkError:
        try:
            return pinterest.network.connect.refresh(pinterest.account.credentials)
        except NetworkError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(refreshed, range(2)))
    assert sorted(type(one).__name__ for one in found) == ["Credentials", "NeedsReconnect"]


@pytest.mark.parametrize("kind", ["5xx", "malformed", "truncated", "drop_before_accept", "429"])
def test_a_blip_disconnects_nobody(pinterest: Case, kind: str) -> None:
    pinterest.sandbox.fault("pinterest", TOKEN, kind)
    with pytest.raises(TemporarilyRejected):
        pinterest.network.connect.refresh(pinterest.account.credentials)
    assert pinterest.sandbox.hits() == 1


def test_a_refusal_that_is_not_about_the_token_does_not_disconnect(pinterest: Case) -> None:
    body = json.dumps({"code": 1, "message": "Invalid request: grant_type is invalid"})
    with wire(answer(400, body, Content_Type="application/json")) as server:
        settings = pointed_at(pinterest.sandbox).model_copy(update={"pinterest_api_url": server.url})
        with pytest.raises(NeedsPerson):
            network("pinterest", settings).connect.refresh(pinterest.account.credentials)


def test_an_unknown_app_is_for_a_person(pinterest: Case) -> None:
    update = {"pinterest_client_secret": SecretStr("another")}
    stranger = network("pinterest", pointed_at(pinterest.sandbox).model_copy(update=update))
    with pytest.raises(NeedsPerson, match="client id and secret"):
        stranger.connect.refresh(pinterest.account.credentials)


@pytest.mark.parametrize("kind", ["accept_then_drop", "5xx"])
def test_giving_back_twice_is_fine(pinterest: Case, kind: str) -> None:
    pinterest.sandbox.fault("pinterest", "POST /v5/oauth/token/revoke", kind)
    with pytest.raises(TemporarilyRejected):
        pinterest.network.connect.revoke(pinterest.account)
    pinterest.network.connect.revoke(pinterest.account)
    with pytest.raises(TokenRefused):
        pinterest.network.connect.standing(pinterest.account)
