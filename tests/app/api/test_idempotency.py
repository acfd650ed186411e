"""A POST with an Idempotency-Key is done once, however often and however closely it comes."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from app.api import idempotency
from app.api.idempotency import KEPT_S
from foundation.database import Role as DatabaseRole
from foundation.database import engine, worker_session
from identity import brands, sessions
from identity.errors import ConflictError
from identity.permissions import Role
from identity.principal import Origin
from identity.sessions import Admitted
from tests.app.api.world import World, bearer, token_of
from tests.identity.people import PASSWORD, add_person, join

BRAND = {"name": "Nordlicht", "timezone": "Europe/Berlin"}
KIND = "/api/docs#problem-"


def with_key(headers: dict[str, str], key: str = "one") -> dict[str, str]:
    return {**headers, "Idempotency-Key": key}


def scalar(statement: str, **values: Any) -> Any:
    with worker_session() as session:
        return session.scalar(text(statement), values)


def run(statement: str, **values: Any) -> None:
    with worker_session() as session:
        session.execute(text(statement), values)


def brands_named(name: str) -> int:
    return int(scalar("SELECT count(*) FROM brands WHERE name = :name", name=name))


def test_the_same_again_is_answered_the_same_and_not_done_again(client: TestClient, world: World) -> None:
    first = client.post("brands", json=BRAND, headers=with_key(world.as_()))
    again = client.post("brands", json=BRAND, headers=with_key(world.as_()))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["content-type"] == first.headers["content-type"]
    assert ("idempotency-replayed" in first.headers, again.headers["idempotency-replayed"]) == (False, "true")
    assert brands_named("Nordlicht") == 1


def test_an_answer_without_a_body_comes_again_too(client: TestClient, world: World) -> None:
    path, headers = "auth/sign-out-everywhere", with_key(world.as_())
    body = {"keep_this": True}
    assert client.post(path, json=body, headers=headers).status_code == 204
    again = client.post(path, json=body, headers=headers)
    assert (again.status_code, again.content, again.headers["idempotency-replayed"]) == (204, b"", "true")


def test_another_request_with_the_key_is_refused(client: TestClient, world: World) -> None:
    headers = with_key(world.as_())
    assert client.post("brands", json=BRAND, headers=headers).status_code == 201
    for answer in (
        client.post("brands", json={**BRAND, "name": "Other"}, headers=headers),
        client.post("brands?again=1", json=BRAND, headers=headers),
        client.post("organizations", json={"name": "Other"}, headers=headers),
    ):
        assert answer.status_code == 422
        assert answer.json()["type"] == f"{KIND}idempotency-key-reused"
    assert brands_named("Other") == 0


def test_a_key_is_its_callers_own(client: TestClient, world: World) -> None:
    theirs = bearer(token_of(world.theirs.owner))
    names = ("Nordlicht", "Südwind")
    for name, headers in zip(names, (world.as_(), theirs), strict=True):
        answer = client.post("brands", json={**BRAND, "name": name}, headers=with_key(headers))
        assert (answer.status_code, answer.json()["name"]) == (201, name)


def test_what_was_answered_in_one_organization_is_not_answered_in_another(
    client: TestClient, world: World
) -> None:
    """Nor to another organization's provider, which may say that it knows anybody who is a member there."""
    join(world.ours.person, world.theirs.id, Role.ADMIN)
    new = {"name": "Nightly", "scopes": ["brands:read"]}
    made = client.post("api-keys", json=new, headers=with_key(world.as_()))
    vouched = Admitted(world.ours.person, organization_id=world.theirs.id, provider_id=world.theirs.provider)
    confined = bearer(sessions.open_api(vouched, Origin()).access_token)
    assert client.put("me/organization", json={"organization_id": str(world.theirs.id)}, headers=world.as_())
    elsewhere = client.post("api-keys", json=new, headers=with_key(world.as_()))
    assert (elsewhere.status_code, elsewhere.json()["type"]) == (422, f"{KIND}idempotency-key-reused")
    by_provider = client.post("api-keys", json=new, headers=with_key(confined))
    assert (by_provider.status_code, "idempotency-replayed" in by_provider.headers) == (201, False)
    assert by_provider.json()["key"] != made.json()["key"]


def test_a_refused_request_uses_no_key_up(client: TestClient, world: World) -> None:
    headers = with_key(world.as_())
    assert client.post("brands", json={**BRAND, "timezone": "Mars"}, headers=headers).status_code == 422
    assert client.post("brands", json=BRAND, headers=headers).status_code == 201
    wrong = {"email": world.ours.owner, "password": "not the password"}
    assert client.post("auth/sign-in", json=wrong, headers=with_key({})).status_code == 401
    right = {"email": world.ours.owner, "password": PASSWORD}
    assert client.post("auth/sign-in", json=right, headers=with_key({})).status_code == 200


def test_a_key_that_is_none_is_refused(client: TestClient, world: World) -> None:
    for key in ("", "a b", "ä", "x" * 256):
        headers = {**world.as_(), "Idempotency-Key": key.encode()}
        answer = client.post("brands", json=BRAND, headers=headers)  # type: ignore[arg-type]
        assert (answer.status_code, brands_named("Nordlicht")) == (422, 0)


def test_two_at_once_are_one(client: TestClient, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, go_on, create = threading.Event(), threading.Event(), brands.create

    def slowly(*arguments: Any, **more: Any) -> Any:
        made = create(*arguments, **more)
        inside.set()
        assert go_on.wait(10)
        return made

    monkeypatch.setattr(brands, "create", slowly)
    headers = with_key(world.as_())
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(client.post, "brands", json=BRAND, headers=headers)
        assert inside.wait(10)
        second = pool.submit(client.post, "brands", json=BRAND, headers=headers)
        waits_for_the_first()
        go_on.set()
        answers = [first.result(), second.result()]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    assert ["idempotency-replayed" in answer.headers for answer in answers] == [False, True]
    assert brands_named("Nordlicht") == 1


def waits_for_the_first() -> None:
    """Until a connection waits for a lock; only the owner of the database sees what the others do."""
    here = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    deadline = time.monotonic() + 10
    with engine(DatabaseRole.OWNER).connect() as connection:
        while not connection.scalar(text(f"{here} AND wait_event_type = 'Lock'")):
            assert time.monotonic() < deadline
            time.sleep(0.01)
            connection.rollback()


def test_two_sign_ins_at_once_are_one(client: TestClient, world: World) -> None:
    body = {"email": world.ours.owner, "password": PASSWORD}
    before = scalar("SELECT count(*) FROM sessions")
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(client.post, "auth/sign-in", json=body, headers=with_key({})) for _ in range(2)]
        answers = [one.result() for one in asked]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert scalar("SELECT count(*) FROM sessions") == before + 1


def test_after_a_crash_in_the_transaction_nothing_is_there(
    client: TestClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise SystemError

    with monkeypatch.context() as patch:
        patch.setattr(idempotency, "_keep", die)
        assert client.post("brands", json=BRAND, headers=with_key(world.as_())).status_code == 500
    assert brands_named("Nordlicht") == 0
    assert client.post("brands", json=BRAND, headers=with_key(world.as_())).status_code == 201


def test_after_a_crash_before_the_answer_was_kept_one_is_told_to_look(
    client: TestClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise SystemError

    body = {"email": world.ours.owner, "password": PASSWORD}
    before = scalar("SELECT count(*) FROM sessions")
    with monkeypatch.context() as patch:
        patch.setattr(idempotency, "_keep", die)
        patch.setattr(idempotency, "PATIENCE_S", 0.1)
        assert client.post("auth/sign-in", json=body, headers=with_key({})).status_code == 500
        again = client.post("auth/sign-in", json=body, headers=with_key({}))
    assert (again.status_code, again.json()["type"]) == (409, f"{KIND}answer-lost")
    assert scalar("SELECT count(*) FROM sessions") == before + 1  # not a second time
    assert client.post("auth/sign-in", json=body, headers=with_key({}, "two")).status_code == 200


def test_a_refusal_inside_work_of_its_own_frees_the_key(
    client: TestClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ConflictError("Not now.")

    body = {"email": world.ours.owner, "password": PASSWORD}
    with monkeypatch.context() as patch:
        patch.setattr(sessions, "open_api", refuse)
        assert client.post("auth/sign-in", json=body, headers=with_key({})).status_code == 409
    assert client.post("auth/sign-in", json=body, headers=with_key({})).status_code == 200


def test_after_a_day_a_key_is_new(client: TestClient, world: World) -> None:
    headers = with_key(world.as_())
    assert client.post("brands", json=BRAND, headers=headers).status_code == 201
    age = timedelta(seconds=KEPT_S - 60)
    run("UPDATE idempotency_keys SET created_at = created_at - :age", age=age)
    assert client.post("brands", json=BRAND, headers=headers).headers["idempotency-replayed"] == "true"
    run("UPDATE idempotency_keys SET created_at = created_at - interval '2 minutes'")
    other = client.post("brands", json={**BRAND, "name": "Südwind"}, headers=headers)
    assert (other.status_code, other.json()["name"]) == (201, "Südwind")
    assert client.post("brands", json=BRAND, headers=headers).status_code == 422


def test_old_keys_are_removed_now_and_then(
    client: TestClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.post("brands", json=BRAND, headers=with_key(world.as_(), "old"))
    run("UPDATE idempotency_keys SET created_at = created_at - interval '25 hours'")
    monkeypatch.setattr(idempotency, "CLEANED_EVERY_S", -1)
    client.post("brands", json={**BRAND, "name": "Südwind"}, headers=with_key(world.as_(), "new"))
    assert scalar("SELECT string_agg(key, ' ') FROM idempotency_keys") == "new"


def test_what_is_kept_tells_nothing(client: TestClient, world: World) -> None:
    body = {"email": world.ours.owner, "password": PASSWORD}
    tokens = client.post("auth/sign-in", json=body, headers=with_key({})).json()
    key = client.post(
        "api-keys", json={"name": "Key", "scopes": ["brands:read"]}, headers=with_key(world.as_())
    ).json()["key"]
    kept = scalar("SELECT string_agg(t::text, ' ') FROM idempotency_keys t")
    for secret in (PASSWORD, tokens["access_token"], tokens["refresh_token"], key):
        assert secret not in kept
        assert secret.encode().hex() not in kept


def test_a_change_of_rights_is_looked_at_before_the_key(client: TestClient) -> None:
    person, _ = add_person("leaver@example.com")
    headers = with_key(bearer(token_of("leaver@example.com")))
    assert client.post("brands", json=BRAND, headers=headers).status_code == 201
    run("UPDATE memberships SET role = 'VIEWER' WHERE person_id = :person", person=person)
    assert client.post("brands", json=BRAND, headers=headers).status_code == 403
