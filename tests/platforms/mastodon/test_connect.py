"""Mastodon servers: the app registers itself, people consent there, and walls hold."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from platforms.contract import Consent, Credentials
from platforms.errors import NeedsPerson, NeedsReconnect, RateLimited, Rejected, TemporarilyRejected
from platforms.mastodon.connect import MastodonConnector
from platforms.mastodon.instances import Instances
from tests.platforms.conftest import Case
from tests.platforms.mastodon.case import INPUTS, SERVER
from tests.platforms.wire import answer, wire

CALLBACK, STATE = "http://127.0.0.1:8501/connect/callback", "a-state"
APPS = "POST /api/v1/apps"


def consented(case: Case, **given: str) -> tuple[Consent, dict[str, str]]:
    consent = case.network.connect.begin(INPUTS, CALLBACK, STATE)
    sent = httpx2.get(f"{consent.url}&" + "&".join(f"{k}={v}" for k, v in given.items()), trust_env=False)
    assert sent.status_code == 302, sent.text
    return consent, dict(parse_qsl(urlsplit(sent.headers["location"]).query))


def test_the_app_registers_itself_and_asks_with_pkce(mastodon: Case) -> None:
    consent = mastodon.network.connect.begin({"server": " https://Toot.Example/ "}, CALLBACK, STATE)
    query = dict(parse_qsl(urlsplit(consent.url or "").query))
    assert query["client_id"] == consent.kept["client_id"]
    assert query["code_challenge_method"] == "S256"
    assert query["scope"] == "read:accounts read:statuses write:media write:statuses"
    assert consent.kept["server"] == SERVER
    assert consent.kept["client_secret"] not in str(consent)
    assert consent.kept["verifier"] not in (consent.url or "")


def test_an_account_is_named_with_its_server(mastodon: Case) -> None:
    subject = mastodon.sandbox.access("mastodon")["account_id"]
    consent, answered = consented(mastodon, account=subject)
    credentials = mastodon.network.connect.finish(consent, answered, CALLBACK)
    assert credentials.expires_at is None
    assert credentials.refresh_token is None
    assert set(credentials.extra) == {"server", "client_id", "client_secret"}
    (remote,) = mastodon.network.connect.accounts(credentials)
    assert remote.external_id == f"{subject}@toot.example"
    assert remote.handle == "harborandpine@toot.example"
    assert remote.server == SERVER


def test_a_code_works_once_and_with_its_verifier_only(mastodon: Case) -> None:
    subject = mastodon.sandbox.access("mastodon")["account_id"]
    consent, answered = consented(mastodon, account=subject)
    wrong = replace(consent, kept={**consent.kept, "verifier": "another"})
    with pytest.raises(NeedsReconnect):
        mastodon.network.connect.finish(wrong, answered, CALLBACK)
    mastodon.network.connect.finish(consent, answered, CALLBACK)
    with pytest.raises(NeedsReconnect):
        mastodon.network.connect.finish(consent, answered, CALLBACK)


def test_scopes_that_were_left_out_are_known(mastodon: Case) -> None:
    subject = mastodon.sandbox.access("mastodon")["account_id"]
    consent, answered = consented(mastodon, account=subject, granted="read:accounts,read:statuses")
    credentials = mastodon.network.connect.finish(consent, answered, CALLBACK)
    assert credentials.scopes == frozenset({"read:accounts", "read:statuses"})


def test_an_app_that_the_server_forgot_is_not_the_persons_fault(mastodon: Case) -> None:
    subject = mastodon.sandbox.access("mastodon")["account_id"]
    consent, answered = consented(mastodon, account=subject)
    wrong = replace(consent, kept={**consent.kept, "client_secret": "another"})
    with pytest.raises(NeedsPerson):
        mastodon.network.connect.finish(wrong, answered, CALLBACK)


@pytest.mark.parametrize("typed", ["", "not a server", "http://toot.example", "localhost", "[::1]"])
def test_what_is_no_server_is_said_in_words(mastodon: Case, typed: str) -> None:
    with pytest.raises(Rejected, match="looks like"):
        mastodon.network.connect.begin({"server": typed}, CALLBACK, STATE)


@pytest.mark.parametrize("typed", ["127.0.0.1", "localhost.localdomain", "10.1.2.3", "169.254.169.254"])
def test_a_server_behind_our_own_walls_is_never_reached(typed: str) -> None:
    connector = MastodonConnector(Instances(""))
    with pytest.raises(Rejected, match="did not answer as a Mastodon server"):
        connector.begin({"server": typed}, CALLBACK, STATE)


def test_even_one_that_listens_there_is_not_asked() -> None:
    with wire(answer(200, "{}")) as server:
        connector = MastodonConnector(Instances(""))
        with pytest.raises(Rejected):
            connector.begin({"server": f"127.0.0.1:{urlsplit(server.url).port}"}, CALLBACK, STATE)
        assert server.requests == []


@pytest.mark.parametrize(
    ("status", "body"), [(404, "<html>"), (301, ""), (200, "{}"), (200, "hello"), (422, '{"error": "no"}')]
)
def test_a_server_of_another_kind_is_told_apart(status: int, body: str) -> None:
    with wire(answer(status, body)) as server, pytest.raises(Rejected):
        MastodonConnector(Instances(server.url)).begin(INPUTS, CALLBACK, STATE)


def test_too_many_registrations_name_when_to_come_again(mastodon: Case) -> None:
    mastodon.sandbox.fault("mastodon", APPS, "429")
    with pytest.raises(RateLimited):
        mastodon.network.connect.begin(INPUTS, CALLBACK, STATE)


@pytest.mark.parametrize("kind", ["5xx", "malformed", "drop_before_accept"])
def test_a_blip_while_the_code_is_redeemed_is_no_verdict(mastodon: Case, kind: str) -> None:
    subject = mastodon.sandbox.access("mastodon")["account_id"]
    consent, answered = consented(mastodon, account=subject)
    mastodon.sandbox.fault("mastodon", "POST /oauth/token", kind)
    with pytest.raises(TemporarilyRejected):
        mastodon.network.connect.finish(consent, answered, CALLBACK)


def test_there_is_nothing_to_refresh_with(mastodon: Case) -> None:
    with pytest.raises(NeedsReconnect):
        mastodon.network.connect.refresh(mastodon.account.credentials)


def test_given_back_twice_is_fine(mastodon: Case) -> None:
    mastodon.network.connect.revoke(mastodon.account)
    mastodon.network.connect.revoke(mastodon.account)
    with pytest.raises(NeedsReconnect):
        mastodon.network.connect.standing(mastodon.account)
    unknown = Credentials("nothing", extra={"server": SERVER, "client_id": "x", "client_secret": "y"})
    mastodon.network.connect.revoke(replace(mastodon.account, credentials=unknown))


def test_each_account_is_asked_on_its_own_server() -> None:
    instances = Instances("")
    assert instances.api("https://a.example").base_url == "https://a.example"
    assert Instances("http://127.0.0.1:1").api("https://a.example").base_url == "http://127.0.0.1:1"


def test_accounts_of_two_servers_with_one_id_are_two() -> None:
    user = json.dumps({"id": "1", "username": "anna"})
    with wire(answer(200, user)) as server:
        connector = MastodonConnector(Instances(server.url))
        found = [
            connector.accounts(Credentials("t", extra={"server": f"https://{host}"}))[0].external_id
            for host in ("a.example", "b.example")
        ]
    assert found == ["1@a.example", "1@b.example"]
