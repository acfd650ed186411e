"""Files as tables: encodings, separators, quotation marks, and everything that is no table."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse.importing.presets import recognised
from warehouse.importing.tables import Table, UnreadableError, opened, plain, rows

HEADER = ["account", "platform", "date", "followers"]
WORDS = {
    "iso8859-15": "Coûté à Noël, ça va très bien là-bas, déjà, et c’est à 20 €".replace("’", "'"),
    "cp1252": "Ärger über „Größe“ – café à l’œuvre, naïve Überraschung, 5 € für Müller",
    "cp1250": "Zażółć gęślą jaźń. Příliš žluťoučký kůň úpěl ďábelské ódy, święta są źródłem radości",
    "cp1251": "Съешь же ещё этих мягких французских булок, да выпей чаю с друзьями вечером",
    "cp932": "今日は朝からとても天気が良いので、公園まで散歩に行きました。写真もたくさん撮りました。",
}
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\ufeff"), max_size=20).map(
    str.strip
)


def is_header(cells: object) -> bool:
    return recognised(list(cells)) is not None  # type: ignore[call-overload]


def read(path: Path) -> tuple[Table, list[list[str]]]:
    table = opened(path, is_header)
    return table, [cells for _, cells in rows(table)]


def written(rows_: list[list[str]], separator: str = ",", end: str = "\r\n") -> str:
    text = io.StringIO()
    # Else it would leave a line end within a text bare, where that is not its own.
    writer = csv.writer(text, delimiter=separator, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows(rows_)
    return text.getvalue()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_every_text_comes_back_as_it_was_written(
    tmp_path: Path, texts: list[tuple[str, str]], encoding: str, separator: str, end: str
) -> None:
    file = tmp_path / "table.csv"
    body = [[*pair, "2026-03-01", str(number)] for number, pair in enumerate(texts)]
    if not encoding.startswith("utf-8"):  # without a mark, plain letters tell it
        body.append(["plain letters that are here in any case" * 3, "x", "2026-03-01", "1"])
    file.write_bytes(written([HEADER, *body], separator, end).encode(encoding))
    table, found = read(file)
    assert table.header == tuple(HEADER)
    assert found == body


@pytest.mark.parametrize("encoding", WORDS)
def test_other_encodings_are_told_by_their_letters(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes(written([HEADER, [WORDS[encoding], "x", "2026-03-01", "1"]]).encode(encoding))
    assert read(file)[1][0][0] == WORDS[encoding]


def test_a_broken_letter_does_not_make_utf8_another_encoding(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    good = written([HEADER, *([["Käse für Jürgen", "x", "2026-03-01", "1"]] * 20)]).encode()
    file.write_bytes(good + b"K\xe4se,x,2026-03-01,1\r\n")
    table, found = read(file)
    assert (table.encoding, found[0][0]) == ("utf-8", "Käse für Jürgen")
    assert found[-1][0] == "K\udce4se"  # which the check of the row names


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text(
        'sep=;\naccount;platform;date;followers\n"two\nlines";x;2026-03-01;1\n\n;;;\nb;x;2026-03-02;2\n'
    )
    table = opened(file, is_header)
    assert (table.separator, table.line, table.header) == (";", 2, tuple(HEADER))
    assert [(line, cells[0]) for line, cells in rows(table)] == [(3, "two\nlines"), (7, "b")]


def test_a_header_below_other_words_and_a_table_that_ends_at_an_empty_line(tmp_path: Path) -> None:
    file, left = tmp_path / "table.csv", list[int]()
    file.write_text(
        "Analytics overview\nAll Pins,Not included\n\naccount,platform,date,followers\na,x,2026-03-01,1\n\n"
        "Boards\nboard,impressions\n"
    )
    table = opened(file, is_header)
    assert [line for line, _ in rows(table, left=left.append)] == [5]
    assert (table.line, left) == (4, [7])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\r\n \r\n", "empty"),
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"\xd0\xcf\x11\xe0rest", "old Excel workbook"),
        (b"%PDF-1.7", "PDF"),
        (b"PAR1\x15\x04", "Parquet"),
        (bytes(range(256)) * 20, "no text"),
        (b"account,platform,date,followers" + b"x" * 2_000_000, "1,000,000 characters"),
        (b"account,platform,date,followers\n" + b"x," * 1_000_000, "1,000,000 characters"),
        (b"\x1f\x8b\x08", "compressed"),
        (b"a,b\n\x00\x01\x02\x00", "no text"),
    ],
)
def test_what_is_no_table_is_said_in_words(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes(content)
    with pytest.raises(UnreadableError, match=words):
        read(file)


def test_a_quotation_mark_that_is_never_closed_is_named_where_it_opens(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text(
        written([HEADER, ["a", "x", "2026-03-01", "1"]]) + '"b,x,2026-03-02,2\n' + "c\n" * 100_000
    )
    with pytest.raises(UnreadableError, match="never closed") as error:
        read(file)
    assert error.value.problems[0].place.line == 3


def test_a_zero_byte_in_a_text_is_a_matter_of_its_row(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text(
        written([HEADER, ["a\x00b", "x", "2026-03-01", "1"], *([["b", "x", "2026-03-02", "1"]] * 5)])
    )
    assert [cells[0] for cells in read(file)[1]] == ["a\x00b", *["b"] * 5]


def test_excels_text_is_plain_and_a_formula_stays_text() -> None:
    assert plain(' ="00123" ') == "00123"
    assert plain('="say ""hi"""') == 'say "hi"'
    formula = '=HYPERLINK("https://example.com","Look")'
    assert plain(formula) == formula
    assert plain("=1+1") == "=1+1"
