"""When posts go out, who approves them and who is told, over the API: the routes reach what they name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.testclient import TestClient

from foundation.database import utc_now
from identity.permissions import Role
from tests.app.api.test_posts import at, ok, written
from tests.app.api.world import World


def new(world: World, **more: Any) -> dict[str, Any]:
    accounts = [{"id": str(world.ours.account)}]
    return {"brand_id": str(world.ours.brand), "accounts": accounts, "text": "We open at eight.", **more}


def test_a_queue(client: TestClient, world: World) -> None:
    headers = world.as_()
    slots = [{"weekday": day, "at": "09:30"} for day in range(1, 8)]
    body = {"brand_id": str(world.ours.brand), "name": "Mornings", "slots": slots}
    made = ok(client.post("queues", json=body, headers=headers), 201)
    assert client.post("queues", json=body, headers=headers).status_code == 409
    path = f"queues/{made['id']}"
    first = ok(client.post(f"{path}/posts", json=new(world), headers=headers), 201)
    assert first["slot_at"] == made["next_free"][0]
    second = ok(client.put(f"{path}/posts/{world.ours.post}", headers=headers))
    assert second["slot_at"] == made["next_free"][1]
    found = ok(client.get(path, headers=headers))
    assert [one["post_id"] for one in found["places"]] == [first["post_id"], str(world.ours.post)]
    order = {"version": found["version"], "post_ids": [str(world.ours.post), first["post_id"]]}
    turned = ok(client.put(f"{path}/order", json=order, headers=headers))
    assert [one["slot_at"] for one in turned["places"]] == [first["slot_at"], second["slot_at"]]
    assert client.put(f"{path}/order", json=order, headers=headers).status_code == 409
    paused = ok(client.post(f"{path}/pause", headers=headers))
    assert ([one["slot_at"] for one in paused["places"]], paused["next_free"]) == ([None, None], [])
    assert ok(client.post(f"{path}/resume", headers=headers))["paused_at"] is None
    ok(client.delete(f"{path}/posts/{first['post_id']}", headers=headers), 204)
    assert client.delete(f"{path}/posts/{first['post_id']}", headers=headers).status_code == 404
    fewer = {
        "version": ok(client.get(path, headers=headers))["version"],
        "slots": slots[:1],
        "name": "Mondays",
    }
    changed = ok(client.patch(path, json=fewer, headers=headers))
    assert (changed["name"], changed["slots"]) == ("Mondays", [{"weekday": 1, "at": "09:30:00"}])
    ok(client.delete(path, params={"version": changed["version"]}, headers=headers), 204)
    assert client.get(path, headers=headers).status_code == 404


def test_a_recurrence(client: TestClient, world: World) -> None:
    headers = world.as_()
    starts = f"{utc_now() + timedelta(days=2):%Y-%m-%d}T09:30:00"
    rule = {"rule": "FREQ=DAILY;COUNT=3", "starts": starts}
    seen = ok(
        client.post("recurrences/preview", json={"brand_id": str(world.ours.brand), **rule}, headers=headers)
    )
    assert next(one["local"] for one in seen["items"]) == starts
    made = ok(client.post("recurrences", json={"post": new(world), **rule}, headers=headers), 201)
    assert [one["local"] for one in made["next"]] == [one["local"] for one in seen["items"]]
    path = f"recurrences/{made['id']}"

    def waiting() -> int:
        posts = ok(client.get("posts", params={"state": "scheduled"}, headers=headers))["items"]
        return sum(one["recurrence_id"] == made["id"] for one in posts)

    assert waiting() == 3
    skipped = ok(client.post(f"{path}/skip", json={"occurrence": starts}, headers=headers))
    assert (skipped["skipped"], waiting()) == ([starts], 2)
    never = client.post(f"{path}/skip", json={"occurrence": "2026-02-30T09:30"}, headers=headers)
    assert (never.status_code, never.json()["errors"][0]["pointer"]) == (422, "/occurrence")
    ok(client.post(f"{path}/take-back-skip", json={"occurrence": starts}, headers=headers))
    assert waiting() == 3
    version = ok(client.get(path, headers=headers))["version"]
    changes = {"version": version, "rule": "FREQ=DAILY;COUNT=2"}
    changed = ok(client.patch(path, json=changes, headers=headers))
    assert waiting() == 2
    assert client.post(f"{path}/end", json={"version": version}, headers=headers).status_code == 409
    ended = ok(client.post(f"{path}/end", json={"version": changed["version"]}, headers=headers))
    assert (ended["ended_at"] is None, waiting()) == (False, 0)


def test_a_campaign(client: TestClient, world: World) -> None:
    headers = world.as_()
    body = {"brand_id": str(world.ours.brand), "name": "Opening", "launch_at": at(600)}
    made = ok(client.post("campaigns", json=body, headers=headers), 201)
    path = f"campaigns/{made['id']}"
    post = ok(client.post(f"{path}/posts", json={"offset_s": 3600, "post": new(world)}, headers=headers), 201)
    assert (post["campaign_id"], post["campaign_offset_s"]) == (made["id"], 3600)
    before = post["publications"][0]["due_at"]
    launch = {"version": made["version"], "launch_at": at(1200)}
    moved = ok(client.put(f"{path}/launch", json=launch, headers=headers))
    assert moved["post_ids"] == [post["id"]]
    after = ok(client.get(f"posts/{post['id']}", headers=headers))["publications"][0]["due_at"]
    assert after > before
    assert client.put(f"{path}/launch", json=launch, headers=headers).status_code == 409
    listed = ok(client.get("posts", params={"campaign_id": made["id"]}, headers=headers))["items"]
    assert [one["id"] for one in listed] == [post["id"]]
    ok(client.put(f"{path}/posts/{world.ours.post}", json={"offset_s": 60}, headers=headers))
    ok(client.delete(f"{path}/posts/{post['id']}", headers=headers), 204)
    named = ok(client.patch(path, json={"version": moved["version"], "name": "Summer"}, headers=headers))
    assert (named["name"], named["posts"]) == ("Summer", 1)
    ok(client.delete(path, params={"version": named["version"]}, headers=headers), 204)


def test_clashes_are_pointed_out(client: TestClient, world: World) -> None:
    written(client, world)
    found = ok(client.post("posts/clashes", json=new(world, due_at=at(60)), headers=world.as_()))["items"]
    assert {one["clash"] for one in found} == {"close", "alike"}
    assert all(one["words"] for one in found)


def test_approval_and_comments(client: TestClient, world: World) -> None:
    headers, editor = world.as_(Role.MEMBER), world.as_(Role.EDITOR)
    path = f"brands/{world.ours.brand}/workflow"
    steps = [{"name": "Editors", "role": "EDITOR"}]
    kept = ok(client.put(path, json={"steps": steps}, headers=world.as_()))
    assert ok(client.get(path, headers=headers)) == kept
    post = ok(client.post("posts", json=new(world, due_at=at(60)), headers=headers), 201)
    assert post["state"] == "in_review"
    (waiting,) = ok(client.get("approvals", params={"mine": True}, headers=editor))["items"]
    assert waiting["round"]["post_id"] == post["id"]
    decision = f"approvals/{waiting['round']['id']}/decision"
    no = {"step": 0, "approves": False, "words": ""}
    assert client.post(decision, json=no, headers=editor).status_code == 422
    assert client.post(decision, json={**no, "approves": True}, headers=headers).status_code == 403
    said = ok(client.post(decision, json={**no, "words": "The price?"}, headers=editor))
    assert said == {"standing": "changes_requested"}
    comments = f"posts/{post['id']}/comments"
    ok(client.post(comments, json={"words": "Added."}, headers=headers), 201)
    assert [one["words"] for one in ok(client.get(comments, headers=editor))["items"]] == ["Added."]
    assert ok(client.get(comments, headers=world.as_(Role.CLIENT)))["items"] == []
    changes = {"version": 1, "text": "Two euros."}
    ok(client.patch(f"posts/{post['id']}", json=changes, headers=headers))
    rounds = f"posts/{post['id']}/approvals"
    again = ok(client.post(rounds, json={"version": 2}, headers=headers), 201)
    done = {"step": 0, "approves": True}
    ok(client.post(f"approvals/{again['id']}/decision", json=done, headers=editor))
    assert ok(client.get(f"posts/{post['id']}", headers=headers))["state"] == "scheduled"
    standings = [one["standing"] for one in ok(client.get(rounds, headers=headers))["items"]]
    assert standings == ["approved", "changes_requested"]


def test_how_one_is_told(client: TestClient, world: World) -> None:
    headers = world.as_()
    wish = {"kind": "post.published", "in_app": True, "by_email": False}
    found = ok(client.put("notifications/settings", json={"wishes": [wish]}, headers=headers))
    assert wish in found["wishes"]
    assert ok(client.get("notifications/settings", headers=headers)) == found
    other = ok(client.get("notifications/settings", headers=world.as_(Role.EDITOR)))
    assert wish not in other["wishes"]
    assert ok(client.get("notifications", headers=headers))["items"] == []
    assert ok(client.post("notifications/read", json={"ids": None}, headers=headers)) == {"count": 0}


def test_webhooks_and_what_they_were_told(client: TestClient, world: World) -> None:
    headers, ours = world.as_(), world.ours.more
    body = {"url": "https://hooks.example.com/in", "kinds": ["post.failed"]}
    refused = client.post("webhooks", json={**body, "url": "http://127.0.0.1/in"}, headers=headers)
    assert refused.status_code == 422
    listed = ok(client.get("deliveries", params={"webhook_id": str(ours["webhook_id"])}, headers=headers))
    assert [one["id"] for one in listed["items"]] == [str(ours["delivery_id"])]
    again = ok(client.post(f"deliveries/{ours['delivery_id']}/replay", headers=headers))
    assert again["state"] == "waiting"
    path = f"webhooks/{ours['webhook_id']}"
    changed = ok(client.patch(path, json={"enabled": False}, headers=headers))
    assert (changed["enabled"], changed["kinds"]) == (False, ["post.published"])
    ok(client.delete(path, headers=headers), 204)
    assert client.get(f"deliveries/{ours['delivery_id']}", headers=headers).status_code == 404
