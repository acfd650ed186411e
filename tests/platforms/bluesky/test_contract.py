"""Every call the connector makes and every answer the sandbox gives, against Bluesky's own lexicons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import pytest

from platforms.registry import network
from tests.platforms.bluesky.case import messages
from tests.platforms.conftest import Case, as_account, pointed_at
from tests.platforms.publishing import prepare, settle
from tests.platforms.recording import Exchange, recorded
from tests.sandbox.bluesky.lexicons import FOLDER, definition, validate

jsonschema: Any = pytest.importorskip("jsonschema")
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason=f"{FOLDER} is not there")
# Called, and without a lexicon beside the project.
UNDESCRIBED = {
    "com.atproto.identity.resolveHandle",
    "app.bsky.video.uploadVideo",
    "app.bsky.video.getJobStatus",
}


@pytest.fixture(scope="module")
def exchanges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Exchange]]:
    """Everything said while an account is connected, published to, collected and let go."""
    folder = tmp_path_factory.mktemp("recorded")
    with recorded(folder, "bluesky") as (sandbox, recorder):
        connector = network("bluesky", pointed_at(sandbox))
        access = sandbox.access("bluesky")
        inputs = {"handle": access["handle"], "password": access["app_password"]}
        consent = connector.connect.begin(inputs, "https://allin.example/back", "state")
        tokens = connector.connect.finish(consent, {}, "https://allin.example/back")
        tokens = connector.connect.refresh(tokens)
        case = Case(connector, as_account(connector.connect.accounts(tokens)[0]), sandbox)
        connector.connect.standing(case.account)
        for message in messages(folder).values():
            kept = prepare(case, message)
            settle(case, connector.publish.submit(case.account, message, kept))
            connector.publish.find(case.account, message, sandbox.now(), kept)
        for entity in connector.collect.entities:
            list(connector.collect.collect(case.account, entity, None, sandbox.now(), None))
        connector.connect.revoke(case.account)
        yield recorder.exchanges


def test_every_call_and_every_answer(exchanges: list[Exchange]) -> None:
    seen: set[str] = set()
    for exchange in exchanges:
        name = exchange.path.removeprefix("/xrpc/")
        seen.add(name)
        if name in UNDESCRIBED:
            continue
        check(name, exchange)
    assert seen - UNDESCRIBED >= {
        *(f"com.atproto.server.{verb}Session" for verb in ("create", "get", "refresh", "delete")),
        *("com.atproto.server.getServiceAuth", "com.atproto.repo.uploadBlob"),
        *("com.atproto.repo.putRecord", "com.atproto.repo.getRecord"),
        *("app.bsky.feed.getAuthorFeed", "app.bsky.actor.getProfile"),
    }


def test_the_lexicons_refuse_what_they_do_not_have() -> None:
    name, profile = "app.bsky.actor.getProfile", {"did": "did:plc:abc", "handle": "a.example"}
    fine = Exchange("GET", f"/xrpc/{name}", "actor=did:plc:abc", None, 200, profile)
    check(name, fine)
    wrong: dict[str, Any] = {
        "method": "POST",
        "query": "who=did:plc:abc",
        "answer": {"did": "did:plc:abc"},
        "body": {"a": 1},
    }
    for name_of, value in wrong.items():
        with pytest.raises((AssertionError, jsonschema.ValidationError)):
            check(name, replace(fine, **{name_of: value}))


def check(name: str, exchange: Exchange) -> None:
    """Hold one call and its answer against its lexicon; a record of a post against its own."""
    main = definition(name)
    assert exchange.status == 200, exchange
    assert exchange.method == {"query": "GET", "procedure": "POST"}[main["type"]]
    given = parse_qsl(exchange.query, strict_parsing=bool(exchange.query))
    if "parameters" in main:
        validate(name, "parameters", as_typed(main["parameters"], given))
    else:
        assert not given
    if main.get("input", {}).get("schema"):
        validate(name, "input", exchange.body)
    elif main.get("input", {}).get("encoding") != "*/*":
        assert exchange.body is None
    if main.get("output", {}).get("schema"):
        validate(name, "output", exchange.answer)
    if name == "com.atproto.repo.putRecord":
        validate("app.bsky.feed.post", "record", exchange.body["record"])
    if name == "com.atproto.repo.getRecord":
        validate("app.bsky.feed.post", "record", exchange.answer["value"])


def as_typed(parameters: dict[str, Any], given: list[tuple[str, str]]) -> dict[str, Any]:
    """A query's values in the types of a lexicon's parameters."""
    kinds = {key: rule["type"] for key, rule in parameters["properties"].items()}
    typed: dict[str, Any] = {}
    for key, value in given:
        match kinds.get(key):
            case "integer" if value.isdecimal():
                typed[key] = int(value)
            case "boolean":
                typed[key] = {"true": True, "false": False}.get(value, value)
            case "array":
                typed[key] = [*typed.get(key, []), value]
            case _:
                typed[key] = value
    return typed
