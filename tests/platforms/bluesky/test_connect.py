"""Sessions of Bluesky: entered, renewed, ended, on its own host and on others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from foundation.database import utc_now
from platforms.bluesky.connect import BlueskyConnector
from platforms.bluesky.hosts import Hosts
from platforms.bluesky.upload import service_of
from platforms.contract import Credentials
from platforms.errors import (
    NeedsPerson,
    NeedsReconnect,
    RateLimited,
    Rejected,
    TemporarilyRejected,
    TokenRefused,
)
from tests.platforms.bluesky.case import INPUTS
from tests.platforms.conftest import Case, as_account
from tests.platforms.wire import answer, wire

CALLBACK, STATE = "http://127.0.0.1:8501/connect/callback", "a-state"


def test_the_password_is_not_kept_and_the_tokens_end_in_two_hours(bluesky: Case) -> None:
    connector = bluesky.network.connect
    consent = connector.begin({**INPUTS, "handle": " @HarborAndPine.bsky.example "}, CALLBACK, STATE)
    assert consent.url is None
    assert INPUTS["password"] not in str(consent.kept)
    credentials = connector.finish(consent, {"state": STATE}, CALLBACK)
    assert credentials.expires_at
    life = credentials.expires_at - bluesky.sandbox.now()
    assert timedelta(minutes=119) < life <= timedelta(hours=2)
    (account,) = connector.accounts(credentials)
    assert (account.handle, account.server) == ("harborandpine.bsky.example", "")
    assert account.external_id.startswith("did:plc:")


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"handle": "harborandpine.bsky.example"},
        {**INPUTS, "password": "wrong"},
        {**INPUTS, "handle": "nobody.bsky.example"},
        {**INPUTS, "host": "not a host"},
    ],
)
def test_what_can_not_be_entered_with_is_said_in_words(bluesky: Case, inputs: dict[str, str]) -> None:
    with pytest.raises(Rejected) as caught:
        bluesky.network.connect.begin(inputs, CALLBACK, STATE)
    assert INPUTS["password"] not in caught.value.message


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost.localdomain", "10.0.0.1", "169.254.169.254"])
def test_a_host_behind_our_own_walls_is_never_reached(bluesky: Case, host: str) -> None:
    with pytest.raises(Rejected, match="could not be reached"):
        bluesky.network.connect.begin({**INPUTS, "host": host}, CALLBACK, STATE)


def test_too_many_entries_name_when_to_come_again(bluesky: Case) -> None:
    bluesky.sandbox.fault("bluesky", "POST /xrpc/com.atproto.server.createSession", "429")
    with pytest.raises(RateLimited):
        bluesky.network.connect.begin(INPUTS, CALLBACK, STATE)


def test_a_second_factor_asks_for_an_app_password() -> None:
    body = '{"error": "AuthFactorTokenRequired", "message": "A sign in code has been sent"}'
    with wire(answer(401, body)) as server:
        connector = BlueskyConnector(Hosts(server.url))
        with pytest.raises(Rejected, match="app password"):
            connector.begin(INPUTS, CALLBACK, STATE)


def test_a_host_that_repeats_the_password_does_not_get_it_into_words() -> None:
    body = '{"error": "InvalidRequest", "message": "bad password demo-demo-demo-demo"}'
    with wire(answer(400, body)) as server:
        with pytest.raises(Rejected) as caught:
            BlueskyConnector(Hosts(server.url)).begin(INPUTS, CALLBACK, STATE)
        assert INPUTS["password"] not in caught.value.message


@pytest.mark.parametrize("kind", ["accept_then_drop", "5xx", "malformed", "truncated", "drop_before_accept"])
def test_a_blip_while_refreshing_disconnects_nobody(bluesky: Case, kind: str) -> None:
    before = bluesky.account.credentials
    bluesky.sandbox.fault("bluesky", "POST /xrpc/com.atproto.server.refreshSession", kind)
    with pytest.raises(TemporarilyRejected):
        bluesky.network.connect.refresh(before)
    assert bluesky.sandbox.hits() == 1
    after = bluesky.network.connect.refresh(before)  # the old one works for a while
    assert after.extra == before.extra
    assert after.refresh_token != before.refresh_token


def test_a_replay_long_after_is_dead_for_good(bluesky: Case) -> None:
    before = bluesky.account.credentials
    bluesky.network.connect.refresh(before)
    bluesky.sandbox.advance(3 * 3_600)
    with pytest.raises(NeedsReconnect):
        bluesky.network.connect.refresh(before)


def test_tokens_that_are_none(bluesky: Case) -> None:
    connector = bluesky.network.connect
    with pytest.raises(NeedsReconnect):
        connector.refresh(Credentials("access", None))
    with pytest.raises(NeedsReconnect):
        connector.refresh(Credentials("access", "never.was.one"))
    with pytest.raises(TokenRefused):
        connector.standing(replace(bluesky.account, credentials=Credentials("never.was.one")))


def test_given_back_it_can_not_be_renewed(bluesky: Case) -> None:
    bluesky.network.connect.revoke(bluesky.account)
    with pytest.raises(NeedsReconnect):
        bluesky.network.connect.refresh(bluesky.account.credentials)
    bluesky.network.connect.revoke(bluesky.account)  # twice is fine


def test_an_account_that_was_stopped_needs_a_person(bluesky: Case) -> None:
    body = '{"did": "did:plc:a", "active": false, "status": "suspended"}'
    with wire(answer(200, body)) as server, pytest.raises(NeedsPerson, match="suspended"):
        BlueskyConnector(Hosts(server.url)).standing(bluesky.account)


def test_a_token_without_an_end_is_renewed_in_time(bluesky: Case) -> None:
    body = '{"did": "did:plc:a", "handle": "a.example", "accessJwt": "opaque", "refreshJwt": "r"}'
    with wire(answer(200, body)) as server:
        connector = BlueskyConnector(Hosts(server.url))
        credentials = connector.refresh(bluesky.account.credentials)
    assert credentials.expires_at
    assert credentials.expires_at <= utc_now() + timedelta(hours=2)


def test_an_account_keeps_its_host() -> None:
    hosts = Hosts("https://bsky.social")
    assert hosts.api("").base_url == "https://bsky.social"
    assert hosts.api("https://pds.example.org").base_url == "https://pds.example.org"


def test_the_video_service_acts_on_the_host_of_the_accounts_data() -> None:
    service = {"id": "#atproto_pds", "serviceEndpoint": "https://oyster.host.bsky.network"}
    session = {"didDoc": {"service": [{"id": "#other", "serviceEndpoint": "https://x"}, service]}}
    assert service_of(session, "https://bsky.social") == "did:web:oyster.host.bsky.network"
    assert service_of({}, "https://pds.example.org:8443") == "did:web:pds.example.org%3A8443"


def test_the_account_is_the_one_of_the_session(bluesky: Case) -> None:
    (remote,) = bluesky.network.connect.accounts(bluesky.account.credentials)
    assert as_account(remote).external_id == bluesky.account.external_id
