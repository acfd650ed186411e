"""No secret that goes through the API is found in what its processes log."""

from __future__ import annotations

from pathlib import Path

import httpx2
from pydantic import BaseModel

from app.api import idempotency
from app.api.schemas import brands, credentials, members, organizations, people
from app.api.schemas.common import Quiet
from foundation.settings import Settings
from tests.app.api.servers import servers
from tests.app.api.world import bearer
from tests.identity.letters import letters_to, token_in
from tests.identity.people import PASSWORD, add_person

NEW = "quiet river under stones"
PROVIDER = "of-the-provider-alone"


def test_no_secret_is_logged(settings: Settings, tmp_path: Path) -> None:
    add_person()
    log = tmp_path / "log"
    with servers(1, settings, log) as (url,), httpx2.Client(base_url=f"{url}/") as client:
        right = {"email": "owner@example.com", "password": PASSWORD}
        tokens = client.post("auth/sign-in", json=right, headers={"Idempotency-Key": "one"}).json()
        mine = bearer(tokens["access_token"])
        key = client.post("api-keys", json={"name": "Key", "scopes": ["brands:read"]}, headers=mine).json()[
            "key"
        ]
        provider = {
            "name": "ID",
            "issuer": "https://login.example.com",
            "client_id": "a",
            "client_secret": PROVIDER,
        }
        assert client.post("identity-providers", json=provider, headers=mine).status_code == 201
        client.post("auth/forgot-password", json={"email": "owner@example.com"})
        link = token_in(letters_to("owner@example.com")[-1])
        assert client.get("brands", headers=bearer(key)).status_code == 200
        client.post("auth/refresh", json={"refresh_token": tokens["refresh_token"], "more": NEW})
        client.post("auth/reset-password", json={"token": link, "password": NEW})
        client.post("auth/sign-in", content=f'{{"password": "{NEW}"'.encode())
        client.get("me", headers=bearer(f"{tokens['access_token']}x"))
    logged = log.read_text()
    assert "POST /api/v1/auth/reset-password" in logged  # it does log
    secrets = [PASSWORD, NEW, PROVIDER, link, key, tokens["access_token"], tokens["refresh_token"]]
    assert [secret for secret in secrets if secret in logged] == []


def test_no_model_shows_a_secret() -> None:
    """Also of models to come: none says anything of what it holds."""
    models = [
        model
        for module in (brands, credentials, members, organizations, people)
        for model in vars(module).values()
        if isinstance(model, type) and issubclass(model, BaseModel)
    ]
    assert people.Credentials in models
    assert all(issubclass(model, Quiet) for model in models)
    found = people.Credentials(email="owner@example.com", password=PASSWORD)
    assert PASSWORD not in f"{found!r} {found} {[found]}"
    assert "body" not in repr(idempotency.Claim("person:1", "k", b"body", Settings()))
