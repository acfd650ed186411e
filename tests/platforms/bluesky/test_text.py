"""Facets stand where their words are, in bytes, whatever stands before them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.bluesky.publish import BlueskyPublisher, new_tid
from platforms.bluesky.text import facets, handles, whole_text
from platforms.message import Kind, Message

DIDS = {"anna.example": "did:plc:anna"}
PIECES = {
    "https://example.com/a?b=1": ("link", "uri"),
    "@anna.example": ("mention", "did"),
    "#Straße": ("tag", "tag"),
}


def slices(text: str, dids: dict[str, str] = DIDS) -> list[tuple[str, str, str]]:
    """What each facet is, the words it covers, and what it says of them."""
    found = []
    for facet in facets(text, dids):
        index = facet["index"]
        words = text.encode()[index["byteStart"] : index["byteEnd"]].decode()
        (feature,) = facet["features"]
        kind = str(feature["$type"]).rpartition("#")[2]
        found.append((kind, words, str(next(value for name, value in feature.items() if name != "$type"))))
    return found


@given(
    st.lists(
        st.one_of(
            st.sampled_from(list(PIECES)),
            st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="#＃@:/."), max_size=8),
        )
    )
)
def test_every_facet_covers_its_words_exactly(parts: list[str]) -> None:
    text = " ".join(parts)
    expected = [part for part in parts if part in PIECES]
    found = slices(text)
    assert [words for _, words, _ in found] == expected
    for kind, words, said in found:
        assert kind == PIECES[words][0]
        assert said == DIDS.get(words.lstrip("@"), words.lstrip("#"))


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("See https://example.com.", ["https://example.com"]),
        ("(https://example.com/a_(b))", ["https://example.com/a_(b)"]),
        ("https://example.com/#part, yes", ["https://example.com/#part"]),
        ("HTTPS://EXAMPLE.COM!", ["HTTPS://EXAMPLE.COM"]),
        ("http:// and https://", []),
        ("https://example.com/@anna.example", ["https://example.com/@anna.example"]),
    ],
)
def test_links_end_where_their_sentence_goes_on(text: str, links: list[str]) -> None:
    assert [words for _, words, _ in slices(text)] == links


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#one, #two! ＃three", ["one", "two", "three"]),
        ("#1 #2026 no. 1", []),
        ("a#b", []),
        ("#" + "x" * 64, ["x" * 64]),
        ("#" + "x" * 65, []),
        ("#", []),
    ],
)
def test_hashtags(text: str, tags: list[str]) -> None:
    assert [said for _, _, said in slices(text)] == tags


def test_mentions_are_handles_that_somebody_has() -> None:
    text = "@anna.example, (@Anna.Example) mail@anna.example @nobody @ben.example"
    assert handles(text) == ["anna.example", "ben.example"]
    assert [words for _, words, _ in slices(text)] == ["@anna.example", "@Anna.Example"]


def test_the_link_stands_in_the_text_unless_it_has_a_card() -> None:
    link = "https://example.com"
    assert whole_text(Message("Hi", link)) == f"Hi\n{link}"
    assert whole_text(Message(f"Hi {link}!", link)) == f"Hi {link}!"
    assert whole_text(Message("", link, kind=Kind.IMAGE)) == link
    assert whole_text(Message("Hi", link, kind=Kind.LINK)) == "Hi"


def check(message: Message) -> list[str]:
    uploads: Any = None
    return BlueskyPublisher(uploads, uploads).check(message)


def test_characters_are_what_people_see_and_bytes_have_a_limit_too() -> None:
    family = "👨‍👩‍👧‍👦"
    assert check(Message("ä" * 300)) == []
    assert check(Message("ä" * 301)) == ["Bluesky takes 300 characters; this text has 301."]
    assert check(Message(family * 120)) == []
    assert check(Message(family * 121)) == ["Bluesky takes texts of 3,000 bytes; this one has 3,025."]


@pytest.mark.parametrize(
    ("languages", "fine"),
    [("en, pt-BR", True), ("en,de,fr", True), ("en,de,fr,it", False), ("english!", False)],
)
def test_languages(languages: str, fine: bool) -> None:
    assert (check(Message("Hi", options={"languages": languages})) == []) is fine


def test_keys_are_unlike_each_other_and_sort_by_time() -> None:
    keys = [new_tid() for _ in range(200)]
    assert len(set(keys)) > 195
    assert all(len(key) == 13 and set(key) <= set("234567abcdefghijklmnopqrstuvwxyz") for key in keys)
    assert [key[:11] for key in keys] == sorted(key[:11] for key in keys)
