"""Connected accounts over the API: what is shown of them, connecting more, checking and disconnecting."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from foundation.database import utc_now, worker_session
from foundation.settings import get_settings
from identity import connecting
from identity.permissions import Permission, Role
from identity.principal import Principal
from identity.sessions import signed_in
from platforms.account_rows import NEEDS_RECONNECT
from tests.app.api.world import World, bearer
from tests.app.connecting import at_sandbox, back, rows, sandbox, sandbox_server, set_status  # noqa: F401
from tests.identity.acting import ORIGIN
from tests.identity.people import cookie_for
from tests.platforms.conftest import Sandbox, case_module


@pytest.fixture
def world(at_sandbox: Sandbox, world: World) -> World:  # noqa: F811 - the fixture
    """The world, whose networks are the sandbox."""
    assert at_sandbox
    return world


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def begin(client: TestClient, world: World, network: str, headers: dict[str, str]) -> Any:
    body = {"network": network, "brand_id": str(world.ours.brand), "inputs": case_module(network).INPUTS}
    return ok(client.post("accounts/connections", json=body, headers=headers), 201)


def in_browser(url: str, email: str, **answer: str) -> connecting.Answered:
    """The person consents, and comes back in a browser of theirs."""
    person = signed_in(cookie_for(email))
    assert isinstance(person, Principal)
    query = dict(part.split("=", 1) for part in back(url, **answer).partition("?")[2].split("&"))
    return connecting.finish(person, query, ORIGIN)


@pytest.mark.parametrize("by_key", [True, False])
def test_from_a_program_to_a_browser_and_back(
    client: TestClient,
    world: World,
    by_key: bool,
) -> None:
    headers = bearer(world.key) if by_key else world.as_()
    begun = begin(client, world, "facebook", headers)
    path = f"accounts/connections/{begun['id']}"
    assert client.get(path, headers=headers).status_code == 404, "nobody has come back yet"
    in_browser(begun["url"], world.ours.owner, account="*")
    reached = ok(client.get(path, headers=headers))
    assert (reached["network"], reached["brand_id"]) == ("facebook", str(world.ours.brand))
    first, second, *_ = reached["choices"]
    assert (first["brand"], first["brand_id"], first["missing"]) == (None, None, {})
    for wrong in ([], ["no such page"], [first["external_id"], "no such page"]):
        refused = client.post(path, json={"external_ids": wrong}, headers=headers)
        assert refused.status_code == 422
    chosen = {"external_ids": [first["external_id"], second["external_id"]]}
    made = ok(client.post(path, json=chosen, headers=headers))
    listed = ok(client.get("accounts", headers=headers))["items"]
    assert set(made["account_ids"]) == {one["id"] for one in listed if one["network"] == "facebook"}
    assert client.post(path, json=chosen, headers=headers).status_code == 404, "it is used up"


def test_where_no_consent_is_asked_the_choice_is_there_at_once(client: TestClient, world: World) -> None:
    headers = world.as_(Role.ADMIN)
    begun = begin(client, world, "bluesky", headers)
    assert begun["url"] is None
    path = f"accounts/connections/{begun['id']}"
    (choice,) = ok(client.get(path, headers=headers))["choices"]
    assert choice["handle"] == "harborandpine.bsky.example"
    ok(client.post(path, json={"external_ids": [choice["external_id"]]}, headers=headers))
    for others in (world.as_(), bearer(world.key)):
        assert client.get(path, headers=others).status_code == 404


def test_what_a_network_refuses_is_a_problem_in_words(client: TestClient, world: World) -> None:
    inputs = {"handle": "harborandpine.bsky.example", "password": "not-the-password"}
    body = {"network": "bluesky", "brand_id": str(world.ours.brand), "inputs": inputs}
    refused = client.post("accounts/connections", json=body, headers=world.as_())
    assert refused.status_code == 409
    assert "does not know this handle with this app password" in refused.json()["detail"]
    assert "not-the-password" not in refused.text
    for wrong in ({"network": "myspace"}, {"brand_id": str(uuid4())}, {"brand_id": str(world.theirs.brand)}):
        assert (
            client.post("accounts/connections", json={**body, **wrong}, headers=world.as_()).status_code
            == 404
        )


def connected(client: TestClient, world: World) -> Any:
    """An account of X at the sandbox, connected by its owner."""
    begun = begin(client, world, "x", world.as_())
    account = in_browser(begun["url"], world.ours.owner, account=_subject()).choices[0].external_id
    path = f"accounts/connections/{begun['id']}"
    made = ok(client.post(path, json={"external_ids": [account]}, headers=world.as_()))
    return ok(client.get(f"accounts/{made['account_ids'][0]}", headers=world.as_()))


def _subject() -> str:
    url = get_settings().x_api_url.removesuffix("/x")
    return str(Sandbox(url).access("x")["account_id"])


def test_one_account_with_what_is_used_of_its_limits(client: TestClient, world: World) -> None:
    account = connected(client, world)
    assert account["status"] == "connected"
    assert account["problem"] is None
    assert "tweet.write" in account["scopes"]
    assert (account["missing"], account["quotas"]) == ({}, [])
    assert (account["last_synced_at"], account["checked_at"]) == (None, None)
    assert account["next_sync_at"] > utc_now().isoformat()
    assert "token" not in str(account)
    path = f"accounts/{account['id']}"
    assert ok(client.post(f"{path}/check", headers=world.as_())) == {"problem": None}
    after = ok(client.get(path, headers=world.as_()))
    assert after["checked_at"] is not None
    assert after["quotas"], "asking counted"
    assert {quota["of"] for quota in after["quotas"]} <= {"account", "app"}
    assert all(0 < quota["used"] <= quota["allowed"] for quota in after["quotas"])
    (listed,) = (
        one for one in ok(client.get("accounts", headers=world.as_()))["items"] if one["id"] == account["id"]
    )
    assert listed == {key: value for key, value in after.items() if key != "quotas"}


def test_what_has_to_be_connected_again_has_no_next_numbers(client: TestClient, world: World) -> None:
    set_status(world.ours.account, NEEDS_RECONNECT)
    account = ok(client.get(f"accounts/{world.ours.account}", headers=world.as_()))
    assert (account["status"], account["next_sync_at"]) == (NEEDS_RECONNECT, None)


def test_a_limit_that_is_over_is_not_told(client: TestClient, world: World) -> None:
    insert = text(
        "INSERT INTO network_limits (network, subject, name, used, allowed, window_ends_at) "
        "VALUES ('x', :subject, :name, :used, 100, :ends)"
    )
    for subject, name, used, minutes in (
        (str(world.ours.account), "Posts", 7, 5),
        ("app", "Posts of all", 70, 5),
        (str(world.ours.account), "Old", 9, -5),
        (str(world.theirs.account), "Theirs", 9, 5),
    ):
        with worker_session() as session:
            ends = utc_now() + timedelta(minutes=minutes)
            session.execute(insert, {"subject": subject, "name": name, "used": used, "ends": ends})
    found = ok(client.get(f"accounts/{world.ours.account}", headers=world.as_()))["quotas"]
    assert sorted((one["name"], one["of"], one["used"], one["allowed"]) for one in found) == [
        ("Posts", "account", 7, 100),
        ("Posts of all", "app", 70, 100),
    ]


def test_a_check_that_got_no_answer_says_so(client: TestClient, world: World, sandbox: Sandbox) -> None:  # noqa: F811
    account = connected(client, world)
    sandbox.fault("x", "GET /2/users/me", "429")
    answer = client.post(f"accounts/{account['id']}/check", headers=world.as_())
    assert answer.status_code == 409
    assert "could not be checked" in answer.json()["detail"]
    again = ok(client.get(f"accounts/{account['id']}", headers=world.as_()))
    assert (again["checked_at"], again["problem"]) == (None, None)


def test_disconnected_its_access_is_given_back(client: TestClient, world: World) -> None:
    account = connected(client, world)
    path = f"accounts/{account['id']}"
    ok(client.delete(path, headers=world.as_()), 204)
    for method in ("GET", "DELETE"):
        assert client.request(method, path, headers=world.as_()).status_code == 404
    (row,) = (row for row in rows() if str(row.id) == account["id"])
    assert (row.status, row.access_token, row.refresh_token) == ("disconnected", "", None)
    assert account["id"] not in str(ok(client.get("accounts", headers=world.as_())))
    assert connected(client, world)["id"] == account["id"], "it keeps its history"


def test_another_organizations_account_is_none(client: TestClient, world: World) -> None:
    path = f"accounts/{world.theirs.account}"
    for method, target in (("GET", path), ("DELETE", path), ("POST", f"{path}/check")):
        assert client.request(method, target, headers=world.as_()).status_code == 404
    assert str(world.theirs.account) not in str(ok(client.get("accounts", headers=world.as_())))


@pytest.mark.parametrize("role", [Role.EDITOR, Role.VIEWER])
def test_who_may_look_changes_nothing(client: TestClient, world: World, role: Role) -> None:
    path, headers = f"accounts/{world.ours.account}", world.as_(role)
    ok(client.get(path, headers=headers))
    for method, target in (("DELETE", path), ("POST", f"{path}/check")):
        assert client.request(method, target, headers=headers).status_code == 403


def test_a_key_does_what_its_scopes_say(client: TestClient, world: World) -> None:
    body = {"name": "Reader", "scopes": [Permission.ACCOUNTS_READ]}
    key = bearer(ok(client.post("api-keys", json=body, headers=world.as_()), 201)["key"])
    ok(client.get("accounts", headers=key))
    assert client.delete(f"accounts/{world.ours.account}", headers=key).status_code == 403
