"""Who may ask: by token, by key, by the browser's session; and how that ends."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from starlette.testclient import TestClient

from app.web.cookies import COOKIE
from foundation.database import worker_session
from identity.permissions import Role
from tests.app.api.conftest import HERE
from tests.app.api.world import World, bearer, token_of
from tests.identity.acting import new_person
from tests.identity.people import cookie_for, tokens_for

BRAND = {"name": "Nordlicht", "timezone": "Europe/Berlin"}
KIND = "/api/docs#problem-"


def run(statement: str, **values: Any) -> None:
    with worker_session() as session:
        session.execute(text(statement), values)


def of_browser(email: str, **headers: str) -> dict[str, str]:
    """The headers that a browser sends with its session."""
    return {"Cookie": f"{COOKIE}={cookie_for(email)}", **headers}


def test_a_browser_may_look(client: TestClient, world: World) -> None:
    answer = client.get("me", headers=of_browser(world.ours.owner))
    assert (answer.status_code, answer.json()["email"]) == (200, world.ours.owner)


def test_a_browser_changes_only_what_our_pages_ask(client: TestClient, world: World) -> None:
    for headers in (
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        answer = client.post("brands", json=BRAND, headers=of_browser(world.ours.owner, **headers))
        assert (answer.status_code, answer.json()["type"]) == (403, f"{KIND}foreign-origin"), headers
    for name, headers in (("A", {"Origin": HERE}), ("B", {"Sec-Fetch-Site": "same-origin"})):
        own = of_browser(world.ours.owner, **headers)
        assert client.post("brands", json={**BRAND, "name": name}, headers=own).status_code == 201


def test_a_token_counts_before_the_browsers_session(client: TestClient, world: World) -> None:
    both = {**of_browser(world.ours.owner), **bearer(token_of(world.theirs.owner))}
    assert client.get("me", headers=both).json()["email"] == world.theirs.owner
    assert client.get("me", headers={**both, **bearer("x")}).status_code == 401


def test_each_token_opens_what_it_is_for(client: TestClient, world: World) -> None:
    tokens = tokens_for(world.ours.owner)
    assert client.get("me", headers=bearer(tokens.access_token)).status_code == 200
    for other in (tokens.refresh_token, cookie_for(world.ours.owner)):
        assert client.get("me", headers=bearer(other)).status_code == 401
    as_cookie = {"Cookie": f"{COOKIE}={tokens.access_token}"}
    assert client.get("me", headers=as_cookie).status_code == 401


def test_a_removed_member_is_out_at_the_next_request(client: TestClient, world: World) -> None:
    key = {"name": "Key", "scopes": ["brands:read"]}
    admin = world.as_(Role.ADMIN)
    made = client.post("api-keys", json=key, headers=admin).json()["key"]
    person = client.get("me", headers=admin).json()["id"]
    assert client.get("brands", headers=bearer(made)).status_code == 200
    assert client.delete(f"members/{person}", headers=world.as_()).status_code == 204
    answer = client.get("brands", headers=admin)
    assert (answer.status_code, answer.json()["type"]) == (409, f"{KIND}no-organization")
    assert client.get("me", headers=admin).json()["organization"] is None
    assert client.get("brands", headers=bearer(made)).status_code == 401


def test_a_deleted_organization_opens_to_nobody(client: TestClient, world: World) -> None:
    name = {"confirm_name": world.ours.name}
    assert client.delete("organizations/current", params=name, headers=world.as_()).status_code == 204
    for role in Role:
        assert client.get("brands", headers=world.as_(role)).status_code in (403, 409)
    assert client.get("brands", headers=bearer(world.key)).status_code == 401
    assert client.get("organizations", headers=world.as_()).json()["items"] == []


def test_a_key_ends(client: TestClient, world: World) -> None:
    body = {"name": "Key", "scopes": ["brands:read"]}
    revoked, expired = (client.post("api-keys", json=body, headers=world.as_()).json() for _ in range(2))
    assert client.delete(f"api-keys/{revoked['id']}", headers=world.as_()).status_code == 204
    run("UPDATE api_keys SET expires_at = now() WHERE id = :id", id=expired["id"])
    for ended in (revoked, expired):
        assert client.get("brands", headers=bearer(ended["key"])).status_code == 401


def test_a_key_is_limited_to_its_accounts(client: TestClient, world: World) -> None:
    body = {"name": "Key", "scopes": ["brands:read"], "account_ids": [str(world.ours.account)]}
    made = client.post("api-keys", json=body, headers=world.as_()).json()
    assert made["account_ids"] == [str(world.ours.account)]
    me = client.get("me", headers=bearer(made["key"])).json()
    assert (me["api_key_id"], me["permissions"]) == (made["id"], ["brands:read"])


def test_a_client_sees_one_brand(client: TestClient, world: World) -> None:
    other = client.post("brands", json=BRAND, headers=world.as_()).json()["id"]
    seen = client.get("brands", headers=world.as_(Role.CLIENT)).json()["items"]
    assert [brand["id"] for brand in seen] == [str(world.ours.brand)]
    assert client.get(f"brands/{other}", headers=world.as_(Role.CLIENT)).status_code == 404


def test_from_no_organization_into_ones_own(client: TestClient, world: World) -> None:
    new_person("new@example.com")
    headers = bearer(token_of("new@example.com"))
    answer = client.get("brands", headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (409, f"{KIND}no-organization")
    made = client.post("organizations", json={"name": "Südwind Studio"}, headers=headers)
    assert made.status_code == 201
    entered = client.put("me/organization", json={"organization_id": made.json()["id"]}, headers=headers)
    assert entered.status_code == 204
    me = client.get("me", headers=headers).json()
    assert (me["organization"]["name"], me["organization"]["role"]) == ("Südwind Studio", "OWNER")
    assert client.get("brands", headers=headers).json()["items"] == []
    foreign = {"organization_id": str(world.ours.id)}
    assert client.put("me/organization", json=foreign, headers=headers).status_code == 404
