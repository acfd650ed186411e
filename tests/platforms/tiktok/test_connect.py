"""Connecting a TikTok account: consent, rotation, missing scopes, and what a blip is not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx2
import pytest
from pydantic import SecretStr

from platforms.contract import Credentials, Entity
from platforms.errors import NeedsPerson, NeedsReconnect, NetworkError, TemporarilyRejected
from platforms.registry import network
from tests.platforms.conftest import Case, pointed_at
from tests.platforms.wire import answer, wire

CALLBACK = "https://allin.example/back"
TOKEN = "POST /v2/oauth/token/"


def test_the_consent_asks_for_every_scope_that_a_feature_needs(tiktok: Case) -> None:
    consent = tiktok.network.connect.begin({}, CALLBACK, "state")
    assert consent.url is not None
    query = parse_qs(urlsplit(consent.url).query)
    assert query["client_key"] == ["sandbox-tiktok"]
    asked = set(query["scope"][0].split(","))
    assert asked == set().union(*tiktok.network.capabilities.scopes.values())


def test_a_refresh_token_works_once(tiktok: Case) -> None:
    before = tiktok.account.credentials
    after = tiktok.network.connect.refresh(before)
    assert after.refresh_token != before.refresh_token
    with pytest.raises(NeedsReconnect):
        tiktok.network.connect.refresh(before)
    again = tiktok.network.connect.refresh(after)
    tiktok.network.connect.standing(replace(tiktok.account, credentials=again))


def test_of_two_refreshes_at_once_one_gets_tokens(tiktok: Case) -> None:
    def refreshed(_: int) -> Credentials | NetworkError:
        try:
            return tiktok.network.connect.refresh(tiktok.account.credentials)
        except NetworkError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(refreshed, range(2)))
    assert sorted(type(one).__name__ for one in found) == ["Credentials", "NeedsReconnect"]


def test_lives_are_what_the_answer_says(tiktok: Case) -> None:
    body = '{"access_token": "a", "expires_in": 86400, "refresh_token": "r", "refresh_expires_in": 3600,'
    body += ' "scope": "user.info.basic,video.list", "open_id": "1", "token_type": "Bearer"}'
    with wire(answer(200, body)) as server:
        settings = pointed_at(tiktok.sandbox).model_copy(update={"tiktok_api_url": server.url})
        asked_at = datetime.now(UTC)
        found = network("tiktok", settings).connect.refresh(tiktok.account.credentials)
    assert found.expires_at is not None
    assert abs(found.expires_at - asked_at - timedelta(days=1)) < timedelta(seconds=5)
    assert found.scopes == frozenset({"user.info.basic", "video.list"})
    ends = datetime.fromisoformat(found.extra["consent_ends_at"])
    assert abs(ends - asked_at - timedelta(hours=1)) < timedelta(seconds=5)


@pytest.mark.parametrize("kind", ["5xx", "malformed", "truncated", "drop_before_accept", "429"])
def test_a_blip_disconnects_nobody(tiktok: Case, kind: str) -> None:
    tiktok.sandbox.fault("tiktok", TOKEN, kind)
    with pytest.raises(TemporarilyRejected):
        tiktok.network.connect.refresh(tiktok.account.credentials)
    assert tiktok.sandbox.hits() == 1


def test_an_unknown_app_is_for_a_person(tiktok: Case) -> None:
    update = {"tiktok_client_secret": SecretStr("another")}
    stranger = network("tiktok", pointed_at(tiktok.sandbox).model_copy(update=update))
    with pytest.raises(NeedsPerson, match="client id and secret"):
        stranger.connect.refresh(tiktok.account.credentials)


def test_fewer_scopes_than_asked_still_connect(tiktok: Case) -> None:
    """Without the profile and the statistics the account is read with what is left."""
    connector, account_id = tiktok.network.connect, tiktok.account.external_id
    consent = connector.begin({}, CALLBACK, "state")
    sent = httpx2.get(
        f"{consent.url}&account={account_id}&granted=user.info.basic,video.list", trust_env=False
    )
    back = dict(parse_qsl(urlsplit(sent.headers["location"]).query))
    credentials = connector.finish(consent, back, CALLBACK)
    assert credentials.scopes == frozenset({"user.info.basic", "video.list"})
    (remote,) = connector.accounts(credentials)
    assert (remote.external_id, remote.handle) == (account_id, "")
    account = replace(tiktok.account, credentials=credentials)
    now = datetime.now(UTC)
    (told,) = tiktok.network.collect.collect(account, Entity.ACCOUNT, None, now, None)
    assert "follower_count" not in told.body
    missing = tiktok.network.capabilities.scopes
    assert any(not scopes <= credentials.scopes for scopes in missing.values())
