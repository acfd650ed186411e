"""Google's discovery documents as something to check calls against."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from foundation.settings import REPOSITORY
from tests.platforms.recording import Exchange

jsonschema: Any = pytest.importorskip("jsonschema")
FOLDER = REPOSITORY.parent / "shared" / "contracts" / "google"


class Discovery:
    """A discovery document: which calls there are, what they take and answer. Unknown names are refused."""

    def __init__(self, path: Path) -> None:
        self._document = json.loads(path.read_text())
        self._schemas = {name: _strict(schema) for name, schema in self._document["schemas"].items()}
        self._methods = dict(self._all(self._document))

    def _all(self, node: dict[str, Any]) -> Any:
        for method in node.get("methods", {}).values():
            yield (method["httpMethod"], method["path"]), method
            for protocol in method.get("mediaUpload", {}).get("protocols", {}).values():
                yield (method["httpMethod"], protocol["path"].lstrip("/")), method
        for resource in node.get("resources", {}).values():
            yield from self._all(resource)

    def check(self, exchange: Exchange) -> None:
        """Raises AssertionError or jsonschema.ValidationError for what the document does not have."""
        method = self._methods[exchange.method, exchange.path.lstrip("/")]
        known = {**self._document["parameters"], **method["parameters"]}
        given = dict(parse_qsl(exchange.query))
        assert set(given) <= set(known), set(given) - set(known)
        required = {name for name, rule in method["parameters"].items() if rule.get("required")}
        assert required <= set(given), required - set(given)
        for name, value in given.items():
            if known[name]["type"] == "integer":
                assert re.fullmatch(r"\d+", value)
            assert not known[name].get("enum") or value in known[name]["enum"]
        if exchange.body is not None:
            self.validate(method["request"]["$ref"], exchange.body)
        if exchange.answer is not None and exchange.status < 300:
            self.validate(method["response"]["$ref"], exchange.answer)

    def validate(self, schema: str, body: Any) -> None:
        """Raises jsonschema.ValidationError."""
        rule = {"$ref": f"#/schemas/{schema}", "schemas": self._schemas}
        jsonschema.Draft202012Validator(rule).validate(body)


def _strict(node: Any) -> Any:
    """A schema of the document as JSON Schema, with no names but those in it."""
    if isinstance(node, list):
        return [_strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {
        name: _strict(value) for name, value in node.items() if name not in ("id", "description", "default")
    }
    if isinstance(node.get("properties"), dict):
        made["properties"] = {name: _strict(value) for name, value in node["properties"].items()}
        made.setdefault("additionalProperties", False)
    if "$ref" in made:
        return {"$ref": f"#/schemas/{node['$ref']}"}
    if made.get("type") == "any":
        del made["type"]
    return made
