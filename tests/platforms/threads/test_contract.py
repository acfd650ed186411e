"""What the connector asks and the stand-in answers, against the requests that Threads itself publishes."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from foundation.settings import REPOSITORY
from tests.platforms.meta.steps import Scene, Spoken, overheard
from tests.platforms.threads.test_publish import KINDS, message_of

FOLDER = REPOSITORY.parent / "shared" / "contracts" / "threads"
CONTRACT = FOLDER / "threads-api.postman_collection.json"
ALWAYS = {"access_token", "creation_id", "media_type"}
NODE = re.compile(r"^(\d+|\{\{.*\}\})$")


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    if not CONTRACT.exists():
        pytest.skip(f"{CONTRACT} is not there")
    found: dict[str, Any] = json.loads(CONTRACT.read_text())
    return found


def requests_in(folder: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for item in folder.get("item", ()):
        yield from requests_in(item)
    if "request" in folder:
        yield folder["request"]


def endpoint(method: str, path: str) -> str:
    """A call's name, whatever the ids in it: "GET {id}/insights"."""
    parts = [part for part in path.split("/") if part not in ("", "threads_host", "v1.0")]
    return f"{method} {'/'.join('{id}' if NODE.match(part) else part for part in parts)}"


@pytest.fixture
def calls(scene: Scene) -> list[Spoken]:
    """Each kind published, looked for and confirmed, and everything collected."""
    with overheard() as found:
        for kind in KINDS:
            message = message_of(scene, kind)
            published, kept = scene.published(message)
            scene.network.publish.find(scene.account, message, scene.now(), kept)
            scene.network.publish.confirm(scene.account, published.external_id)
        since = scene.now().replace(hour=0, minute=0)
        for entity in scene.network.collect.entities:
            list(scene.network.collect.collect(scene.account, entity, since, scene.now(), None))
    return found


def test_every_request_is_one_of_theirs(contract: dict[str, Any], calls: list[Spoken]) -> None:
    known: dict[str, set[str]] = defaultdict(set)
    for request in requests_in(contract):
        path = request["url"]["raw"].replace("{{api_host}}", "").partition("?")[0]
        known[endpoint(request["method"], path)] |= {one["key"] for one in request["url"].get("query", ())}
    spoken = {endpoint(call.method, call.path.removeprefix("/threads")): call for call in calls}
    for name, call in spoken.items():
        assert name in known or name == "GET {id}", name
        if call.method == "POST":
            assert set(call.given) <= known[name] | ALWAYS, name
    assert {"POST me/threads", "POST me/threads_publish", "GET me/replies", "GET {id}/insights"} <= set(
        spoken
    )


def test_fields_and_metrics_are_theirs(contract: dict[str, Any], calls: list[Spoken]) -> None:
    named = {
        one["key"]: set(re.sub(r"\{.*?\}", "", str(one["value"])).split(",")) for one in contract["variable"]
    }
    seen = set()
    for call in calls:
        edge = call.path.rpartition("/")[2]
        seen.add(edge)
        if call.method == "GET" and edge in ("threads", "replies"):
            shown = {field for post in call.answer["data"] for field in post}
            assert shown | asked(call, "fields") <= named["fields_threads"] | named["fields_replies"]
            assert set(call.given) <= {"fields", "since", "limit", "after"}
        elif edge == "insights":
            assert asked(call, "metric") <= named["metrics_post"]
            assert {"name", "period", "values", "title", "description", "id"} == set(call.answer["data"][0])
        elif edge == "threads_insights":
            assert asked(call, "metric") <= named["metrics_account"]
            assert set(call.given) <= {"metric", "breakdown", "since", "until"}
        elif "/1791" in call.path:
            assert asked(call, "fields") | set(call.answer) <= named["fields_container"]
    assert {"threads", "replies", "insights", "threads_insights"} <= seen


def asked(call: Spoken, name: str) -> set[str]:
    """The values of a parameter that lists some."""
    return set(call.given[name].split(","))
