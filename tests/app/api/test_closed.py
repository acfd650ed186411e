"""Every route that the API describes, asked by everyone who has no business there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from sqlalchemy import text, update
from starlette.testclient import TestClient

from app.api.application import api
from app.api.callers import Needs
from app.api.route import Route
from app.api.schemas.common import EXAMPLE_ID
from foundation.database import utc_now, worker_session
from identity.models import SessionToken
from identity.permissions import Permission, Role, permissions_of
from tests.app.api.world import Home, World, bearer, token_of
from tests.identity.people import PASSWORD

GRANT = {"role": "VIEWER", "brand_ids": None}
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)

# What nobody has to sign in for.
OPEN = {
    "auth_register", "auth_confirm", "auth_forgot_password", "auth_sign_in", "auth_second_factor",
    "auth_refresh", "auth_reset_password", "auth_confirm_address", "invitations_look", "invitations_accept",
    "permissions_list_all", "health_health",
}  # fmt: skip

# What each of the others is sent: enough to be taken, if only it were the right person who asks.
BODIES: dict[str, Any] = {
    "me_get": None,
    "me_rename": {"name": "Somebody"},
    "me_enter": {"organization_id": "{organization_id}"},
    "me_change_password": {"old": PASSWORD, "password": "quiet river under stones"},
    "me_ask_new_address": {"email": "new@example.com", "password": PASSWORD},
    "me_list_sessions": None,
    "me_end_session": None,
    "me_state": None,
    "me_begin": {},
    "me_confirm": {"code": "000000"},
    "me_remove": {"password": PASSWORD, "code": "000000"},
    "me_new_recovery_codes": {"password": PASSWORD, "code": "000000"},
    "auth_sign_out": {},
    "auth_sign_out_everywhere": {},
    "organizations_list_mine": None,
    "organizations_create": {"name": "Another"},
    "organizations_current": None,
    "organizations_update": {"name": "Another"},
    "organizations_delete": None,
    "organizations_leave": {},
    "brands_list_all": None,
    "brands_create": {"name": "Another", "timezone": "Europe/Berlin"},
    "brands_get": None,
    "brands_update": {"name": "Another"},
    "brands_delete": None,
    "brands_get_logo": None,
    "brands_put_logo": PNG,
    "brands_delete_logo": None,
    "accounts_list_all": None,
    "accounts_get": None,
    "accounts_check": {},
    "accounts_disconnect": None,
    "accounts_begin": {"network": "facebook", "brand_id": "{brand_id}"},
    "accounts_answered": None,
    "accounts_choose": {"external_ids": ["1"]},
    "posts_list_all": None,
    "posts_create": {"brand_id": "{brand_id}", "accounts": [], "text": "Hello", "unfinished": True},
    "posts_get": None,
    "posts_update": {"version": 1, "labels": ["one"]},
    "posts_delete": None,
    "posts_find_clashes": {"brand_id": "{brand_id}", "accounts": [], "unfinished": True},
    "data_health_get": None,
    "publications_list_all": None,
    "publications_get": None,
    "publications_attempts": None,
    "publications_cancel": {},
    "publications_reschedule": {"due_at": None},
    "publications_answer": {"is_public": True},
    "queues_list_all": None,
    "queues_create": {"brand_id": "{brand_id}", "name": "Another"},
    "queues_get": None,
    "queues_update": {"version": 1, "name": "Another"},
    "queues_delete": None,
    "queues_pause": {},
    "queues_resume": {},
    "queues_shuffle": {"version": 1},
    "queues_reorder": {"version": 1, "post_ids": []},
    "queues_create_in": {"brand_id": "{brand_id}", "accounts": [], "unfinished": True},
    "queues_add": {},
    "queues_remove": None,
    "recurrences_list_all": None,
    "recurrences_create": {
        "post": {"brand_id": EXAMPLE_ID, "accounts": []}, "rule": "FREQ=DAILY", "starts": "2026-03-02T09:30",
    },
    "recurrences_preview": {"brand_id": "{brand_id}", "rule": "FREQ=DAILY", "starts": "2026-03-02T09:30"},
    "recurrences_get": None,
    "recurrences_update": {"version": 1, "rule": "FREQ=DAILY"},
    "recurrences_skip": {"occurrence": "2026-03-02T09:30"},
    "recurrences_take_back_skip": {"occurrence": "2026-03-02T09:30"},
    "recurrences_end": {"version": 1},
    "campaigns_list_all": None,
    "campaigns_create": {"brand_id": "{brand_id}", "name": "Another"},
    "campaigns_get": None,
    "campaigns_rename": {"version": 1, "name": "Another"},
    "campaigns_delete": None,
    "campaigns_preview_launch": {"launch_at": None},
    "campaigns_set_launch": {"version": 1, "launch_at": None},
    "campaigns_add_post": {"offset_s": 0, "post": {"brand_id": EXAMPLE_ID, "accounts": []}},
    "campaigns_put_in": {"offset_s": 0},
    "campaigns_take_out": None,
    "approvals_get_workflow": None,
    "approvals_set_workflow": {"steps": []},
    "approvals_list_waiting": None,
    "approvals_decide": {"step": 0, "approves": True},
    "approvals_list_rounds": None,
    "approvals_submit": {"version": 1},
    "approvals_list_comments": None,
    "approvals_comment": {"words": "Good"},
    "notifications_list_all": None,
    "notifications_mark_read": {"ids": None},
    "notifications_settings": None,
    "notifications_choose": {"wishes": []},
    "webhooks_list_all": None,
    "webhooks_create": {"url": "https://example.com/hook", "kinds": ["post.failed"]},
    "webhooks_get": None,
    "webhooks_update": {"enabled": False},
    "webhooks_delete": None,
    "webhooks_list_deliveries": None,
    "webhooks_get_delivery": None,
    "webhooks_replay": {},
    "media_list_all": None,
    "media_get": None,
    "media_upload": ("door.png", PNG, "image/png"),
    "media_fetch": {"url": "https://example.com/door.png"},
    "members_list_all": None,
    "members_get": None,
    "members_change": GRANT,
    "members_remove": None,
    "audit_list_all": None,
    "invitations_list_all": None,
    "invitations_invite": {"email": "guest@example.com", **GRANT},
    "invitations_get": None,
    "invitations_resend": {},
    "invitations_revoke": None,
    "api_keys_list_all": None,
    "api_keys_create": {"name": "Another", "scopes": ["brands:read"]},
    "api_keys_get": None,
    "api_keys_revoke": None,
    "identity_providers_list_all": None,
    "identity_providers_create": {
        "name": "Another", "issuer": "https://id.example.com", "client_id": "a", "client_secret": "b",
    },
    "identity_providers_get": None,
    "identity_providers_update": {"name": "Another"},
    "identity_providers_delete": None,
    "identity_providers_check": {},
    "installation_list_all": None,
    "installation_delete": {},
    "installation_restore": {},
}  # fmt: skip

# Whom no role lets in, and whom some do without a permission of theirs deciding.
OF_THE_INSTALLATION = {"installation_list_all", "installation_delete", "installation_restore"}
OF_VERSION = {"queues_delete", "campaigns_delete"}
OF_EVERY_MEMBER = {"organizations_leave", "members_remove"}


class Operation(NamedTuple):
    """One of the API's operations."""

    id: str
    method: str
    path: str
    permission: Permission | None
    is_of_member: bool

    @property
    def has_ids(self) -> bool:
        return "{" in self.path


def operations() -> Iterator[Operation]:
    """All that someone has to sign in for, as the API's description and its routes say."""
    routes = {route.unique_id: route for route in api.routes if isinstance(route, Route)}
    for path, methods in api.openapi()["paths"].items():
        for method, described in methods.items():
            operation_id = described["operationId"]
            if operation_id not in OPEN:
                route = routes[operation_id]
                yield Operation(operation_id, method, path, route.permission, route.is_of_member)


OPERATIONS = list(operations())


def ask(client: TestClient, operation: Operation, home: Home, headers: dict[str, str]) -> Any:
    """Send the operation with the ids of this organization's things."""
    path = operation.path.lstrip("/").format(**home.ids)
    body = BODIES[operation.id]
    query: dict[str, Any] | None = {"version": 1} if operation.id in OF_VERSION else None
    if operation.id == "organizations_delete":
        query = {"confirm_name": home.name}
    if isinstance(body, bytes):
        head = {**headers, "Content-Type": "image/png"}
        return client.request(operation.method, path, content=body, headers=head)
    if isinstance(body, tuple):
        return client.request(operation.method, path, files={"file": body}, headers=headers)
    if body is not None:
        body = {
            name: value.format(**home.ids) if isinstance(value, str) else value
            for name, value in body.items()
        }
    return client.request(operation.method, path, json=body, headers=headers, params=query)


def assert_refused(answer: Any, world: World, *statuses: int) -> None:
    """It was one of these problems, and told nothing."""
    assert answer.status_code in statuses, (answer.request.method, answer.request.url, answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    word = world.theirs.name.split()[0]
    assert word not in answer.text
    assert word.lower() not in answer.text


def test_every_operation_has_a_case() -> None:
    assert {operation.id for operation in OPERATIONS} == set(BODIES)
    by_id = {route.unique_id: route for route in api.routes if isinstance(route, Route)}
    described = {operation.id for operation in OPERATIONS}
    assert all(by_id[name].needs is Needs.SOMEBODY for name in described)
    assert {name for name, route in by_id.items() if route.needs is not Needs.SOMEBODY} <= OPEN


@pytest.mark.usefixtures("generous")
def test_without_a_token_that_is_good(client: TestClient, world: World) -> None:
    expired = token_of(world.ours.owner)
    digest = hashlib.sha256(expired.encode()).digest()
    with worker_session() as session:
        statement = update(SessionToken).where(SessionToken.token_hash == digest)
        session.execute(statement.values(expires_at=utc_now()))
    bad: dict[str, dict[str, str]] = {
        "none": {},
        "expired": bearer(expired),
        "forged": bearer("x" * 43),
        "forged key": bearer(f"allin_{'x' * 43}"),
        "a cookie's": bearer("not-a-token"),
        "other scheme": {"Authorization": "Basic dXNlcjpwYXNz"},
        "empty": {"Authorization": "Bearer"},
        "two": {"Authorization": f"Bearer {world.key} {world.key}"},
    }
    before = state()
    for operation in OPERATIONS:
        for headers in bad.values():
            answer = ask(client, operation, world.ours, headers)
            assert_refused(answer, world, 401)
            assert answer.headers["www-authenticate"] == "Bearer"
    assert state() == before


@pytest.mark.usefixtures("generous")
def test_with_the_ids_of_another_organization(client: TestClient, world: World) -> None:
    before = state_of(world.theirs.id)
    for headers in (world.as_(Role.OWNER), bearer(world.key)):
        for operation in OPERATIONS:
            if operation.has_ids or operation.id == "me_enter":
                assert_refused(ask(client, operation, world.theirs, headers), world, 403, 404)
    assert state_of(world.theirs.id) == before


@pytest.mark.usefixtures("generous")
def test_with_a_role_that_may_not(client: TestClient, world: World) -> None:
    before = state_of(world.ours.id)
    for role in Role:
        held = permissions_of(role, limited=role is Role.CLIENT)
        forbidden = [operation for operation in OPERATIONS if operation.permission not in {None, *held}]
        assert bool(forbidden) is (role is not Role.OWNER)
        forbidden += [operation for operation in OPERATIONS if operation.id in OF_THE_INSTALLATION]
        for operation in forbidden:
            assert_refused(ask(client, operation, world.ours, world.as_(role)), world, 403)
    assert state_of(world.ours.id) == before


def test_only_these_need_no_permission() -> None:
    free = {operation.id for operation in OPERATIONS if operation.is_of_member and not operation.permission}
    assert free == OF_EVERY_MEMBER


@pytest.mark.usefixtures("generous")
def test_nobody_takes_out_a_mightier_member(client: TestClient, world: World) -> None:
    for role in (Role.EDITOR, Role.MEMBER, Role.VIEWER, Role.CLIENT):
        for person in (world.ours.person, world.ours.member):
            answer = client.delete(f"members/{person}", headers=world.as_(role))
            assert_refused(answer, world, 403, 404)


@pytest.mark.usefixtures("generous")
def test_a_key_does_what_its_scopes_say_and_nothing_that_is_a_persons(
    client: TestClient, world: World
) -> None:
    scopes = {"name": "Reader", "scopes": ["brands:read"]}
    key = client.post("api-keys", json=scopes, headers=world.as_()).json()["key"]
    for operation in OPERATIONS:
        if operation.permission is Permission.BRANDS_READ:
            assert ask(client, operation, world.ours, bearer(key)).status_code == 200
        elif operation.id not in ("me_get", "organizations_list_mine"):
            assert_refused(ask(client, operation, world.ours, bearer(key)), world, 403)
    seen = client.get("organizations", headers=bearer(key)).json()["items"]
    assert [one["id"] for one in seen] == [str(world.ours.id)]


@pytest.mark.usefixtures("generous")
def test_ids_of_another_organization_in_a_body(client: TestClient, world: World) -> None:
    theirs, owner = world.theirs, world.as_()
    key = {"name": "Key", "scopes": ["brands:read"]}
    for method, path, body in (
        (
            "post",
            "invitations",
            {"email": "x@example.com", "role": "EDITOR", "brand_ids": [str(theirs.brand)]},
        ),
        ("patch", f"members/{world.ours.member}", {"role": "EDITOR", "brand_ids": [str(theirs.brand)]}),
        ("post", "api-keys", {**key, "account_ids": [str(theirs.account)]}),
    ):
        assert_refused(client.request(method, path, json=body, headers=owner), world, 422)
    found = client.get("audit", params={"person_id": str(theirs.person)}, headers=owner)
    assert found.json() == {"items": [], "next_cursor": None}


def state() -> list[tuple[Any, ...]]:
    """How many rows each table has."""
    tables = (
        "organizations",
        "brands",
        "memberships",
        "invitations",
        "identity_providers",
        "api_keys",
        "sessions",
    )
    with worker_session() as session:
        return [
            tuple(session.execute(text(f"SELECT '{name}', count(*) FROM {name}")).one()) for name in tables
        ]


def state_of(organization: UUID) -> list[str]:
    """All rows of an organization but those that tell of its use."""
    rows = []
    with worker_session() as session:
        for table, key in (
            ("organizations", "id"),
            ("brands", "organization_id"),
            ("memberships", "organization_id"),
            ("invitations", "organization_id"),
            ("identity_providers", "organization_id"),
            ("posts", "organization_id"),
            ("publications", "organization_id"),
            ("media", "organization_id"),
            ("queues", "organization_id"),
            ("recurrences", "organization_id"),
            ("campaigns", "organization_id"),
            ("approval_rounds", "organization_id"),
            ("comments", "organization_id"),
            ("webhooks", "organization_id"),
            ("webhook_deliveries", "organization_id"),
        ):
            statement = text(
                f"SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM {table} t WHERE {key} = :id"
            )
            rows.append(str(session.scalar(statement, {"id": organization})))
    return rows
