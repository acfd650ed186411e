"""Connecting a channel: PKCE, a refresh token that stays, what ends a connection and what does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx2
import pytest
from pydantic import SecretStr

from platforms.contract import Credentials
from platforms.errors import NeedsPerson, NeedsReconnect, TemporarilyRejected
from platforms.registry import network
from tests.platforms.conftest import Case, pointed_at
from tests.platforms.recording import recorded
from tests.platforms.wire import answer, wire

CALLBACK = "https://allin.example/back"
TOKEN = "POST /token"


def consented(case: Case, **more: str) -> Credentials:
    consent = case.network.connect.begin({}, CALLBACK, "state")
    query = "".join(
        f"&{name}={value}" for name, value in {"account": case.account.external_id, **more}.items()
    )
    sent = httpx2.get(f"{consent.url}{query}", trust_env=False)
    back = dict(parse_qsl(urlsplit(sent.headers["location"]).query))
    return case.network.connect.finish(consent, back, CALLBACK)


def test_the_consent_asks_for_a_refresh_token_and_every_scope(youtube: Case) -> None:
    consent = youtube.network.connect.begin({}, CALLBACK, "state")
    assert consent.url is not None
    query = parse_qs(urlsplit(consent.url).query)
    assert (query["access_type"], query["prompt"]) == (["offline"], ["consent"])
    assert query["code_challenge_method"] == ["S256"]
    assert consent.kept["verifier"] not in consent.url
    asked = set(query["scope"][0].split())
    assert asked == set().union(*youtube.network.capabilities.scopes.values())


def test_a_code_is_worth_nothing_without_its_verifier(youtube: Case) -> None:
    consent = youtube.network.connect.begin({}, CALLBACK, "state")
    sent = httpx2.get(f"{consent.url}&account={youtube.account.external_id}", trust_env=False)
    back = dict(parse_qsl(urlsplit(sent.headers["location"]).query))
    stolen = replace(consent, kept={"verifier": "a" * 64})
    with pytest.raises(NeedsReconnect):
        youtube.network.connect.finish(stolen, back, CALLBACK)


def test_the_refresh_token_stays_when_the_answer_has_none(youtube: Case) -> None:
    before = youtube.account.credentials
    after = youtube.network.connect.refresh(before)
    assert after.refresh_token == before.refresh_token
    assert after.access_token != before.access_token
    assert youtube.network.connect.refresh(before).access_token


@pytest.mark.parametrize("kind", ["5xx", "malformed", "truncated", "drop_before_accept", "429"])
def test_a_blip_disconnects_nobody(youtube: Case, kind: str) -> None:
    youtube.sandbox.fault("youtube", TOKEN, kind)
    with pytest.raises(TemporarilyRejected):
        youtube.network.connect.refresh(youtube.account.credentials)


def test_half_a_year_without_use_ends_it(tmp_path: Path) -> None:
    with recorded(tmp_path, "youtube") as (sandbox, _):
        connector = network("youtube", pointed_at(sandbox)).connect
        tokens = sandbox.user_credentials("youtube")
        sandbox.advance(100 * 86_400)
        connector.refresh(tokens)
        sandbox.advance(100 * 86_400)
        connector.refresh(tokens)
        sandbox.advance(183 * 86_400)
        with pytest.raises(NeedsReconnect):
            connector.refresh(tokens)


def test_an_unknown_project_is_for_a_person(youtube: Case) -> None:
    update = {"youtube_client_secret": SecretStr("another")}
    stranger = network("youtube", pointed_at(youtube.sandbox).model_copy(update=update))
    with pytest.raises(NeedsPerson, match="client id and secret"):
        stranger.connect.refresh(youtube.account.credentials)


def test_a_google_account_without_a_channel(youtube: Case) -> None:
    with wire(
        answer(200, '{"kind": "youtube#channelListResponse", "pageInfo": {"totalResults": 0}}')
    ) as server:
        settings = pointed_at(youtube.sandbox).model_copy(update={"youtube_api_url": server.url})
        with pytest.raises(NeedsPerson, match="no YouTube channel"):
            network("youtube", settings).connect.accounts(youtube.account.credentials)


def test_scopes_that_were_unticked_are_known(youtube: Case) -> None:
    readonly = "https://www.googleapis.com/auth/youtube.readonly"
    credentials = consented(youtube, granted=readonly)
    assert credentials.scopes == frozenset({readonly})
    needed = youtube.network.capabilities.scopes.values()
    assert [scopes <= credentials.scopes for scopes in needed] == [False] * 4


def test_a_token_of_another_channel_is_told(youtube: Case) -> None:
    other = replace(youtube.account, external_id="UCsomeoneelse")
    with pytest.raises(NeedsPerson):
        youtube.network.connect.standing(other)


def test_giving_back_twice_is_fine(youtube: Case) -> None:
    youtube.network.connect.revoke(youtube.account)
    youtube.network.connect.revoke(youtube.account)
    with pytest.raises(NeedsReconnect):
        youtube.network.connect.refresh(youtube.account.credentials)
