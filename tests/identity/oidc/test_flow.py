"""The way to the provider and back: only the browser that left comes back, once, with what it left for."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID, uuid4

import pytest

from foundation import keyring
from foundation.settings import Settings
from identity import oidc
from identity.errors import NotFoundError, SignInError, TooManyTriesError
from identity.limits import Limit
from identity.models import IdentityProvider, Organization
from identity.oidc import Arrived, discovery, flow
from identity.oidc.discovery import Known
from identity.oidc.tokens import Claims, redeem
from tests.identity.oidc import world
from tests.identity.oidc.conftest import Sso, entered

EMAIL = "owner@example.com"


@pytest.fixture
def owner(sso: Sso) -> UUID:
    assert sso
    return world.person(EMAIL, world.organization())


def test_the_browser_leaves_with_pkce_state_and_nonce_and_its_cookie_tells_nothing(sso: Sso) -> None:
    url, sealed = sso.begin(next_path="/posts")
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert url.startswith(f"{sso.settings.sandbox_url}/oidc/authorize?")
    assert (query["response_type"], query["client_id"]) == ("code", "allin")
    assert (query["code_challenge_method"], len(query["code_challenge"])) == ("S256", 43)
    assert query["redirect_uri"] == f"{sso.settings.public_url}/sso/callback"
    assert set(query["scope"].split()) == {"openid", "email", "profile"}
    assert min(len(query["state"]), len(query["nonce"])) >= 43
    assert "posts" not in sealed
    assert len(sealed) < 3000
    again = parse_qs(urlsplit(sso.begin()[0]).query)
    assert not {"state", "nonce", "code_challenge"} & {
        name for name, value in query.items() if again[name][0] == value
    }


def test_who_comes_back_is_let_in_and_goes_where_they_wanted_to(sso: Sso, owner: UUID) -> None:
    url, sealed = sso.begin(next_path="/posts?brand=1")
    assert entered(sso.finish(sealed, sso.typed(url, EMAIL))) == (owner, None, None, "/posts?brand=1")


def test_a_cookie_never_outgrows_the_browser(sso: Sso, owner: UUID) -> None:
    for target in ("/" + "x" * 5000, "/" + "ü" * 900):
        url, sealed = sso.begin(next_path=target)
        assert len(sealed) < 3000
        assert entered(sso.finish(sealed, sso.typed(url, EMAIL))) == (owner, None, None, "/")
    assert len(sso.begin(next_path="/\udcff" + "ü" * 400)[1]) < 3000


@pytest.mark.usefixtures("owner")
def test_an_answer_is_taken_from_the_browser_that_left_alone(sso: Sso) -> None:
    url, sealed = sso.begin()
    _, sealed_of_another = sso.begin()
    answer = sso.typed(url, EMAIL)
    forged = keyring.load(sso.settings).encrypt(
        keyring.load(sso.settings).decrypt(sealed, "a sign-in by a provider"), "something else"
    )
    for cookie in (sealed_of_another, None, "", "x.y", sealed[:-4] + "AAAA", forged):
        with pytest.raises(SignInError, match="another browser"):
            sso.finish(cookie, answer)
    for state in ("", "guess", answer["state"][:-1], answer["state"].upper(), "\ud800"):
        with pytest.raises(SignInError, match="another browser"):
            sso.finish(sealed, {**answer, "state": state})
    assert isinstance(sso.finish(sealed, answer), Arrived)


@pytest.mark.usefixtures("owner")
def test_an_answer_is_taken_once(sso: Sso) -> None:
    url, sealed = sso.begin()
    answer = sso.typed(url, EMAIL)
    assert isinstance(sso.finish(sealed, answer), Arrived)
    with pytest.raises(SignInError, match="did not work"):
        sso.finish(sealed, answer)


@pytest.mark.usefixtures("owner")
def test_ten_minutes_are_enough(sso: Sso, monkeypatch: pytest.MonkeyPatch) -> None:
    url, sealed = sso.begin()
    answer, now = sso.typed(url, EMAIL), time.time()
    monkeypatch.setattr(time, "time", lambda: now + 601)
    with pytest.raises(SignInError, match="too long"):
        sso.finish(sealed, answer)
    monkeypatch.setattr(time, "time", lambda: now + 30)
    assert isinstance(sso.finish(sealed, answer), Arrived)


@pytest.mark.usefixtures("owner")
def test_a_code_of_another_sign_in_is_worth_nothing(sso: Sso) -> None:
    """Someone else's code, carried into one's own sign-in, fails by the challenge it was made with."""
    theirs = sso.typed(sso.begin()[0], EMAIL)
    url, sealed = sso.begin()
    mine = sso.typed(url, "eve@example.com")
    with pytest.raises(SignInError, match="did not work"):
        sso.finish(sealed, {**mine, "code": theirs["code"]})


def test_an_organizations_provider_is_never_given_the_code_of_another(
    sso: Sso, owner: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mix-up: it sends the browser on to a provider that does not name itself in its answers, and waits."""
    asked: list[str] = []
    monkeypatch.setattr(flow, "redeem", lambda provider, *_, **__: asked.append(provider.name))
    silent = {"authorization_response_iss_parameter_supported": False}
    home, elsewhere = world.organization("Theirs"), world.organization("Ours")
    theirs = world.provider(sso.settings, home, "theirs")
    for honest in (None, world.provider(sso.settings, elsewhere, "ours")):
        discovery._kept.clear()
        url, sealed = sso.begin(theirs)
        for key, kept in discovery._kept.items():
            assert isinstance(kept.found, Known)
            about = replace(kept.found, metadata=kept.found.metadata.model_copy(update=silent))
            discovery._kept[key] = replace(kept, found=about)
        state = parse_qs(urlsplit(url).query)["state"][0]
        bait = urlsplit(sso.begin(honest)[0])
        query = {name: values[0] for name, values in parse_qs(bait.query).items()} | {"state": state}
        answer = sso.typed(bait._replace(query=urlencode(query)).geturl(), EMAIL)
        del answer["iss"]
        with pytest.raises(SignInError, match="did not work"):
            sso.finish(sealed, answer)
    assert asked == []
    assert owner


@pytest.mark.parametrize("issuer", [None, "https://elsewhere.example"])
def test_an_answer_of_another_issuer_is_not_taken_for_ours(sso: Sso, issuer: str | None) -> None:
    url, sealed = sso.begin()
    answer = {**sso.typed(url, EMAIL), "iss": issuer}
    with pytest.raises(SignInError, match="did not work"):
        sso.finish(sealed, {name: value for name, value in answer.items() if value is not None})


def test_what_the_provider_refuses_is_said_kindly(sso: Sso) -> None:
    for error, words in (("access_denied", "cancelled"), ("server_error", "did not work")):
        url, sealed = sso.begin()
        answer = sso.typed(url, EMAIL)
        with pytest.raises(SignInError, match=words):
            sso.finish(sealed, {"error": error, "state": answer["state"], "iss": answer["iss"]})


MISCHIEFS = [
    *("wrong_nonce", "wrong_audience", "wrong_party", "wrong_issuer", "expired", "from_the_future"),
    *("unsigned", "other_key", "unknown_key", "hs256", "other_userinfo", "token_error"),
]


@pytest.mark.parametrize("organizations", [False, True])
def test_a_token_that_does_not_hold_lets_nobody_in(sso: Sso, organizations: bool) -> None:
    home = world.organization()
    world.person(EMAIL, home)
    provider_id = world.provider(sso.settings, home) if organizations else None
    for mischief in MISCHIEFS:
        sso.arm(mischief)
        try:
            with pytest.raises(SignInError, match="did not work"):
                sso.sign_in(EMAIL, provider_id)
        except pytest.fail.Exception:
            pytest.fail(f"{mischief} lets somebody in")
    assert world.identities() == []
    assert isinstance(sso.sign_in(EMAIL, provider_id), Arrived)


@pytest.mark.usefixtures("owner")
def test_a_provider_that_keeps_the_address_for_its_userinfo_is_asked_there(sso: Sso) -> None:
    sso.arm("thin_token")
    assert isinstance(sso.sign_in(EMAIL), Arrived)


@pytest.mark.usefixtures("owner")
def test_new_keys_of_the_provider_are_found_at_once(sso: Sso) -> None:
    assert isinstance(sso.sign_in(EMAIL), Arrived)
    sso.arm("rotate_keys")
    assert isinstance(sso.sign_in(EMAIL), Arrived)


def test_there_is_nowhere_to_go_without_a_provider_in_use(sso: Sso) -> None:
    home = world.organization()
    with pytest.raises(NotFoundError):
        sso.begin(uuid4())
    with pytest.raises(NotFoundError):
        sso.begin(world.provider(sso.settings, home, enabled=False))
    provider_id = world.provider(sso.settings, home, realm="second")
    world.change(Organization, home, deleted_at="2026-01-01T00:00Z")
    with pytest.raises(NotFoundError):
        sso.begin(provider_id)


def test_an_installation_without_a_provider_offers_none(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLIN_DEMO", "false")
    plain = Settings()
    assert settings.demo
    assert oidc.of_installation(plain) is None
    with pytest.raises(NotFoundError):
        oidc.begin(None, "/", plain)


CHANGES: list[Callable[[Sso, UUID, UUID], None]] = [
    lambda _, __, provider_id: world.change(IdentityProvider, provider_id, enabled=False),
    lambda sso, _, provider_id: world.change(
        IdentityProvider, provider_id, issuer=f"{sso.settings.sandbox_url}/oidc/moved"
    ),
    lambda _, home, __: world.change(Organization, home, deleted_at="2026-01-01T00:00Z"),
    lambda _, __, provider_id: world.remove(IdentityProvider, provider_id),
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("when", ["while someone was away", "while the provider was asked"])
def test_what_changed_meanwhile_counts(
    sso: Sso, change: Callable[[Sso, UUID, UUID], None], when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = world.organization()
    world.person(EMAIL, home)
    provider_id = world.provider(sso.settings, home)
    url, sealed = sso.begin(provider_id)
    answer = sso.typed(url, EMAIL)
    if when == "while someone was away":
        change(sso, home, provider_id)
    else:

        def asked(*args: Any, **named: Any) -> Claims:
            claims = redeem(*args, **named)
            change(sso, home, provider_id)
            return claims

        monkeypatch.setattr(flow, "redeem", asked)
    with pytest.raises(SignInError):
        sso.finish(sealed, answer)
    assert world.identities() == []


def test_a_secret_that_can_not_be_read_any_more_is_no_crash(sso: Sso) -> None:
    provider_id = world.provider(sso.settings, world.organization(), client_secret="lost.AAAA")
    with pytest.raises(SignInError, match="did not work"):
        sso.begin(provider_id)


@pytest.mark.parametrize("issuer", ["nowhere", "https://host:port", "https://127.0.0.1:9", "ftp://x.example"])
def test_a_setting_that_is_no_issuer_is_no_crash(
    sso: Sso, issuer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLIN_OIDC_ISSUER", issuer)
    assert sso
    with pytest.raises(SignInError, match="did not work"):
        oidc.begin(None, "/", Settings())


def test_a_provider_that_does_not_answer_is_said_to(sso: Sso) -> None:
    provider_id = world.provider(sso.settings, world.organization(), issuer="https://127.0.0.1:9/private")
    with pytest.raises(SignInError, match="did not work"):
        sso.begin(provider_id)


def test_a_network_that_keeps_trying_is_made_to_wait(sso: Sso, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "TRIES", Limit("oidc", 3, 900))
    eager, other = (
        Sso(sso.settings, sso.sandbox, "203.0.113.7"),
        Sso(sso.settings, sso.sandbox, "203.0.113.8"),
    )
    url, sealed = eager.begin()
    answer = {**eager.typed(url, EMAIL), "code": "guess"}
    for _ in range(2):
        with pytest.raises(SignInError):
            eager.finish(sealed, answer)
    with pytest.raises(TooManyTriesError):
        eager.finish(sealed, answer)
    with pytest.raises(TooManyTriesError):
        eager.begin()
    with pytest.raises(SignInError):
        other.finish(sealed, answer)


def test_nothing_secret_is_logged_or_shown(sso: Sso, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    provider = oidc.of_installation(sso.settings)
    url, sealed = sso.begin()
    answer = sso.typed(url, EMAIL)
    caplog.clear()  # what this browser itself logs is not ours
    with pytest.raises(SignInError) as refused:
        sso.finish(sealed, {**answer, "code": answer["code"] + "x"})
    assert isinstance(sso.finish(sealed, answer), Arrived)
    told = caplog.text + str(refused.value) + repr(provider)
    assert "sign-in by provider" in told
    for secret in ("sandbox-oidc-secret", answer["code"], answer["state"], sealed):
        assert secret not in told
