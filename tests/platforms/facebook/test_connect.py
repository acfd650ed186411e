"""Connecting pages: consent, its tokens, the pages chosen, how they stand, and giving access back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx2
import pytest
from pydantic import SecretStr

from platforms.contract import Account, Consent, Credentials, RemoteAccount
from platforms.errors import NeedsPerson, NeedsReconnect, NetworkError, TemporarilyRejected
from platforms.facebook.capabilities import CAPABILITIES, COLLECT, PUBLISH
from platforms.facebook.connect import USER_TOKEN, _useless
from platforms.message import Message
from tests.platforms.facebook.conftest import Page, build

CALLBACK = "http://127.0.0.1:8501/callback/facebook"
STATE = "s" * 400


def answered(page: Page, consent: Consent, **query: str) -> dict[str, str]:
    """What comes back to the callback of a person who answers at once."""
    assert consent.url
    parts = urlsplit(consent.url)
    asked = {**dict(parse_qsl(parts.query)), **query}
    answer = page.server.client.get(parts.path, params=asked)
    assert answer.status_code == 302, answer.text
    assert answer.headers["location"].startswith(CALLBACK)
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def granted(page: Page, **query: str) -> Credentials:
    consent = page.connector.begin({}, CALLBACK, STATE)
    answer = answered(page, consent, **{"account": "*", **query})
    assert answer["state"] == STATE
    return page.connector.finish(consent, answer, CALLBACK)


def as_account(remote: RemoteAccount) -> Account:
    return Account("a", "o", "facebook", remote.external_id, remote.name, remote.credentials)


def test_the_consent_asks_for_every_scope_a_feature_needs(page: Page) -> None:
    consent = page.connector.begin({}, CALLBACK, STATE)
    assert consent.url
    parts = urlsplit(consent.url)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert parts.path == "/facebook/v26.0/dialog/oauth"
    assert (asked["redirect_uri"], asked["state"], asked["response_type"]) == (CALLBACK, STATE, "code")
    scopes = set(asked["scope"].split(","))
    assert all(needed <= scopes for needed in CAPABILITIES.scopes.values())
    assert "client_secret" not in consent.url


def test_consent_leads_to_the_pages_with_tokens_that_do_not_end(page: Page) -> None:
    user = granted(page)
    assert user.expires_at
    assert timedelta(days=59) < user.expires_at - datetime.now(UTC) < timedelta(days=61)
    assert user.scopes
    assert user.scopes >= PUBLISH | COLLECT
    remotes = page.connector.accounts(user)
    assert len({remote.external_id for remote in remotes}) == len(page.server.brands)
    assert all(remote.name and remote.handle for remote in remotes)
    assert all(remote.credentials.expires_at is None for remote in remotes)
    assert all(remote.credentials.scopes == user.scopes for remote in remotes)
    standing = page.connector.standing(as_account(remotes[0]))
    assert standing.scopes == user.scopes
    assert standing.ends_at
    moved = timedelta(seconds=page.server.get("/_sandbox/clock").json()["offset_s"])
    assert timedelta(days=89) < standing.ends_at - datetime.now(UTC) - moved < timedelta(days=91)


def test_only_the_pages_that_were_chosen_are_listed(page: Page) -> None:
    brand = page.server.brands[1]
    [remote] = page.connector.accounts(granted(page, account=brand["key"]))
    assert remote.external_id == brand["facebook"]["page_id"]


def test_scopes_that_were_left_out_are_known(page: Page) -> None:
    user = granted(page, granted="pages_show_list,pages_read_engagement")
    assert user.scopes == frozenset({"pages_show_list", "pages_read_engagement", "public_profile"})
    with pytest.raises(NeedsPerson, match="allow"):
        granted(page, granted="pages_manage_posts")


def test_a_no_is_a_persons_no(page: Page) -> None:
    consent = page.connector.begin({}, CALLBACK, STATE)
    with pytest.raises(NeedsPerson, match="not given the permission"):
        page.connector.finish(consent, answered(page, consent, deny="1"), CALLBACK)


def test_a_code_is_good_once_and_for_its_own_address(page: Page) -> None:
    consent = page.connector.begin({}, CALLBACK, STATE)
    answer = answered(page, consent, account="*")
    with pytest.raises(NeedsReconnect):
        page.connector.finish(consent, answer, f"{CALLBACK}/other")
    page.connector.finish(consent, answer, CALLBACK)
    with pytest.raises(NeedsReconnect):
        page.connector.finish(consent, answer, CALLBACK)
    with pytest.raises(NeedsReconnect):
        page.connector.finish(consent, {**answer, "code": "made up"}, CALLBACK)


@pytest.mark.parametrize("setting", ["facebook_client_id", "facebook_client_secret"])
def test_a_wrong_app_needs_a_person(page: Page, setting: str) -> None:
    consent = page.connector.begin({}, CALLBACK, STATE)
    answer = answered(page, consent, account="*")
    wrong: Any = SecretStr("wrong") if setting.endswith("secret") else "wrong"
    other = build(page.server, **{setting: wrong}).connect
    with pytest.raises(NeedsPerson, match="id and secret") as caught:
        other.finish(consent, answer, CALLBACK)
    assert "wrong" not in caught.value.message
    assert page.connector.finish(consent, answer, CALLBACK).access_token, "the code was not used up"


def test_a_wrong_app_is_not_taken_for_a_dead_page(page: Page) -> None:
    other = page.at(facebook_client_secret=SecretStr("wrong"))
    with pytest.raises(NeedsPerson, match="client id and secret") as caught:
        other.connector.standing(page.account)
    assert caught.value.code == "190"
    assert page.connector.standing(page.account).ends_at


@pytest.mark.parametrize("kind", ["drop_before_accept", "5xx", "malformed", "429"])
def test_a_blip_while_connecting_is_no_lost_connection(page: Page, kind: str) -> None:
    consent = page.connector.begin({}, CALLBACK, STATE)
    answer = answered(page, consent, account="*")
    page.fault("POST /oauth/access_token", kind)
    with pytest.raises(TemporarilyRejected):
        page.connector.finish(consent, answer, CALLBACK)


def test_there_is_nothing_to_renew(page: Page) -> None:
    with pytest.raises(NeedsReconnect):
        page.connector.refresh(page.account.credentials)


# ---------------------------------------------------------------- how an account stands
def test_a_lost_role_is_told_apart(fresh: Page) -> None:
    assert fresh.connector.standing(fresh.account).ends_at
    fresh.role()
    with pytest.raises(NeedsReconnect):
        fresh.connector.standing(fresh.account)
    assert fresh.connector.accounts(granted(fresh))
    assert fresh.account.external_id not in {
        remote.external_id for remote in fresh.connector.accounts(granted(fresh))
    }


def test_a_role_that_can_not_publish_does_not_carry_the_scope(fresh: Page) -> None:
    fresh.role("ANALYZE")
    remotes = {remote.external_id: remote for remote in fresh.connector.accounts(granted(fresh))}
    scopes = remotes.pop(fresh.account.external_id).credentials.scopes
    assert scopes is not None
    assert "pages_manage_posts" not in scopes
    assert "read_insights" in scopes
    remote = next(iter(remotes.values()))
    assert remote.credentials.scopes
    assert "pages_manage_posts" in remote.credentials.scopes


def test_a_standing_keeps_out_what_the_role_does_not_carry(fresh: Page) -> None:
    fresh.role("ANALYZE")
    remotes = {remote.external_id: remote for remote in fresh.connector.accounts(granted(fresh))}
    standing = fresh.connector.standing(as_account(remotes[fresh.account.external_id]))
    assert standing.scopes is not None
    assert "pages_manage_posts" not in standing.scopes
    assert "read_insights" in standing.scopes


@pytest.mark.parametrize(
    ("tasks", "useless"),
    [
        (None, set()),
        (["MANAGE"], set()),
        (["PROFILE_PLUS_FULL_CONTROL"], set()),
        (["ANALYZE", "CREATE_CONTENT", "MODERATE"], set()),
        (["PROFILE_PLUS_CREATE_CONTENT", "PROFILE_PLUS_ANALYZE"], {"pages_manage_engagement"}),
        (["PROFILE_PLUS_ANALYZE"], {"pages_manage_posts", "pages_manage_engagement"}),
        (["MODERATE"], {"pages_manage_posts", "read_insights"}),
    ],
)
def test_tasks_say_which_scopes_are_of_no_use(tasks: list[str] | None, useless: set[str]) -> None:
    assert _useless(tasks) == useless


@pytest.mark.parametrize(("asked", "served"), [("v20.0", "v21.0"), ("v12.0", "v21.0")])
def test_a_version_that_is_gone_is_reported_with_what_to_change(page: Page, asked: str, served: str) -> None:
    old = page.at(facebook_api_version=asked)
    with pytest.raises(NeedsPerson, match=f"{asked} .* {served}; set ALLIN_FACEBOOK_API_VERSION"):
        old.connector.standing(old.account)
    assert old.publish(Message(f"still served {asked}")).external_id, "Meta goes on with the oldest it has"


def test_a_version_that_lives_is_fine(page: Page) -> None:
    older = page.at(facebook_api_version="v24.0")
    assert older.connector.standing(older.account).ends_at


@pytest.mark.parametrize("kind", ["drop_before_accept", "5xx", "malformed"])
def test_a_blip_says_nothing_about_an_account(page: Page, kind: str) -> None:
    page.fault("GET /debug_token", kind)
    assert page.connector.standing(page.account).ends_at


# ---------------------------------------------------------------- giving back
def test_disconnecting_the_only_page_gives_its_permissions_back(fresh: Page) -> None:
    [remote] = fresh.connector.accounts(granted(fresh, account=fresh.server.brands[0]["key"]))
    account = as_account(remote)
    fresh.network.publish.submit(account, Message("before"), {})
    fresh.connector.revoke(account)
    with pytest.raises(NeedsPerson):
        fresh.network.publish.submit(account, Message("after"), {})
    fresh.connector.revoke(account)


def test_disconnecting_one_page_leaves_the_persons_others(fresh: Page) -> None:
    one, other = fresh.connector.accounts(granted(fresh))[:2]
    fresh.connector.revoke(as_account(one))
    assert fresh.network.publish.submit(as_account(other), Message("still here"), {}).external_id


def test_giving_back_what_has_ended_is_no_error(fresh: Page) -> None:
    [remote] = fresh.connector.accounts(granted(fresh, account=fresh.server.brands[0]["key"]))
    token = remote.credentials.extra[USER_TOKEN]
    deleted = fresh.server.client.delete("/facebook/me/permissions", params={"access_token": token})
    assert deleted.json() == {"success": True}
    with pytest.raises(NeedsReconnect):
        fresh.connector.standing(as_account(remote))
    fresh.connector.revoke(as_account(remote))
    fresh.connector.revoke(as_account(RemoteAccount("facebook", "1", "x", Credentials("x"))))


@pytest.mark.usefixtures("impatient")
def test_no_token_gets_out(page: Page, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "httpx2")
    user = granted(page)
    remote = page.connector.accounts(user)[0]
    errors: list[NetworkError] = []
    for fault in ("401", "5xx"):
        page.fault("GET /debug_token", fault, times=9)
        with pytest.raises(NetworkError) as caught:
            page.connector.standing(as_account(remote))
        errors.append(caught.value)
        page.clear()
    page.connector.standing(as_account(remote))
    secret = "sandbox-facebook-secret"
    for text in (caplog.text, *map(repr, errors), *map(str, errors), repr(remote), repr(page.connector)):
        for token in (user.access_token, remote.credentials.access_token, secret):
            assert token not in text


def test_the_consent_page_is_for_people(page: Page) -> None:
    consent = page.connector.begin({}, CALLBACK, STATE)
    assert consent.url
    html = httpx2.get(consent.url, trust_env=False).text
    assert "Every page" in html
    assert page.server.brands[0]["name"].split()[0] in html
