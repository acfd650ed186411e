"""Suggestions through the real SDK over loopback HTTP, and what goes wrong in plain words."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pydantic import SecretStr

from foundation.settings import Settings
from publishing.suggest import Persona, SuggestionError, is_sandbox, suggest_text

KEY = "sk-very-secret"


class StubModel(ThreadingHTTPServer):
    """Answers as told and remembers the request."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.body = 200, _completion("“Fresh bread at eight.”")
        self.asked: list[dict[str, object]] = []
        self.authorization = ""

    def settings(self, **values: object) -> Settings:
        settings = Settings(
            demo=False, llm_base_url=f"http://127.0.0.1:{self.server_port}/v1", llm_model="m1"
        )
        return settings.model_copy(update={"llm_api_key": SecretStr(KEY), **values})


class _Handler(BaseHTTPRequestHandler):
    server: StubModel

    def do_POST(self) -> None:
        self.server.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.server.authorization = self.headers["Authorization"]
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_arguments: object) -> None:
        """Keep quiet."""


def _completion(words: str | None) -> bytes:
    message = {"role": "assistant", "content": words}
    choices = [{"index": 0, "finish_reason": "stop", "message": message}]
    return json.dumps(
        {"id": "c", "object": "chat.completion", "created": 0, "model": "m1-long", "choices": choices}
    ).encode()


@pytest.fixture
def model() -> Iterator[StubModel]:
    server = StubModel()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_model_is_asked_for_a_post_of_the_brand(model: StubModel) -> None:
    suggestion = suggest_text(
        Persona("Corner Bakery", "warm and brief", "early risers"), " rye bread ", 280, model.settings()
    )
    assert suggestion.text == "Fresh bread at eight."
    assert (suggestion.model, suggestion.from_sandbox) == ("m1-long", False)
    asked = json.dumps(model.asked[0], ensure_ascii=False)
    assert all(word in asked for word in ("Corner Bakery", "warm and brief", "early risers"))
    assert "280" in asked
    assert model.asked[0]["model"] == "m1"
    assert model.authorization == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "does not accept the key"),
        (403, "does not allow this key"),
        (404, "knows no model m1"),
        (400, "status 400"),
    ],
)
def test_refusals_are_said_in_plain_words_without_the_key(model: StubModel, status: int, words: str) -> None:
    model.status = status
    model.body = json.dumps({"error": {"message": f"bad key {KEY}", "code": "x"}}).encode()
    with pytest.raises(SuggestionError, match=words) as caught:
        suggest_text(Persona("Brand"), "topic", 280, model.settings())
    assert KEY not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "body", [b"{}", b'"hello"', b"[]", b"{broken", b'{"choices": []}', _completion(""), _completion(None)]
)
def test_an_answer_that_is_none_is_said_so(model: StubModel, body: bytes) -> None:
    model.body = body
    with pytest.raises(SuggestionError, match=r"answered without a text|does not speak"):
        suggest_text(Persona("Brand"), "topic", 280, model.settings())


def test_a_model_that_is_not_there_is_said_so(model: StubModel) -> None:
    settings = model.settings(llm_base_url="http://127.0.0.1:1/v1")
    with pytest.raises(SuggestionError, match=r"at 127\.0\.0\.1 can't be reached"):
        suggest_text(Persona("Brand"), "topic", 280, settings)


def test_without_a_model_or_a_topic_it_says_what_to_do(model: StubModel) -> None:
    with pytest.raises(SuggestionError, match="ALLIN_LLM_BASE_URL"):
        suggest_text(Persona("Brand"), "topic", 280, Settings(demo=False))
    with pytest.raises(SuggestionError, match="what the post is about"):
        suggest_text(Persona("Brand"), " ", 280, model.settings())


def test_the_sandbox_is_told_from_a_real_model() -> None:
    assert is_sandbox(Settings(demo=True))
    assert not is_sandbox(Settings(demo=True, llm_base_url="https://models.example.test/v1"))
