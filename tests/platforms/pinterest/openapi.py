"""Pinterest's OpenAPI document as something to check calls against, and a sandbox that writes them down."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from foundation.settings import REPOSITORY
from sandbox.app import create_app
from sandbox.services import open_services
from sandbox.settings import Settings
from tests.platforms.conftest import Sandbox

jsonschema = pytest.importorskip("jsonschema")

FILE = REPOSITORY.parent / "shared" / "contracts" / "pinterest" / "openapi-v5.json"
PREFIX = "/pinterest/v5"


@dataclass(frozen=True)
class Exchange:
    """One call as it went over the wire; `path` is without the stand-in's prefix."""

    method: str
    path: str
    query: str
    body: bytes
    status: int
    answer: bytes


class OpenApi:
    """The document: which calls there are, what they take and answer. Names it does not have are refused."""

    def __init__(self, path: Path) -> None:
        self._document = json.loads(path.read_text())
        schemas = self._document["components"]["schemas"]
        self._root = {
            "strict": {name: _converted(schema, strict=True) for name, schema in schemas.items()},
            "loose": {name: _converted(schema, strict=False) for name, schema in schemas.items()},
        }

    def check(self, exchange: Exchange) -> str:
        """The documented path of the call.

        Raises AssertionError or jsonschema.ValidationError for what the document does not have.
        """
        template = self._template(exchange.path)
        operation = self._document["paths"][template][exchange.method.lower()]
        self._check_query(operation, exchange.query)
        if "requestBody" in operation:
            ((mime, content),) = operation["requestBody"]["content"].items()
            form = dict(parse_qsl(exchange.body.decode()))
            self.validate(content["schema"], json.loads(exchange.body) if "json" in mime else form)
        answers = operation["responses"]
        documented = answers.get(str(exchange.status)) or answers["default"]
        if documented.get("content"):
            schema = documented["content"]["application/json"]["schema"]
            self.validate(schema, json.loads(exchange.answer))
        else:
            assert not exchange.answer
        return str(template)

    def validate(self, schema: dict[str, Any], instance: Any) -> None:
        """Raises jsonschema.ValidationError."""
        whole = {**self._root, "allOf": [_converted(schema, strict=True)]}
        jsonschema.Draft202012Validator(whole).validate(instance)

    def _check_query(self, operation: dict[str, Any], query: str) -> None:
        parameters = [self._parameter(one) for one in operation.get("parameters", [])]
        known = {one["name"]: one for one in parameters if one["in"] == "query"}
        given = dict(parse_qsl(query))
        assert set(given) <= set(known), set(given) - set(known)
        assert {name for name, one in known.items() if one.get("required")} <= set(given)
        for name, text in given.items():
            schema = known[name]["schema"]
            self.validate(schema, _typed(schema, text))

    def _parameter(self, one: dict[str, Any]) -> dict[str, Any]:
        named = self._document["components"]["parameters"]
        return named[one["$ref"].rpartition("/")[2]] if "$ref" in one else one

    def _template(self, path: str) -> str:
        # A path without placeholders goes before one with them.
        for template in sorted(self._document["paths"], key=lambda one: one.count("{")):
            if re.fullmatch(re.sub(r"\{\w+\}", r"[^/]+", template), path):
                return str(template)
        raise AssertionError(f"{path} is not in the document")


def _typed(schema: dict[str, Any], text: str) -> Any:
    kind = schema.get("type")
    if kind == "integer":
        return int(text)
    if kind == "boolean":
        return {"true": True, "false": False}[text]
    return text.split(",") if kind == "array" else text


def _converted(schema: Any, *, strict: bool) -> Any:
    """An OpenAPI 3.0 schema as JSON Schema: null where it is allowed, no unknown names where none are."""
    if isinstance(schema, list):
        return [_converted(one, strict=strict) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": f"#/{'strict' if strict else 'loose'}/{schema['$ref'].rpartition('/')[2]}"}
    if "discriminator" in schema and "oneOf" not in schema and strict:
        kinds = sorted(set(schema["discriminator"]["mapping"].values()))
        return {"anyOf": [_converted({"$ref": kind}, strict=True) for kind in kinds]}
    left_out = ("nullable", "discriminator", "example", "description", "properties", "allOf", "format")
    found = {key: _converted(one, strict=strict) for key, one in schema.items() if key not in left_out}
    if "oneOf" in found:  # the document writes so where several may fit, too
        found["anyOf"] = found.pop("oneOf")
    if "properties" in schema:
        own = schema["properties"].items()
        found["properties"] = {name: _converted(one, strict=True) for name, one in own}
        if strict and "allOf" not in schema:
            found.setdefault("additionalProperties", False)
    if "allOf" in schema:
        found["allOf"] = _converted(schema["allOf"], strict=False)
    return {"anyOf": [found, {"type": "null"}]} if schema.get("nullable") else found


class Recorder:
    """ASGI middleware that keeps Pinterest's calls with their answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.exchanges: list[Exchange] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        sent, answered, status = [b""], [b""], [0]

        async def hear() -> Message:
            message = await receive()
            sent.append(message.get("body", b""))
            return message

        async def say(message: Message) -> None:
            status[0] = message.get("status", status[0])
            answered.append(message.get("body", b""))
            await send(message)

        await self._app(scope, hear, say)
        path, query = scope["path"].removeprefix(PREFIX), scope["query_string"].decode()
        whole = (b"".join(sent), status[0], b"".join(answered))
        self.exchanges.append(Exchange(scope["method"], path, query, *whole))


@contextmanager
def recorded(home: Path) -> Iterator[tuple[Sandbox, Recorder]]:
    """A sandbox of its own and what is written down of it."""
    services = open_services(Settings(home=home, days=60))
    recorder = Recorder(create_app(services))
    server = uvicorn.Server(
        uvicorn.Config(recorder, host="127.0.0.1", port=0, log_level="warning", lifespan="off")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Sandbox(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"), recorder
    server.should_exit = True
    thread.join()
    services.store.close()
