"""What the connector asks and the stand-in answers, against Meta's own list of fields and parameters."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from foundation.settings import REPOSITORY
from platforms.instagram import paging
from platforms.message import Message, ReplyTo
from tests.platforms.instagram.test_collect import by_page
from tests.platforms.instagram.test_publish import KINDS, message_of
from tests.platforms.meta.steps import Scene, a_text, overheard

CONTRACT = REPOSITORY.parent / "shared" / "contracts" / "meta" / "sdk_v26.json"
EVERYWHERE = {"fields", "limit", "after", "access_token"}
POSTS = re.compile(r"/18\d{18}$")


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    if not CONTRACT.exists():
        pytest.skip(f"{CONTRACT} is not there")
    found: dict[str, Any] = json.loads(CONTRACT.read_text())
    return found


@pytest.mark.parametrize("server", ["", "facebook"])
def test_every_request_and_answer_is_of_the_contract(
    contract: dict[str, Any], scene: Scene, server: str
) -> None:
    if server:
        scene = replace(scene, account=by_page(scene))
    user = contract["iguser" if server else "iguserforigonlyapi"]
    media = contract["igmedia" if server else "igmediaforigonlyapi"]
    with overheard() as calls:
        for kind in KINDS:
            message = message_of(scene, kind)
            _, kept = scene.published(message)
            scene.network.publish.find(scene.account, message, scene.now(), kept)
        since = scene.now().replace(hour=0, minute=0)
        for entity in scene.network.collect.entities:
            list(scene.network.collect.collect(scene.account, entity, since, scene.now(), None))
    checked = set()
    for call in calls:
        edge = call.path.rpartition("/")[2]
        checked.add(f"{call.method} {edge}")
        if call.method == "POST" or edge in ("media", "stories", "insights"):
            on_post = POSTS.search(call.path.removesuffix("/insights"))
            assert set(call.given) <= parameters(media if on_post else user, call.method, edge), call.path
        elif "1790" in call.path:
            builder = set(contract["shadowigmediabuilder"]["fields"])
            assert set(call.given["fields"].split(",")) | set(call.answer) <= builder
        if call.method == "GET" and edge in ("media", "stories"):
            shown = {name for post in call.answer["data"] for name in post}
            assert shown | set(call.given["fields"].split(",")) <= set(media["fields"])
    assert {"GET media", "GET stories", "GET insights", "POST media", "POST media_publish"} <= checked


@pytest.mark.parametrize("server", ["", "facebook"])
def test_comments_are_of_the_contract(contract: dict[str, Any], scene: Scene, server: str) -> None:
    if server:
        scene = replace(scene, account=by_page(scene))
    post, _ = scene.published(message_of(scene, KINDS[0]))
    comment = Message(a_text(), reply_to=ReplyTo(post.external_id, post.external_id))
    with overheard() as calls:
        published, _ = scene.published(comment)
        scene.network.publish.confirm(scene.account, published.external_id)
        scene.network.publish.find(scene.account, comment, scene.now(), {})
    media = contract["igmedia" if server else "igmediaforigonlyapi"]
    fields = set(contract["igcomment"]["fields"])
    listed = [call for call in calls if call.path.endswith("/comments")]
    assert [call.method for call in listed] == ["POST", "GET"]
    assert set(listed[0].given) <= parameters(media, "POST", "comments")
    assert set(listed[1].given["fields"].split(",")) <= fields
    assert set(listed[1].answer["data"][0]) <= fields
    shown = calls[-2]
    assert shown.path.endswith(published.external_id)
    assert {name.partition("{")[0] for name in shown.given["fields"].split(",")} <= fields
    assert set(shown.answer) <= fields


def parameters(node: dict[str, Any], method: str, edge: str) -> set[str]:
    """What an edge of the contract takes. The contract writes media_publish without its underscore once."""
    ops = [op for op in node["ops"] if op["method"] == method]
    (found,) = [
        set(op["params"]) for op in ops if op["endpoint"][1:].replace("_", "") == edge.replace("_", "")
    ]
    return found | EVERYWHERE


def test_the_metrics_are_known_ones(contract: dict[str, Any]) -> None:
    known = set(contract["instagraminsightsresult"]["enums"]["Metric"])
    for metrics in paging.METRICS.values():
        assert set(metrics) <= known
