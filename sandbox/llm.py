"""An OpenAI-compatible chat endpoint that writes social posts, the same for the same prompt."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from sandbox.services import Services, services
from sandbox.standin import StandIn

router = APIRouter(prefix="/llm/v1")
MODEL = "sandbox-writer"
_WORD = re.compile(r"[^\W\d_]{4,}")
_COMMON_WORDS = """
about after again also brand could draft every facebook from have into just like make more network only other
please post rewrite short should social some suggest text than that their them then there these they this tone
topic under using very what when where which with without words would write your characters
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_OPENERS = (
    "Small news, big smile: {topic}.",
    "Today is all about {topic}.",
    "We have been working on {topic}, and it shows.",
    "A closer look at {topic}.",
    "Ask us anything about {topic}.",
)
_CLOSERS = (
    "What do you think?",
    "Come and see.",
    "Tell us your favorite.",
    "More on our site.",
    "Save it for later.",
)


class _Part(BaseModel):
    type: str = "text"
    text: str = ""


class _Message(BaseModel):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[_Part] | None = ""

    @property
    def text(self) -> str:
        """The message as plain text."""
        if isinstance(self.content, list):
            return " ".join(part.text for part in self.content)
        return self.content or ""


class _ChatRequest(BaseModel):
    model_config = ConfigDict(extra="allow")

    model: str
    messages: list[_Message]
    n: int = 1
    stream: bool = False


def _error(status: int, message: str, code: str) -> JSONResponse:
    kind = "invalid_request_error"
    return JSONResponse({"error": {"message": message, "type": kind, "param": None, "code": code}}, status)


def write(messages: list[str], variant: int = 0) -> str:
    """A short post on the topic of the last message, a pure function of the messages and `variant`."""
    prompt = messages[-1] if messages else ""
    quoted = re.search(r"[\"“](.{3,80}?)[\"”]", prompt) or re.search(r"(?i)topic:\s*(.{3,80})", prompt)
    words = [word for word in _WORD.findall(prompt) if word.lower() not in _COMMON]
    topic = quoted[1].strip().rstrip(".") if quoted else " ".join(words[:4]).lower() or "what we make"
    digest = hashlib.sha256("\n".join([*messages, str(variant)]).encode()).digest()
    tag = next((word.lower() for word in sorted(_WORD.findall(topic), key=len, reverse=True)), "news")
    opener = _OPENERS[digest[0] % len(_OPENERS)].format(topic=topic)
    return f"{opener} {_CLOSERS[digest[1] % len(_CLOSERS)]} #{tag}"


@router.get("/models")
async def models(authorization: Annotated[str, Header()] = "") -> Response:
    """The one model there is."""
    if not authorization.startswith("Bearer "):
        return _error(401, "You didn't provide an API key.", "invalid_api_key")
    return JSONResponse(
        {
            "object": "list",
            "data": [{"id": MODEL, "object": "model", "created": 1_767_225_600, "owned_by": "sandbox"}],
        }
    )


@router.post("/chat/completions")
async def chat(
    request: _ChatRequest,
    sandbox: Annotated[Services, Depends(services)],
    authorization: Annotated[str, Header()] = "",
) -> Response:
    """Answer a chat, at once or as a stream of server-sent events."""
    if not authorization.startswith("Bearer "):
        return _error(401, "You didn't provide an API key.", "invalid_api_key")
    if request.model != MODEL:
        return _error(404, f"The model `{request.model}` does not exist", "model_not_found")
    texts = [message.text for message in request.messages]
    answers = [write(texts, variant) for variant in range(max(request.n, 1))]
    digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()
    head: dict[str, Any] = {
        "id": f"chatcmpl-{digest[:24]}",
        "created": int(sandbox.clock.now().timestamp()),
        "model": MODEL,
    }
    if request.stream:
        return StreamingResponse(_events(head, answers), media_type="text/event-stream")
    choices = [
        {
            "index": i,
            "message": {"role": "assistant", "content": text},
            "finish_reason": "stop",
            "logprobs": None,
        }
        for i, text in enumerate(answers)
    ]
    asked, written = sum(map(_tokens, texts)), sum(map(_tokens, answers))
    usage = {"prompt_tokens": asked, "completion_tokens": written, "total_tokens": asked + written}
    return JSONResponse({**head, "object": "chat.completion", "choices": choices, "usage": usage})


def _tokens(text: str) -> int:
    return len(text) // 4 + 1


def _events(head: dict[str, Any], answers: list[str]) -> Iterator[str]:
    for index, text in enumerate(answers):
        for piece in re.findall(r"\S+\s*", text):
            yield _event(head, index, {"role": "assistant", "content": piece}, None)
        yield _event(head, index, {}, "stop")
    yield "data: [DONE]\n\n"


def _event(head: dict[str, Any], index: int, delta: dict[str, str], finish: str | None) -> str:
    choice = {"index": index, "delta": delta, "finish_reason": finish}
    return f"data: {json.dumps({**head, 'object': 'chat.completion.chunk', 'choices': [choice]})}\n\n"


STANDIN = StandIn(
    key="llm",
    routers=(router,),
    server_error=lambda: _error(
        503, "The engine is currently overloaded, please try again later", "server_error"
    ),
    too_many=lambda: _error(429, "Rate limit reached", "rate_limit_exceeded"),
    unauthorized=lambda: _error(401, "Incorrect API key provided", "invalid_api_key"),
)
