"""Threads: connecting, what was granted, and how a token lives on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from foundation.settings import Settings
from platforms.capabilities import Feature
from platforms.contract import Account, Consent, Credentials, Network
from platforms.errors import NeedsPerson, NeedsReconnect, NetworkError, TemporarilyRejected
from platforms.threads.capabilities import BASIC, CAPABILITIES
from platforms.threads.network import build
from tests.platforms.conftest import Sandbox, as_account
from tests.platforms.threads import case
from tests.platforms.threads.conftest import account_of

CALLBACK = "https://allin.example.com/connect/threads"
FIRST = "31480000000101"


def answered(consent: Consent, **query: str) -> dict[str, str]:
    """What comes back when a person answers the consent page."""
    assert consent.url
    page = httpx2.get(consent.url, trust_env=False)
    assert page.status_code == 200, page.text
    answer = httpx2.get(f"{consent.url}&{'&'.join(f'{k}={v}' for k, v in query.items())}", trust_env=False)
    location = urlsplit(answer.headers["location"])
    return {name: values[0] for name, values in parse_qs(location.query).items()}


def test_connecting(threads: Network) -> None:
    consent = threads.connect.begin({}, CALLBACK, "the-state")
    answer = answered(consent, account=FIRST)
    assert answer["state"] == "the-state"
    credentials = threads.connect.finish(consent, {**answer, "code": answer["code"] + "#_"}, CALLBACK)
    assert credentials.expires_at
    left = credentials.expires_at - datetime.now(UTC)
    assert timedelta(days=49) < left < timedelta(days=51), "ten days early: an ended token can't be renewed"
    assert credentials.scopes
    assert all(scopes <= credentials.scopes for scopes in CAPABILITIES.scopes.values())
    (found,) = threads.connect.accounts(credentials)
    assert (found.external_id, found.handle) == (FIRST, "harborandpine")
    assert threads.connect.standing(as_account(found)).scopes == credentials.scopes


def test_a_no_connects_nothing(threads: Network) -> None:
    consent = threads.connect.begin({}, CALLBACK, "s")
    with pytest.raises(NeedsPerson, match="nothing was connected"):
        threads.connect.finish(consent, answered(consent, deny="1"), CALLBACK)


def test_what_was_left_out_is_known(threads: Network) -> None:
    consent = threads.connect.begin({}, CALLBACK, "s")
    credentials = threads.connect.finish(consent, answered(consent, account=FIRST, granted=BASIC), CALLBACK)
    assert credentials.scopes == frozenset({BASIC})
    assert not CAPABILITIES.scopes[Feature.PUBLISH] <= credentials.scopes


def test_without_the_first_permission_nothing_is_connected(threads: Network) -> None:
    consent = threads.connect.begin({}, CALLBACK, "s")
    answer = answered(consent, account=FIRST, granted="threads_content_publish")
    with pytest.raises(NeedsPerson, match="permission"):
        threads.connect.finish(consent, answer, CALLBACK)


def test_a_code_is_good_once(threads: Network) -> None:
    consent = threads.connect.begin({}, CALLBACK, "s")
    answer = answered(consent, account=FIRST)
    threads.connect.finish(consent, answer, CALLBACK)
    with pytest.raises(NeedsReconnect):
        threads.connect.finish(consent, answer, CALLBACK)


def test_a_wrong_secret_is_the_installations_fault(sandbox: Sandbox) -> None:
    access = sandbox.get("world")["brands"][0]["threads"]
    connector = build(Settings(**{**case.settings(sandbox.url, access), "threads_client_secret": "wrong"}))
    consent = connector.connect.begin({}, CALLBACK, "s")
    with pytest.raises(NeedsPerson, match="client id and secret"):
        connector.connect.finish(consent, answered(consent, account=FIRST), CALLBACK)


def test_a_token_is_renewed_and_the_old_one_still_works(sandbox: Sandbox, threads: Network) -> None:
    account = account_of(sandbox, threads)
    renewed, again = (threads.connect.refresh(account.credentials) for _ in range(2))
    assert len({account.credentials.access_token, renewed.access_token, again.access_token}) == 3
    for credentials in (account.credentials, renewed, again):
        assert threads.connect.accounts(credentials)[0].external_id == FIRST


def test_a_token_of_today_is_left_as_it_is(threads: Network) -> None:
    consent = threads.connect.begin({}, CALLBACK, "s")
    fresh = threads.connect.finish(consent, answered(consent, account=FIRST), CALLBACK)
    kept = threads.connect.refresh(fresh)
    assert kept.access_token == fresh.access_token
    assert kept.expires_at
    assert timedelta(minutes=55) < kept.expires_at - datetime.now(UTC) < timedelta(minutes=65), (
        "tried again then"
    )
    ending = replace(fresh, extra={"ends_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()})
    with pytest.raises(TemporarilyRejected, match="24 hours"):
        threads.connect.refresh(ending)


@pytest.mark.parametrize(
    ("fault", "times", "error"),
    [
        ("5xx", 9, TemporarilyRejected),
        ("drop_before_accept", 9, TemporarilyRejected),
        ("401", 1, NeedsReconnect),
    ],
)
def test_only_a_dead_token_ends_the_connection(
    sandbox: Sandbox, threads: Network, fault: str, times: int, error: type[NetworkError]
) -> None:
    account = account_of(sandbox, threads)
    sandbox.fault("threads", "GET /refresh_access_token", fault, times=times)
    with pytest.raises(error):
        threads.connect.refresh(account.credentials)


def test_a_dead_token_is_told(sandbox: Sandbox, threads: Network) -> None:
    dead = replace(account_of(sandbox, threads), credentials=Credentials("THAA" + "0" * 60))
    with pytest.raises(NeedsReconnect):
        threads.connect.standing(dead)


def test_revoking_asks_nothing(sandbox: Sandbox, threads: Network) -> None:
    sandbox.fault("threads", "/", "401", times=None)
    threads.connect.revoke(Account("a", "o", "threads", FIRST, "Harbor", Credentials("t")))
    assert sandbox.hits() == 0
