"""Tables of posts as programs and spreadsheets write them."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publishing.importing.entries import Contents
from publishing.importing.tables import read_table

TABLE = 'account,text,at\nNordlicht,"Guten Morgen, Kiel",2026-03-02 09:30\n'


def said(contents: Contents) -> list[str]:
    return [f"{place}: {words}" for place, words in contents.problems]


@pytest.mark.parametrize(
    "content",
    [
        TABLE.encode(),
        TABLE.encode("utf-8-sig"),
        TABLE.replace("\n", "\r\n").encode("utf-16"),
        TABLE.encode("cp1252"),
        ("sep=,\r\n" + TABLE).encode(),
        (TABLE + "\n,,\n\n").encode(),
        b'Account;Text;At;;\nNordlicht;"Guten Morgen, Kiel";2026-03-02 09:30;;\n',
        b"sep=;\nAccount;Message;Time\nNordlicht;Guten Morgen, Kiel;2026-03-02 09:30\n",
        b"account\ttext\tat\nNordlicht\tGuten Morgen, Kiel\t2026-03-02 09:30\n",
        b'account,text,at\n"=""Nordlicht""","Guten Morgen, Kiel","=""2026-03-02 09:30"""\n',
    ],
)
def test_the_same_post_however_it_is_written(content: bytes) -> None:
    found = read_table(content)
    assert found.problems == []
    (entry,) = found.entries
    assert (entry.accounts, entry.text, entry.at) == (
        ("Nordlicht",),
        "Guten Morgen, Kiel",
        "2026-03-02 09:30",
    )


def test_letters_of_windows() -> None:
    (entry,) = read_table("account;text\nKöln;Grüße – 5 €\n".encode("cp1252")).entries
    assert (entry.accounts, entry.text) == (("Köln",), "Grüße – 5 €")


def test_several_in_a_cell() -> None:
    table = 'account,media,alt,labels,text\nA | B,one.png|two.png,First,"x, y|z",Hello\n'
    (entry,) = read_table(table.encode()).entries
    assert entry.accounts == ("A", "B")
    assert entry.media == (("one.png", "First"), ("two.png", ""))
    assert entry.labels == ("x", "y", "z")


def test_a_place_is_where_a_person_sees_it() -> None:
    table = 'sep=;\naccount;text;at\nA;"two\nlines";now\nB;#NAME?;now\nC;Hello;now;too much\nD;Hello;now\n'
    found = read_table(table.encode())
    assert [place[:2] for place, _ in found.problems] == [(5, 2), (6, 4)]
    assert [entry.accounts for entry in found.entries if not entry.unread] == [("A",), ("D",)]
    assert found.entries[-1].at_field("at") == (7, 3, "at")
    assert len(found.entries) == 4


@pytest.mark.parametrize(
    ("table", "place", "words"),
    [
        ("", "line 1, column 1", "is empty"),
        ("\n\n", "line 1, column 1", "is empty"),
        ("account,txet\nA,B\n", "line 1, column 2 (txet)", "not known"),
        ("account,text,message\nA,B,C\n", "line 1, column 3 (message)", "there twice"),
        ("text\nHello\n", "line 1, column 1", "account or network"),
        ('account,text\nA,"never closed\nB,two\n', "line 2, column 1", "can't be read"),
        ("account,text\nA,\x00\n", "line 1, column 1", "no text"),
    ],
)
def test_what_is_wrong_is_named_by_line_and_column(table: str, place: str, words: str) -> None:
    (line,) = said(read_table(table.encode()))
    assert line.startswith(f"{place}: ")
    assert words in line


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20)


@given(st.lists(st.tuples(WORDS, WORDS), max_size=5), st.sampled_from(",;\t"))
def test_what_is_written_is_read(rows: list[tuple[str, str]], separator: str) -> None:
    written = io.StringIO()
    writer = csv.writer(written, delimiter=separator)
    writer.writerow(["account", "text"])
    writer.writerows([f"A{account}".replace("|", ""), f"T {text}"] for account, text in rows)
    found = read_table(written.getvalue().encode())
    assert found.problems == []
    assert [entry.text for entry in found.entries] == [f"T {text}".strip() for _, text in rows]


@given(st.binary(max_size=60))
def test_no_file_breaks_it(content: bytes) -> None:
    found = read_table(content)
    assert found.problems or found.entries or content.strip()
