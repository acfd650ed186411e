"""The stand-in language model, spoken to through the openai SDK."""

from __future__ import annotations

import pytest
from openai import APIStatusError, AuthenticationError, OpenAI

from sandbox.llm import MODEL
from tests.sandbox.server import Running

PROMPT = "Write a short post about our new winter blend."


def model(sandbox: Running) -> OpenAI:
    return OpenAI(base_url=str(sandbox.client.base_url.join("/llm/v1")), api_key="anything", max_retries=0)


def ask(sandbox: Running, prompt: str) -> str:
    answer = model(sandbox).chat.completions.create(
        model=MODEL,
        messages=[{"role": "system", "content": "You write posts."}, {"role": "user", "content": prompt}],
    )
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.choices[0].finish_reason == "stop"
    return answer.choices[0].message.content or ""


def test_the_same_prompt_gives_the_same_post_on_its_topic(sandbox: Running) -> None:
    post = ask(sandbox, PROMPT)
    assert post == ask(sandbox, PROMPT)
    assert "winter blend" in post
    assert post != ask(sandbox, PROMPT.replace("winter", "summer"))
    assert "night rides" in ask(sandbox, 'Draft something on "night rides" for Berlin')


def test_streamed_pieces_make_up_the_whole(sandbox: Running) -> None:
    chunks = model(sandbox).chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": PROMPT}], stream=True
    )
    pieces = [chunk.choices[0].delta.content or "" for chunk in chunks]
    assert len(pieces) > 3
    assert "winter blend" in "".join(pieces)


def test_models_keys_and_faults(sandbox: Running) -> None:
    assert [one.id for one in model(sandbox).models.list()] == [MODEL]
    with pytest.raises(APIStatusError, match="does not exist"):
        model(sandbox).chat.completions.create(model="gpt", messages=[{"role": "user", "content": "x"}])
    body = {"model": MODEL, "messages": [{"role": "user", "content": "x"}]}
    assert sandbox.client.post("/llm/v1/chat/completions", json=body).status_code == 401
    sandbox.fault(network="llm", kind="401", times=1)
    with pytest.raises(AuthenticationError):
        ask(sandbox, PROMPT)
