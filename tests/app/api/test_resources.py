"""What can be done with each resource, by someone who may."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from starlette.testclient import TestClient

from identity.logos import generated_logo
from identity.permissions import TABLE, Role, permissions_of
from tests.app.api.test_closed import PNG
from tests.app.api.world import SECRET, World, bearer, make_super_admin, token_of
from tests.identity.acting import new_person
from tests.identity.letters import letters_to, token_in

BRAND = {"name": "Nordlicht", "timezone": "Europe/Berlin"}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def test_a_brand(client: TestClient, world: World) -> None:
    owner = world.as_()
    made = ok(client.post("brands", json={**BRAND, "voice": "Warm"}, headers=owner), 201)
    assert (made["voice"], made["colour"], made["accent_colour"]) == ("Warm", "#2456e6", None)
    assert MOMENT.fullmatch(made["created_at"])
    path = f"brands/{made['id']}"
    changed = ok(client.patch(path, json={"accent_colour": "#F2A900"}, headers=owner))
    assert changed == {**made, "accent_colour": "#f2a900"}
    assert ok(client.patch(path, json={}, headers=owner)) == changed
    assert ok(client.patch(path, json={"accent_colour": None}, headers=owner)) == made
    assert client.patch(path, json={"name": None}, headers=owner).status_code == 422
    assert client.patch(path, json={"colour": "red"}, headers=owner).status_code == 422
    assert ok(client.get(path, headers=owner)) == made
    ok(client.delete(path, headers=owner), 204)
    assert client.get(path, headers=owner).status_code == 404
    assert client.delete(f"brands/{world.ours.brand}", headers=owner).status_code == 409  # it has an account


def test_a_logo(client: TestClient, world: World) -> None:
    path, owner = f"brands/{world.ours.brand}/logo", world.as_()
    assert client.get(path, headers=owner).headers["content-type"] == "image/svg+xml"
    png = {**owner, "Content-Type": "image/png"}
    ok(client.put(path, content=PNG, headers=png), 204)
    stored = client.get(path, headers=owner)
    assert (stored.headers["content-type"], stored.content[:4]) == ("image/png", b"\x89PNG")
    svg = {**owner, "Content-Type": "image/svg+xml"}
    ok(client.put(path, content=generated_logo("A", "#2456e6"), headers=svg), 204)
    for bad in (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", b"no picture", b"\x89PNG" * 1000):
        assert client.put(path, content=bad, headers=svg).status_code == 422
    json = {**owner, "Content-Type": "application/json"}
    assert client.put(path, content=b'{"a": 1}', headers=json).status_code == 422
    ok(client.delete(path, headers=owner), 204)
    assert client.get(path, headers=owner).status_code == 404


def test_lists_come_in_pages(client: TestClient, world: World) -> None:
    owner = world.as_()
    for name in ("Äpfel", "birne", "Zitrone", "apfel 2"):
        ok(client.post("brands", json={**BRAND, "name": name}, headers=owner), 201)
    whole = ok(client.get("brands", headers=owner))
    assert (len(whole["items"]), whole["next_cursor"]) == (5, None)
    found: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = ok(client.get("brands", params={"limit": "2", **cursor}, headers=owner))
        found += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert found == whole["items"]
    for path in ("members", "invitations", "api-keys", "audit"):
        first = ok(client.get(path, params={"limit": 1}, headers=owner))
        following = (
            ok(client.get(path, params={"limit": 200, "cursor": first["next_cursor"]}, headers=owner))
            if first["next_cursor"]
            else {"items": []}
        )
        assert first["items"] + following["items"] == ok(client.get(path, headers=owner))["items"][:51]
        wrong = {"cursor": ok(client.get("brands", params={"limit": 1}, headers=owner))["next_cursor"]}
        assert client.get(path, params=wrong, headers=owner).status_code == 422 or path == "members"


def test_the_organization(client: TestClient, world: World) -> None:
    owner = world.as_()
    changed = ok(client.patch("organizations/current", json={"colour": "#0b7a75"}, headers=owner))
    assert (changed["name"], changed["colour"]) == (world.ours.name, "#0b7a75")
    assert ok(client.get("organizations/current", headers=world.as_(Role.VIEWER))) == changed
    for minutes in (120, None):
        sent = {"missed_after_minutes": minutes}
        assert ok(client.patch("organizations/current", json=sent, headers=owner)) == {**changed, **sent}
    for wrong in (0, 10_081, 1.5):
        answer = client.patch("organizations/current", json={"missed_after_minutes": wrong}, headers=owner)
        assert answer.status_code == 422
    ok(client.post("organizations/current/leave", headers=world.as_(Role.VIEWER)), 204)
    assert ok(client.get("organizations", headers=world.as_(Role.VIEWER)))["items"] == []
    assert ok(client.get("organizations", headers=owner))["items"] == [
        {"id": str(world.ours.id), "name": world.ours.name, "role": "OWNER", "limited": False}
    ]


def test_members(client: TestClient, world: World) -> None:
    owner, path = world.as_(), f"members/{world.ours.member}"
    assert ok(client.get(path, headers=owner))["role"] == "EDITOR"
    limited = {"role": "EDITOR", "brand_ids": [str(world.ours.brand)]}
    changed = ok(client.patch(path, json=limited, headers=owner))
    assert changed["brand_ids"] == limited["brand_ids"]
    assert client.patch(path, json={"role": "CLIENT"}, headers=owner).status_code == 422
    assert client.patch(path, json={"role": "SUPER_ADMIN"}, headers=owner).status_code == 422
    assert client.patch(path, json={"role": "OWNER"}, headers=world.as_(Role.ADMIN)).status_code == 403
    mine = f"members/{world.ours.person}"
    assert client.patch(mine, json={"role": "VIEWER"}, headers=owner).status_code == 409  # the last owner
    ok(client.delete(path, headers=owner), 204)
    assert client.get(path, headers=owner).status_code == 404


def test_an_invitation_of_someone_new(client: TestClient, world: World) -> None:
    guest = {"email": "Guest@Example.com", "role": "EDITOR", "brand_ids": [str(world.ours.brand)]}
    invited = ok(client.post("invitations", json=guest, headers=world.as_()), 201)
    assert (invited["email"], invited["state"], invited["delivery"]) == (
        "guest@example.com",
        "open",
        "queued",
    )
    assert token_in(letters_to("guest@example.com")[-1]) not in str(invited)
    sent = ok(client.post(f"invitations/{invited['id']}/resend", headers=world.as_()))
    assert sent["sent_count"] == 2
    first, second = (token_in(letter) for letter in letters_to("guest@example.com"))
    assert client.post("invitations/look", json={"token": first}).status_code == 410
    for _ in range(2):  # looking changes nothing
        offered = ok(client.post("invitations/look", json={"token": second}))
    assert (offered["organization"], offered["role"], offered["has_account"]) == (
        world.ours.name,
        "EDITOR",
        False,
    )
    taken = {"token": second, "name": "A guest", "password": "quiet river under stones"}
    joined = ok(client.post("invitations/accept", json=taken))
    assert client.post("invitations/accept", json=taken).status_code == 410
    seen = ok(client.get(f"members/{joined['person_id']}", headers=world.as_()))
    assert (seen["role"], seen["brand_ids"]) == ("EDITOR", guest["brand_ids"])


def test_an_invitation_of_someone_with_an_account(client: TestClient, world: World) -> None:
    guest = {"email": world.theirs.owner, "role": "VIEWER"}
    invited = ok(client.post("invitations", json=guest, headers=world.as_()), 201)
    token = {"token": token_in(letters_to(world.theirs.owner)[-1])}
    assert client.post("invitations/accept", json=token).status_code == 401
    assert client.post("invitations/accept", json=token, headers=world.as_()).status_code == 401
    assert client.post("invitations/accept", json=token, headers=bearer("x")).status_code == 401
    ok(client.post("invitations/accept", json=token, headers=bearer(token_of(world.theirs.owner))))
    state = ok(client.get(f"invitations/{invited['id']}", headers=world.as_()))["state"]
    assert state == "accepted"


def test_an_invitation_withdrawn(client: TestClient, world: World) -> None:
    path = f"invitations/{world.ours.invitation}"
    ok(client.delete(path, headers=world.as_()), 204)
    assert client.delete(path, headers=world.as_()).status_code == 409
    assert ok(client.get(path, headers=world.as_()))["state"] == "revoked"


def test_an_identity_provider(client: TestClient, world: World) -> None:
    owner, path = world.as_(), f"identity-providers/{world.ours.provider}"
    shown = ok(client.get(path, headers=owner))
    assert SECRET not in str(shown)
    assert shown["redirect_uri"].endswith(f"/sso/callback/{world.ours.id}")
    changed = ok(client.patch(path, json={"enforced": True, "provision_role": "VIEWER"}, headers=owner))
    assert changed == {**shown, "enforced": True, "provision_role": "VIEWER"}
    # From now on only owners come in without it.
    assert client.get("brands", headers=world.as_(Role.ADMIN)).status_code == 409
    moved = {"issuer": "https://evil.example.com"}
    assert client.patch(path, json=moved, headers=owner).status_code == 422  # without the secret
    listed = ok(client.get("identity-providers", headers=owner))["items"]
    assert listed == [changed]
    ok(client.delete(path, headers=owner), 204)
    assert client.get(path, headers=owner).status_code == 404


def test_an_api_key_is_shown_once(client: TestClient, world: World) -> None:
    body = {"name": "Key", "scopes": ["posts:read", "brands:read"], "expires_at": "2099-01-01T00:00:00Z"}
    made = ok(client.post("api-keys", json=body, headers=world.as_()), 201)
    assert made["key"].startswith(made["prefix"])
    assert (made["scopes"], made["expires_at"]) == (["brands:read", "posts:read"], body["expires_at"])
    shown = ok(client.get(f"api-keys/{made['id']}", headers=world.as_()))
    assert shown == {name: value for name, value in made.items() if name != "key"}
    assert made["key"] not in client.get("api-keys", headers=world.as_()).text
    past = {**body, "expires_at": "2020-01-01T00:00:00Z"}
    assert client.post("api-keys", json=past, headers=world.as_()).status_code == 422
    assert client.post("api-keys", json={**body, "scopes": []}, headers=world.as_()).status_code == 422
    assert client.post("api-keys", json=body, headers=bearer(world.key)).status_code == 403


def test_the_audit_trail(client: TestClient, world: World) -> None:
    owner = world.as_()
    headers = {**owner, "User-Agent": "a test\x01 \x7f"}
    path = f"brands/{world.ours.brand}"
    ok(client.patch(path, json={"name": "Südwind"}, headers={**headers}))
    (event,) = ok(client.get("audit", params={"limit": 1}, headers=owner))["items"]
    assert (event["action"], event["target_type"], event["target"]) == ("updated", "brand", "Südwind")
    assert (event["before"], event["after"]) == ({"name": "Lindenhof brand"}, {"name": "Südwind"})
    assert (event["actor"], event["person_id"]) == (world.ours.owner, str(world.ours.person))
    assert MOMENT.fullmatch(event["at"])
    only = ok(client.get("audit", params={"action": "invited"}, headers=owner))["items"]
    assert {one["action"] for one in only} == {"invited"}
    assert client.get("audit", params={"action": "nothing"}, headers=owner).status_code == 422
    by_key = ok(client.post("brands", json=BRAND, headers=bearer(world.key)), 201)
    (event,) = ok(client.get("audit", params={"limit": 1}, headers=owner))["items"]
    assert (event["target_id"], event["api_key_id"] is not None) == (by_key["id"], True)
    assert SECRET not in client.get("audit", params={"limit": 200}, headers=owner).text


def test_the_installation(client: TestClient, world: World) -> None:
    new_person("root@example.com")
    make_super_admin("root@example.com")
    root = bearer(token_of("root@example.com"))
    listed = ok(client.get("installation/organizations", headers=root))["items"]
    assert [one["name"] for one in listed] == sorted([world.ours.name, world.theirs.name])
    path = f"installation/organizations/{world.theirs.id}"
    theirs = bearer(token_of(world.theirs.owner))
    ok(client.post(f"{path}/delete", headers=root), 204)
    assert client.post(f"{path}/delete", headers=root).status_code == 409
    assert client.get("brands", headers=theirs).status_code == 409
    ok(client.post(f"{path}/restore", headers=root), 204)
    ok(client.get("brands", headers=bearer(token_of(world.theirs.owner))))
    nobody = f"installation/organizations/{UUID(int=0)}/restore"
    assert client.post(nobody, headers=root).status_code == 404


def test_the_table_of_permissions(client: TestClient) -> None:
    table = {one["role"]: one for one in ok(client.get("permissions"))["items"]}
    assert {role: set(one["permissions"]) for role, one in table.items()} == TABLE
    assert "audit:read" not in table["ADMIN"]["limited_to_brands"]


def test_who_am_i(client: TestClient, world: World) -> None:
    for role in Role:
        me = ok(client.get("me", headers=world.as_(role)))
        assert (me["organization"]["role"], me["super_admin"], me["confined"]) == (role, False, False)
        limited = role is Role.CLIENT
        assert me["organization"]["brand_ids"] == ([str(world.ours.brand)] if limited else None)
        assert set(me["permissions"]) == permissions_of(role, limited=limited)
