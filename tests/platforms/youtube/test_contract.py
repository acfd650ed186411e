"""Every call the connector makes and every answer the sandbox gives, against Google's own documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from platforms.contract import Entity
from platforms.message import Message, ReplyTo
from platforms.registry import network
from tests.platforms.conftest import Case, as_account, pointed_at
from tests.platforms.publishing import prepare, settle
from tests.platforms.recording import Exchange, recorded
from tests.platforms.youtube.case import credentials, picture, video_message
from tests.platforms.youtube.discovery import FOLDER, Discovery, jsonschema

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason=f"{FOLDER} is not there")
UPLOAD = "/upload/youtube/v3/videos"


@pytest.fixture(scope="module")
def data() -> Discovery:
    return Discovery(FOLDER / "youtube.v3.json")


@pytest.fixture(scope="module")
def analytics() -> Discovery:
    return Discovery(FOLDER / "youtubeAnalytics.v2.json")


@pytest.fixture(scope="module")
def exchanges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Exchange]]:
    """Everything said while a channel is connected, published to and collected."""
    folder = tmp_path_factory.mktemp("recorded")
    with recorded(folder, "youtube") as (sandbox, recorder):
        connector = network("youtube", pointed_at(sandbox))
        tokens = credentials(sandbox.access("youtube"))
        case = Case(connector, as_account(connector.connect.accounts(tokens)[0]), sandbox)
        connector.connect.standing(case.account)
        message = video_message(folder, cover=picture(folder), tags="one, two words", category="27")
        kept = prepare(case, message)
        settle(case, connector.publish.submit(case.account, message, kept))
        connector.publish.find(case.account, message, sandbox.now(), kept)
        comment = Message("More below", reply_to=ReplyTo(kept["video_id"], kept["video_id"]))
        settle(case, connector.publish.submit(case.account, comment, {}))
        connector.publish.find(case.account, comment, sandbox.now(), {})
        for entity in Entity:
            list(connector.collect.collect(case.account, entity, None, sandbox.now(), None))
        yield recorder.exchanges


def of(exchanges: list[Exchange], path: str) -> list[Exchange]:
    return [exchange for exchange in exchanges if exchange.path == path]


@pytest.mark.parametrize(
    "path",
    [
        "/youtube/v3/channels",
        "/youtube/v3/playlistItems",
        "/youtube/v3/videos",
        "/youtube/v3/commentThreads",
        "/upload/youtube/v3/thumbnails/set",
    ],
)
def test_the_data_api(exchanges: list[Exchange], data: Discovery, path: str) -> None:
    found = of(exchanges, path)
    assert found
    for exchange in found:
        assert exchange.status == 200, exchange
        assert exchange.answer is not None
        data.check(exchange)


def test_uploads(exchanges: list[Exchange], data: Discovery) -> None:
    """The session is opened by the document's method; what it ends with is a video."""
    posts = [exchange for exchange in of(exchanges, UPLOAD) if exchange.method == "POST"]
    puts = [exchange for exchange in of(exchanges, UPLOAD) if exchange.method == "PUT"]
    assert posts
    assert puts
    for exchange in posts:
        assert exchange.body is not None
        data.check(exchange)
    data.validate("Video", puts[-1].answer)


def test_the_analytics_api(exchanges: list[Exchange], analytics: Discovery) -> None:
    found = of(exchanges, "/v2/reports")
    assert len(found) >= 3
    for exchange in found:
        assert exchange.status == 200, exchange
        analytics.check(exchange)


def test_nothing_else_is_called(exchanges: list[Exchange]) -> None:
    assert {exchange.path for exchange in exchanges} == {
        *("/youtube/v3/channels", "/youtube/v3/playlistItems", "/youtube/v3/videos", "/v2/reports"),
        *(UPLOAD, "/upload/youtube/v3/thumbnails/set", "/youtube/v3/commentThreads"),
    }


def test_the_documents_refuse_what_they_do_not_have(data: Discovery) -> None:
    def asked(body: Any, query: str) -> Exchange:
        return Exchange("PUT", "/youtube/v3/videos", query, body, 200, None)

    data.check(asked({"id": "a", "status": {"privacyStatus": "public"}}, "part=status"))
    with pytest.raises(jsonschema.ValidationError):
        data.check(asked({"id": "a", "status": {"privacy": "public"}}, "part=status"))
    with pytest.raises(AssertionError):
        data.check(asked({"id": "a"}, "parts=status"))
