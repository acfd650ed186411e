"""Posts over the API: written, read with all that belongs to them, changed, sent, answered for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from foundation.database import Tenant, tenant_session, utc_now, worker_session
from identity.permissions import Permission, Role
from publishing.changes import reschedule
from publishing.models import Attempt
from tests.app.api.test_closed import PNG
from tests.app.api.world import World, bearer, token_of
from tests.databases import until_somebody_waits
from tests.identity.acting import new_account
from tests.identity.people import add_member


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def at(minutes: int) -> str:
    return (utc_now() + timedelta(minutes=minutes)).isoformat()


def written(client: TestClient, world: World, **more: Any) -> Any:
    body = {"brand_id": str(world.ours.brand), "accounts": [{"id": str(world.ours.account)}]}
    body |= {"text": "We open at eight.", "due_at": at(60), **more}
    return ok(client.post("posts", json=body, headers=world.as_()), 201)


def put(statement: str, **values: Any) -> None:
    with worker_session() as session:
        session.execute(text(statement), values)


def test_what_is_written_is_read_again(client: TestClient, world: World, sent: list[UUID]) -> None:
    made = written(client, world, labels=["hours"], link="https://example.com/hours")
    (publication,) = made["publications"]
    assert (made["state"], made["version"], made["labels"]) == ("scheduled", 1, ["hours"])
    assert (publication["state"], publication["account_name"], publication["attempts"]) == (
        "scheduled", "@x", [],
    )  # fmt: skip
    assert (publication["content"]["text"], publication["sent"]) == ("We open at eight.", False)
    assert ok(client.get(f"posts/{made['id']}", headers=world.as_())) == made
    assert sent == [], "it is not due yet"


def test_what_is_due_now_is_sent_once_it_is_committed(
    client: TestClient, world: World, sent: list[UUID]
) -> None:
    headers = {**world.as_(), "Idempotency-Key": "once"}
    body = {"brand_id": str(world.ours.brand), "accounts": [{"id": str(world.ours.account)}], "text": "Now"}
    made = ok(client.post("posts", json=body, headers=headers), 201)
    again = ok(client.post("posts", json=body, headers=headers), 201)
    assert again == made
    assert sent == [UUID(made["publications"][0]["id"])]


def test_what_is_refused_says_everything_at_once_and_sends_nothing(
    client: TestClient, world: World, sent: list[UUID]
) -> None:
    body = {"brand_id": str(world.ours.brand), "accounts": [{"id": str(world.ours.account)}]}
    before = ok(client.get("posts", headers=world.as_()))
    answer = client.post("posts", json={**body, "text": "x" * 281, "link": "ftp://no"}, headers=world.as_())
    problem = ok(answer, 422)
    said = " ".join(one["detail"] for one in problem["errors"])
    assert "has to be a web address" in said
    assert "takes 280 weighted characters" in said
    assert (ok(client.get("posts", headers=world.as_())), sent) == (before, [])


def test_nothing_of_another_organization_can_be_used(client: TestClient, world: World) -> None:
    theirs, headers = world.theirs, world.as_()
    account = {"id": str(theirs.account)}
    for wrong in (
        {"brand_id": str(theirs.brand)},
        {"accounts": [account]},
        {"media": [{"key": theirs.file}], "kind": "image"},
        {"campaign_id": str(uuid4())},
    ):
        body = {"brand_id": str(world.ours.brand), "accounts": [], "text": "Hello", "unfinished": True}
        assert client.post("posts", json={**body, **wrong}, headers=headers).status_code == 422
    listed = {one["id"] for one in ok(client.get("posts", headers=headers))["items"]}
    assert listed == {str(world.ours.post)}


def test_the_list_is_filtered_and_comes_in_pages(client: TestClient, world: World) -> None:
    made = [written(client, world, labels=[f"n{number}"])["id"] for number in range(3)]
    draft = written(client, world, unfinished=True, due_at=None)["id"]

    def listed(path: str = "posts", **query: Any) -> list[str]:
        return [one["id"] for one in ok(client.get(path, params=query, headers=world.as_()))["items"]]

    assert listed() == [draft, *reversed(made), str(world.ours.post)]
    assert listed(state="draft") == [draft]
    assert listed(label="n1") == [made[1]]
    assert listed(brand_id=str(uuid4())) == []
    assert listed(account_id=str(world.ours.account), network="x", limit=1) == [draft]
    assert listed(due_from=at(61)) == []
    assert len(listed(due_from=at(0), due_before=at(61))) == 4
    found, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = ok(client.get("posts", params=query, headers=world.as_()))
        found += [one["id"] for one in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert found == listed()
    assert len(listed("publications")) == 4, "a draft without a time is not among them"
    assert client.get("posts", params={"cursor": "x"}, headers=world.as_()).status_code == 422


def test_a_change_keeps_the_rest_and_what_was_said_before(client: TestClient, world: World) -> None:
    made = written(client, world, labels=["hours"])
    path = f"posts/{made['id']}"
    changed = ok(client.patch(path, json={"version": 1, "text": "We open at nine."}, headers=world.as_()))
    assert (changed["version"], changed["text"], changed["labels"]) == (2, "We open at nine.", ["hours"])
    assert changed["publications"][0]["due_at"] == made["publications"][0]["due_at"]
    (revision,) = changed["revisions"]
    assert (revision["version"], revision["content"]["text"]) == (1, "We open at eight.")
    assert revision["made_by"] == str(world.ours.person)
    late = client.patch(path, json={"version": 1, "text": "Mine"}, headers=world.as_())
    assert (late.status_code, late.json()["type"]) == (409, "/api/docs#problem-conflict")
    assert ok(client.get(path, headers=world.as_())) == changed


def test_each_account_has_its_own_words_and_keeps_its_own_time(client: TestClient, world: World) -> None:
    other = str(new_account(world.ours.id, world.ours.brand))
    accounts: list[dict[str, Any]] = [
        {"id": str(world.ours.account), "own": {"text": "Eight!"}}, {"id": other},
    ]  # fmt: skip
    made = written(client, world, accounts=accounts)
    said = {one["account_id"]: one["content"]["text"] for one in made["publications"]}
    assert said == {str(world.ours.account): "Eight!", other: "We open at eight."}
    (moved,) = (one["id"] for one in made["publications"] if one["account_id"] == other)
    later = ok(client.post(f"publications/{moved}/reschedule", json={"due_at": at(90)}, headers=world.as_()))[
        "due_at"
    ]
    changes = {"version": 1, "labels": ["hours"]}
    changed = ok(client.patch(f"posts/{made['id']}", json=changes, headers=world.as_()))
    assert {one["account_id"]: one["content"]["text"] for one in changed["publications"]} == said
    assert {one["due_at"] for one in changed["publications"] if one["account_id"] == other} == {later}
    accounts[1]["due_at"] = at(120)
    later_there = {"version": 2, "accounts": accounts}
    own = ok(client.patch(f"posts/{made['id']}", json=later_there, headers=world.as_()))
    due = {one["account_id"]: datetime.fromisoformat(one["due_at"]) for one in own["publications"]}
    assert due[other] == datetime.fromisoformat(str(accounts[1]["due_at"])) > due[str(world.ours.account)]
    at_once = {"version": 3, "due_at": at(30)}
    all_of_it = ok(client.patch(f"posts/{made['id']}", json=at_once, headers=world.as_()))
    assert len({one["due_at"] for one in all_of_it["publications"]}) == 1


def test_a_draft_goes_out_only_when_somebody_says_when(
    client: TestClient, world: World, sent: list[UUID]
) -> None:
    made = written(client, world, unfinished=True, due_at=None)
    path, publication = f"posts/{made['id']}", made["publications"][0]["id"]
    assert made["state"] == "draft"
    refused = client.post(
        f"publications/{publication}/reschedule", json={"due_at": None}, headers=world.as_()
    )
    assert (refused.status_code, "is a draft" in refused.json()["detail"]) == (409, True)
    finish = {"version": 1, "unfinished": False}
    assert client.patch(path, json=finish, headers=world.as_()).status_code == 422
    assert sent == []
    done = ok(client.patch(path, json={**finish, "due_at": None}, headers=world.as_()))
    assert (done["state"], sent) == ("scheduled", [UUID(publication)])


def test_what_is_being_sent_is_neither_changed_nor_deleted(client: TestClient, world: World) -> None:
    path = f"posts/{world.ours.post}"
    publication = f"publications/{world.ours.publication}"
    put("UPDATE publications SET state = 'publishing' WHERE id = :id", id=world.ours.publication)
    for answer in (
        client.patch(path, json={"version": 1, "text": "Other"}, headers=world.as_()),
        client.delete(path, headers=world.as_()),
        client.post(f"{publication}/cancel", headers=world.as_()),
        client.post(f"{publication}/reschedule", json={"due_at": None}, headers=world.as_()),
    ):
        assert (answer.status_code, answer.json()["detail"]) == (409, "It is being sent now.")


def test_deleted_it_is_cancelled_and_gone(client: TestClient, world: World) -> None:
    path = f"posts/{world.ours.post}"
    ok(client.delete(path, headers=world.as_()), 204)
    for gone in (path, f"publications/{world.ours.publication}"):
        assert client.get(gone, headers=world.as_()).status_code == 404
    assert ok(client.get("posts", headers=world.as_()))["items"] == []
    with worker_session() as session:
        query = text("SELECT state FROM publications WHERE id = :id")
        assert session.scalar(query, {"id": world.ours.publication}) == "cancelled"


@pytest.mark.parametrize(
    ("said", "state", "is_sent"),
    [
        ({"is_public": True, "permalink": "https://x.com/1"}, "published", False),
        ({"is_public": False}, "scheduled", True),
        ({"is_public": False, "send_again": False}, "cancelled", False),
    ],
)
def test_a_person_settles_what_looking_could_not(
    client: TestClient, world: World, sent: list[UUID], said: Any, state: str, is_sent: bool
) -> None:
    path = f"publications/{world.ours.publication}"
    assert client.post(f"{path}/answer", json=said, headers=world.as_()).status_code == 409
    put(
        "UPDATE publications SET state = 'unknown', sent_at = now(), asks_person = true WHERE id = :id",
        id=world.ours.publication,
    )
    wrong = client.post(f"{path}/answer", json={**said, "permalink": "javascript:x"}, headers=world.as_())
    assert wrong.status_code == 422
    found = ok(client.post(f"{path}/answer", json=said, headers=world.as_()))
    assert (found["state"], found["permalink"], found["asks_person"]) == (state, said.get("permalink"), False)
    assert sent == ([world.ours.publication] if is_sent else [])


def test_the_ledger_is_readable_and_tells_no_ids_of_uploads(client: TestClient, world: World) -> None:
    with worker_session() as session:
        for step in ("prepare", "submit", "confirm"):
            session.add(
                Attempt(
                    organization_id=world.ours.id,
                    publication_id=world.ours.publication,
                    step=step,
                    owner="host-1",
                    started_at=utc_now(),
                    outcome="done",
                    ids={"upload": "signed-address"},
                )
            )
    path = f"publications/{world.ours.publication}"
    first = ok(client.get(f"{path}/attempts", params={"limit": 2}, headers=world.as_()))
    query = {"limit": 2, "cursor": first["next_cursor"]}
    second = ok(client.get(f"{path}/attempts", params=query, headers=world.as_()))
    found = [one["step"] for page in (first, second) for one in page["items"]]
    assert (found, second["next_cursor"]) == (["prepare", "submit", "confirm"], None)
    whole = client.get(f"posts/{world.ours.post}", headers=world.as_())
    assert [one["step"] for one in whole.json()["publications"][0]["attempts"]] == found
    assert "signed-address" not in whole.text
    assert "host-1" not in whole.text


def test_who_only_looks_changes_nothing(client: TestClient, world: World) -> None:
    for role in (Role.VIEWER, Role.CLIENT):
        headers = world.as_(role)
        ok(client.get(f"posts/{world.ours.post}", headers=headers))
        assert client.delete(f"posts/{world.ours.post}", headers=headers).status_code == 403


def test_a_key_for_one_account_sees_and_changes_no_other(client: TestClient, world: World) -> None:
    other = str(new_account(world.ours.id, world.ours.brand))
    accounts = [{"id": str(world.ours.account)}, {"id": other}]
    made = written(client, world, accounts=accounts)
    scopes = [Permission.POSTS_READ, Permission.POSTS_WRITE]
    body = {"name": "One", "scopes": scopes, "account_ids": [other]}
    headers = bearer(ok(client.post("api-keys", json=body, headers=world.as_()), 201)["key"])
    seen = ok(client.get(f"posts/{made['id']}", headers=headers))
    assert [one["account_id"] for one in seen["publications"]] == [other]
    assert client.get(f"posts/{world.ours.post}", headers=headers).status_code == 404
    change = client.patch(f"posts/{made['id']}", json={"version": 1, "text": "Mine"}, headers=headers)
    assert (change.status_code, client.delete(f"posts/{made['id']}", headers=headers).status_code) == (
        409,
        409,
    )
    new = {"brand_id": str(world.ours.brand), "accounts": [{"id": other}], "text": "By key", "due_at": at(5)}
    mine = ok(client.post("posts", json=new, headers=headers), 201)
    assert [one["account_id"] for one in mine["publications"]] == [other]
    new["accounts"] = [{"id": str(world.ours.account)}]
    assert client.post("posts", json=new, headers=headers).status_code == 422


def test_a_file_is_uploaded_once_and_used(client: TestClient, world: World) -> None:
    upload = {"file": ("door.png", PNG, "text/html")}
    first = ok(client.post("media", files=upload, headers=world.as_()), 201)
    assert (first["mime"], first["width"], first["size"]) == ("image/png", 1, len(PNG))
    assert ok(client.post("media", files=upload, headers=world.as_()), 201) == first
    assert ok(client.get(f"media/{first['key']}", headers=world.as_())) == first
    listed = ok(client.get("media", params={"limit": 1}, headers=world.as_()))
    assert ([one["name"] for one in listed["items"]], listed["next_cursor"] is None) == (["door.png"], False)
    rest = ok(client.get("media", params={"cursor": listed["next_cursor"]}, headers=world.as_()))
    assert [one["key"] for one in rest["items"]] == [world.ours.file]
    draft = written(
        client, world, kind="image", media=[{"key": first["key"], "alt": "A door"}], unfinished=True
    )
    assert [(one["key"], one["alt"]) for one in draft["media"]] == [(first["key"], "A door")]


def test_other_words_leave_a_time_that_was_set_meanwhile(client: TestClient, world: World) -> None:
    made = written(client, world)
    publication_id = UUID(made["publications"][0]["id"])
    moved = utc_now() + timedelta(hours=9)
    with ThreadPoolExecutor(1) as pool, tenant_session(Tenant(world.ours.id)) as session:
        reschedule(session, publication_id, moved)
        session.flush()
        body, headers = {"version": 1, "text": "At nine."}, world.as_()
        change = pool.submit(client.patch, f"posts/{made['id']}", json=body, headers=headers)
        until_somebody_waits()
        session.commit()
        changed = ok(change.result(timeout=10))
    assert changed["text"] == "At nine."
    assert datetime.fromisoformat(changed["publications"][0]["due_at"]) == moved


def test_what_was_just_sent_is_not_sent_again(client: TestClient, world: World, sent: list[UUID]) -> None:
    made = written(client, world)["publications"][0]["id"]
    values = {"id": made, "at": utc_now() - timedelta(seconds=20)}
    put("UPDATE publications SET state = 'unknown', sent_at = :at WHERE id = :id", **values)
    again = {"is_public": False, "send_again": True}
    refused = client.post(f"publications/{made}/answer", json=again, headers=world.as_())
    assert (refused.status_code, "may still appear" in refused.json()["detail"]) == (409, True)
    assert sent == []
    values = {"id": made, "at": utc_now() - timedelta(seconds=90)}
    put("UPDATE publications SET sent_at = :at WHERE id = :id", **values)
    ok(client.post(f"publications/{made}/answer", json=again, headers=world.as_()))
    assert sent == [UUID(made)]


def test_who_is_limited_to_brands_sees_only_the_files_they_brought(client: TestClient, world: World) -> None:
    """A file is of no brand: what a client's other agencies prepare is not theirs to see."""
    add_member(world.ours.id, "limited@example.com", Role.EDITOR, [world.ours.brand])
    limited = bearer(token_of("limited@example.com"))
    assert ok(client.get("media", headers=limited))["items"] == []
    mine = ok(client.post("media", files={"file": ("door.png", PNG)}, headers=limited), 201)
    assert [one["key"] for one in ok(client.get("media", headers=limited))["items"]] == [mine["key"]]
    everything = ok(client.get("media", headers=world.as_()))["items"]
    assert {one["key"] for one in everything} == {mine["key"], world.ours.file}
    for path in ("media", f"media/{mine['key']}"):
        assert client.get(path, headers=world.as_(Role.CLIENT)).status_code == 403


def test_what_is_no_file_for_a_post_is_refused(
    client: TestClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = {"file": ("door.png", b"only words", "image/png")}
    assert client.post("media", files=words, headers=world.as_()).status_code == 422
    assert client.post("media", files=words).status_code == 401
    inside = client.post("media/fetch", json={"url": "http://127.0.0.1/door.png"}, headers=world.as_())
    assert (inside.status_code, "public one" in inside.json()["detail"]) == (422, True)
    monkeypatch.setattr("app.api.routes.media.LARGEST", 10)
    assert client.post("media", files={"file": ("a", PNG)}, headers=world.as_()).status_code == 413
    monkeypatch.setattr("app.api.application.MAX_BODY", 10)
    assert client.post("media", files={"file": ("a", PNG)}, headers=world.as_()).status_code == 413


def test_an_upload_is_counted_once(client: TestClient, world: World) -> None:
    upload = {"file": ("door.png", PNG, "image/png")}
    left = [
        int(client.post("media", files=upload, headers=world.as_()).headers["ratelimit-remaining"])
        for _ in range(2)
    ]
    assert left[0] - left[1] == 1
