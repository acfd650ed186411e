"""Threads' errors: what each code means for what may be done next; and the length of a text."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.errors import (
    Ambiguous,
    NeedsPerson,
    NeedsReconnect,
    NetworkError,
    RateLimited,
    Rejected,
    TemporarilyRejected,
)
from platforms.http import Reply
from platforms.meta.containers import State
from platforms.threads.errors import WORDS, classify, failed
from platforms.threads.text import length

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def read(code: int, subcode: int | None, *, write: bool) -> NetworkError | None:
    error = {"message": "said so", "type": "OAuthException", "code": code, "error_subcode": subcode}
    document = {"error": error}
    return classify(Reply(400, {}, json.dumps(document), document, NOW, NOW), write=write, secrets=())


@pytest.mark.parametrize(
    ("code", "subcode", "kind"),
    [
        (190, 463, NeedsReconnect),
        (10, None, NeedsPerson),
        (1, 2207052, NeedsPerson),
        (4, None, RateLimited),
        (24, 4279009, TemporarilyRejected),
        (100, None, Rejected),
        (1, None, Ambiguous),
        (2, None, Ambiguous),
    ],
)
def test_what_a_refused_publication_means(code: int, subcode: int | None, kind: type[NetworkError]) -> None:
    assert type(read(code, subcode, write=True)) is kind


def test_what_publishes_nothing_is_never_ambiguous() -> None:
    assert type(read(1, None, write=False)) is TemporarilyRejected
    assert type(read(24, 4279009, write=False)) is Rejected, "a container that is gone"


@pytest.mark.parametrize("reason", [*WORDS, "", "SOMETHING_NEW"])
def test_a_failed_container_tells_why(reason: str) -> None:
    error = failed(State("ERROR", reason))
    assert type(error) is Rejected
    assert len(error.message) > len("Threads could not use the post: ")


def test_a_file_that_was_not_fetched_needs_a_person() -> None:
    error = failed(State("ERROR", "FAILED_DOWNLOADING_VIDEO"))
    assert type(error) is NeedsPerson
    assert "ALLIN_PUBLIC_URL" in error.message


@given(st.text(max_size=60), st.text(max_size=60))
def test_lengths_add_up_between_characters_and_bytes(one: str, other: str) -> None:
    assert length(one + other) == length(one) + length(other)
    assert len(one) <= length(one) <= len(one.encode(errors="surrogatepass"))
