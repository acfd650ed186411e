"""A text suggestion from any OpenAI-compatible language model, named by base URL, key and model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from foundation.settings import Settings, get_settings

if TYPE_CHECKING:
    from openai import OpenAIError
    from openai.types.chat import ChatCompletion

TIMEOUT_S = 30.0
QUOTES = "\"'“”„«»`"


class SuggestionError(RuntimeError):
    """No suggestion; the message is for people and never carries the key."""


@dataclass(frozen=True)
class Suggestion:
    """A text, the model that wrote it, and whether that model is the sandbox's."""

    text: str
    model: str
    from_sandbox: bool


@dataclass(frozen=True)
class Persona:
    """Whose words they are to be: the brand, how it speaks, and to whom."""

    brand: str
    voice: str = ""
    audience: str = ""


def suggest_text(persona: Persona, topic: str, limit: int, settings: Settings | None = None) -> Suggestion:
    """Ask the model for one post of a brand on `topic`, of at most `limit` characters.

    The limit is asked for, not enforced: the composer checks the text as it checks any other.

    Raises:
        SuggestionError: no model is set, it does not answer, or it answers nothing.
    """
    settings = settings or get_settings()
    if not settings.llm_base_url or not settings.llm_model:
        raise SuggestionError(
            "No language model is set. Set ALLIN_LLM_BASE_URL, ALLIN_LLM_MODEL and, if it needs one, "
            "ALLIN_LLM_API_KEY."
        )
    if not topic.strip():
        raise SuggestionError("Say what the post is about first.")
    # Loading the SDK takes a while, and most of the app never needs it.
    from openai import OpenAI, OpenAIError

    key = settings.llm_api_key.get_secret_value() or "none"  # the SDK insists on one
    try:
        with OpenAI(base_url=settings.llm_base_url, api_key=key, timeout=TIMEOUT_S, max_retries=1) as client:
            answer = client.chat.completions.create(
                model=settings.llm_model,
                messages=[
                    {"role": "system", "content": _instructions(persona, limit)},
                    {"role": "user", "content": topic.strip()},
                ],
            )
    except OpenAIError as error:
        raise SuggestionError(_in_plain_words(error, settings)) from None
    except ValueError:  # what came was no JSON
        raise SuggestionError(f"{_where(settings)} does not speak OpenAI's chat API.") from None
    text = _clean(_content(answer))
    if not text:
        raise SuggestionError(f"The language model {settings.llm_model} answered without a text.")
    return Suggestion(text, answer.model or settings.llm_model, is_sandbox(settings))


def is_sandbox(settings: Settings) -> bool:
    """Whether suggestions come from the sandbox and not from a real model."""
    return settings.demo and settings.llm_base_url.startswith(f"{settings.sandbox_url}/")


def _instructions(persona: Persona, limit: int) -> str:
    voice = f" Its voice: {persona.voice}" if persona.voice else ""
    audience = f" Its audience: {persona.audience}" if persona.audience else ""
    return (
        f"You write social-media posts for the brand “{persona.brand}”.{voice}{audience} "
        "Write one post on what the user names, "
        f"in the user's language, at most {limit} characters with spaces. State no facts, prices or "
        "dates the user did not give. Answer with the post alone: no quotes, no comment."
    )


def _content(answer: ChatCompletion) -> str:
    """The text of the answer; the SDK hands on whatever came, so nothing about it is sure."""
    if not isinstance(getattr(answer, "choices", None), list) or not answer.choices:
        return ""
    return answer.choices[0].message.content or ""


def _clean(text: str) -> str:
    """Models like to wrap the post in quotes."""
    text = text.strip()
    if len(text) > 1 and text[0] in QUOTES and text[-1] in QUOTES:
        text = text[1:-1].strip()
    return text


def _where(settings: Settings) -> str:
    return f"The language model at {urlsplit(settings.llm_base_url).hostname}"


def _in_plain_words(error: OpenAIError, settings: Settings) -> str:
    """One line from the error's kind; its own text is left out, because servers repeat keys in it."""
    import openai

    where = _where(settings)
    kinds: list[tuple[type[Exception], str]] = [
        (openai.APITimeoutError, f"{where} did not answer within {TIMEOUT_S:.0f} seconds."),
        (openai.APIConnectionError, f"{where} can't be reached."),
        (openai.AuthenticationError, f"{where} does not accept the key (ALLIN_LLM_API_KEY)."),
        (openai.PermissionDeniedError, f"{where} does not allow this key to use {settings.llm_model}."),
        (openai.NotFoundError, f"{where} knows no model {settings.llm_model} (ALLIN_LLM_MODEL)."),
        (openai.RateLimitError, f"{where} has no capacity or credit left for this key now. Try again later."),
    ]
    for kind, words in kinds:
        if isinstance(error, kind):
            return words
    status = f" (status {error.status_code})" if isinstance(error, openai.APIStatusError) else ""
    return f"{where} answered with an error{status}."
