"""Posts in files of their own."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publishing.importing.documents import read_document

POST = """\
account: [Nordlicht, "@harbor"]
text: |
  Guten Morgen
  Kiel
at: 2026-03-02 09:30
labels: news
media:
  - door.png
  - file: https://example.com/b.png
    alt: A door
thread: [Two, Three]
own:
  "@harbor":
    text: yes
    options: {public: true}
"""


def test_every_field() -> None:
    found = read_document(POST.encode())
    assert found.problems == []
    (entry,) = found.entries
    assert entry.accounts == ("Nordlicht", "@harbor")
    assert (entry.text, entry.at, entry.labels) == ("Guten Morgen\nKiel", "2026-03-02 09:30", ("news",))
    assert entry.media == (("door.png", ""), ("https://example.com/b.png", "A door"))
    assert entry.parts == ("Two", "Three")
    assert entry.own == {"@harbor": {"text": "yes", "options": {"public": True}}}
    assert entry.at_field("at") == (5, 5, "at")


def test_json_and_several() -> None:
    posts = [{"account": "A", "text": "One 😀"}, {"network": ["x"], "text": None}]
    found = read_document(json.dumps(posts, indent=2).encode())
    assert found.problems == []
    assert [(entry.accounts, entry.networks, entry.text) for entry in found.entries] == [
        (("A",), (), "One 😀"),
        ((), ("x",), ""),
    ]


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("", "line 1, column 1"),
        ("text: [a", "line 1, column 9"),
        ("text: a\ntxet: b", "line 2, column 1 (txet)"),
        ("text: a\ntext: b", "line 2, column 1 (text)"),
        ("text: [a]", "line 1, column 7 (text)"),
        ("- text: a\n- just words", "line 2, column 3"),
        ("media:\n  - path: a.png", "line 2, column 5 (media)"),
        ("own:\n  A:\n    texts: b", "line 3, column 5 (own)"),
        ("own: [a]", "line 1, column 6 (own)"),
        ("own:\n  A:\n    options: 5", "line 3, column 14 (own)"),
        ("own:\n  A:\n    options: {tags: [a]}", "line 3, column 21 (own)"),
    ],
)
def test_what_is_wrong_is_named_by_line_and_column(content: str, place: str) -> None:
    (problem,) = read_document(content.encode()).problems
    assert str(problem.place) == place


def test_all_that_is_wrong_is_named_and_the_rest_is_read() -> None:
    written = "text: [a]\ntxet: b\nat: tomorrow\nmedia: [a.png, [b]]\n"
    written += "own:\n  A: {texts: c, txt: d}\n  B: {kid: e}\n"
    found = read_document(written.encode())
    assert [place for place, _ in found.problems] == [
        (1, 7, "text"), (2, 1, "txet"), (4, 16, "media"), (6, 7, "own"), (6, 17, "own"), (7, 7, "own"),
    ]  # fmt: skip
    (entry,) = found.entries
    assert (entry.at, entry.unread) == ("tomorrow", frozenset({"text", "txet", "media", "own"}))


def test_an_option_is_a_flag_a_number_or_as_it_is_written() -> None:
    written = "{on: yes, at: 2026-03-02, ms: 1500, when: 09:30, none: null, share: 0.5, quoted: 'no', "
    written += "far: .inf, odd: !!bool maybe}"
    (entry,) = read_document(f"own: {{A: {{options: {written}}}}}".encode()).entries
    assert entry.own["A"]["options"] == {
        "on": True, "at": "2026-03-02", "ms": 1500, "when": "09:30", "none": "", "share": 0.5, "quoted": "no",
        "far": ".inf", "odd": "maybe",
    }  # fmt: skip
    json.dumps(entry.own, allow_nan=False)


@given(st.binary(max_size=40) | st.text("-:{}[]&*!|>'\"a \n", max_size=30).map(str.encode))
def test_no_file_breaks_it(content: bytes) -> None:
    found = read_document(content)
    assert found.problems or found.entries or content.strip() in (b"[]", b"- []")
