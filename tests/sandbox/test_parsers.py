"""Parsers that meet anything: field expansion, X's text rules, Graph times."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.facebook.errors import GraphError
from sandbox.facebook.fields import Field, parse_fields
from sandbox.facebook.times import graph_time, parse_time
from sandbox.ids import from_milliseconds, milliseconds, snowflake
from sandbox.x.text import shorten, weighted_length

names = st.from_regex(r"[a-z_]{1,12}", fullmatch=True)
arguments = st.text("abc,_0", max_size=8)
fields = st.recursive(
    st.builds(Field, names, st.dictionaries(names, arguments, max_size=3)),
    lambda inner: st.builds(
        Field, names, st.dictionaries(names, arguments, max_size=2), st.lists(inner, max_size=3)
    ),
    max_leaves=8,
)


def written(field: Field) -> str:
    modifiers = "".join(f".{name}({value})" for name, value in field.modifiers.items())
    inner = "{" + ",".join(map(written, field.fields)) + "}" if field.fields else ""
    return field.name + modifiers + inner


@given(st.lists(fields, max_size=5))
def test_fields_are_read_as_written(wanted: list[Field]) -> None:
    assert parse_fields(",".join(map(written, wanted))) == wanted


@given(st.text("ab.(){}, _", max_size=30))
def test_any_fields_are_read_or_refused(text: str) -> None:
    refusal = None
    try:
        parse_fields(text)
    except GraphError as error:
        refusal = error.body["code"]
    assert refusal in (None, 2500)


def test_a_mistake_in_fields_names_its_place() -> None:
    with pytest.raises(GraphError, match="at character 3"):
        parse_fields("id,.name")


@given(st.text(max_size=300))
def test_entities_point_at_what_they_name(text: str) -> None:
    shown, entities = shorten(f"{text} https://a.example/b?c=1 #tag")
    for url in entities["urls"]:
        assert shown[url["start"] : url["end"]] == url["url"]
    for tag in entities["hashtags"]:
        assert shown[tag["start"] + 1 : tag["end"]] == tag["tag"]


@pytest.mark.parametrize(
    ("text", "linked"),
    [
        ("Fresh at bakery.nl.", ["http://bakery.nl"]),
        ("padaria.com.br/pão, (shop.com.au)", ["http://padaria.com.br/pão", "http://shop.com.au"]),
        ("Studio.XYZ and https://harbor.coffee", ["http://Studio.XYZ", "https://harbor.coffee"]),
        ("見てbakery.nlです", ["http://bakery.nl"]),
        ("bakery.nl/go?to=https://a.example", ["http://bakery.nl/go?to=https://a.example"]),
        ("mail a@bakery.nl, #bakery.nl, wait...no, 2.50, e.g. this", []),
    ],
)
def test_bare_domains_are_linked(text: str, linked: list[str]) -> None:
    shown, entities = shorten(text)
    assert [url["expanded_url"] for url in entities.get("urls", [])] == linked
    restored = shown
    for url in entities.get("urls", []):
        assert shown[url["start"] : url["end"]] == url["url"]
        restored = restored.replace(url["url"], url["expanded_url"])
    assert restored.replace("http://", "") == text


@given(st.text(st.characters(max_codepoint=0x7F, exclude_characters=":/."), max_size=300))
def test_plain_latin_counts_one_each(text: str) -> None:
    assert weighted_length(text) == len(text)


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("é", 1),
        ("e\u0301", 1),
        ("日本", 4),
        ("👍🏽", 2),
        ("👩‍👩‍👧‍👦", 2),
        ("🇩🇪", 2),
        ("☕", 2),
        ("a http://b.example/c d", 27),
        ("a bakery.nl, b", 28),
        ("harbor.coffee/menu?a=1.", 24),
        ("e.g. this", 9),
        ("file.unknownending", 18),
    ],
)
def test_weights(text: str, weight: int) -> None:
    assert weighted_length(text) == weight


moments = st.datetimes(datetime(2012, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(moments)
def test_times_come_back_to_the_second(at: datetime) -> None:
    zone = ZoneInfo("Europe/Berlin")
    whole = at.replace(microsecond=0)
    assert parse_time("since", graph_time(at), zone) == whole
    assert parse_time("since", str(int(whole.timestamp())), zone) == whole


def test_dates_without_offset_are_local() -> None:
    found = parse_time("since", "2026-07-01", ZoneInfo("America/New_York"))
    assert found == datetime(2026, 7, 1, 4, tzinfo=UTC)


@given(moments, moments)
def test_ids_of_x_sort_by_time(a: datetime, b: datetime) -> None:
    early, late = sorted((a, b))
    assert int(snowflake(early)) <= int(snowflake(late))
    assert from_milliseconds(milliseconds(early)) <= early
