"""Bluesky's lexicons as JSON Schemas, to hold requests and answers against; skipped where they are absent."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import pytest

from foundation.settings import REPOSITORY

FOLDER = REPOSITORY.parent / "shared" / "contracts" / "bluesky" / "lexicons"
FORMATS = {
    "at-uri": r"^at://[^/\s]+(/[^/\s]+){0,2}$",
    "cid": r"^b[a-z2-7]{20,}$",
    "did": r"^did:[a-z]+:[A-Za-z0-9._:%-]+$",
    "handle": r"^([a-zA-Z0-9-]+\.)+[a-zA-Z]{2,}$",
    "datetime": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$",
    "uri": r"^[a-z][a-z0-9+.-]*:\S+$",
    "record-key": r"^[A-Za-z0-9._:~-]{1,512}$",
    "language": r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$",
}


def validate(name: str, part: str, value: object) -> None:
    """Hold a value against the `part` ("input", "output", "record", "parameters") of a lexicon.

    Fields that the lexicon does not know fail, because that is how a misspelt one would be found.
    """
    jsonschema = pytest.importorskip("jsonschema")
    if not FOLDER.exists():
        pytest.skip(f"{FOLDER} is not there")
    jsonschema.Draft202012Validator(
        {"$ref": f"#/$defs/{name}#main:{part}".replace("#main", "%23main"), "$defs": _schemas()}
    ).validate(value)


def definition(name: str) -> dict[str, Any]:
    """The main definition of a lexicon."""
    document = json.loads((FOLDER / f"{name.replace('.', '/')}.json").read_text())
    main: dict[str, Any] = document["defs"]["main"]
    return main


@lru_cache(maxsize=1)
def _schemas() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in FOLDER.rglob("*.json"):
        document = json.loads(path.read_text())
        for name, node in document["defs"].items():
            key = f"{document['id']}#{name}"
            for part in ("input", "output"):
                if node.get(part, {}).get("schema"):
                    found[f"{key}:{part}"] = _schema(document["id"], node[part]["schema"])
            for part in ("record", "parameters"):
                if part in node:
                    found[f"{key}:{part}"] = _schema(document["id"], node[part])
            found[key] = _schema(document["id"], node)
    return found


def _schema(document: str, node: dict[str, Any]) -> dict[str, Any]:
    match node["type"]:
        case "object" | "params":
            properties = {
                name: _schema(document, one) if name not in node.get("nullable", ()) else {}
                for name, one in node.get("properties", {}).items()
            }
            return {
                "type": "object",
                "required": node.get("required", []),
                "properties": {"$type": {"type": "string"}, **properties},
                "additionalProperties": False,
            }
        case "array":
            longest = {"maxItems": node["maxLength"]} if "maxLength" in node else {}
            return {"type": "array", "items": _schema(document, node["items"]), **longest}
        case "string":
            pattern = {"pattern": FORMATS[node["format"]]} if node.get("format") in FORMATS else {}
            # Lexicons count bytes: no text has fewer of them than characters.
            longest = {"maxLength": node["maxLength"]} if "maxLength" in node else {}
            allowed = {"enum": node["enum"]} if "enum" in node else {}
            return {"type": "string", **pattern, **longest, **allowed}
        case "integer":
            return {"type": "integer", **{key: node[key] for key in ("minimum", "maximum") if key in node}}
        case "boolean":
            return {"type": "boolean"}
        case "ref":
            return _ref(document, node["ref"])
        case "union":
            return {"anyOf": [_typed(document, one) for one in node["refs"]]}
        case "blob":
            return {
                "type": "object",
                "required": ["$type", "ref", "mimeType", "size"],
                "properties": {
                    "$type": {"const": "blob"},
                    "ref": {"type": "object", "required": ["$link"]},
                    "mimeType": {"type": "string"},
                    "size": {"type": "integer", "maximum": node.get("maxSize", 1 << 40)},
                },
            }
    return {}


def _typed(document: str, name: str) -> dict[str, Any]:
    whole = (document + name if name.startswith("#") else name).removesuffix("#main")
    tagged = {"properties": {"$type": {"const": whole}}, "required": ["$type"]}
    return {"allOf": [tagged, _ref(document, name)]}


def _ref(document: str, name: str) -> dict[str, Any]:
    whole = document + name if name.startswith("#") else name
    whole = whole if "#" in whole else f"{whole}#main"
    path = FOLDER / (whole.partition("#")[0].replace(".", "/") + ".json")
    return {"$ref": "#/$defs/" + whole.replace("#", "%23")} if path.exists() else {}
