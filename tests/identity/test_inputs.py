"""What people type: one form comes of it, or a refusal; never anything else."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from identity import inputs
from identity.common_passwords import COMMON_PASSWORDS
from identity.errors import InvalidError

# Any text at all, also halves of characters and NUL; and text that looks like an address.
ANYTHING = st.text(st.characters(codec=None), max_size=120)
NEARLY_ADDRESSES = st.tuples(ANYTHING, st.sampled_from(["@", "@@", "", " @ "]), ANYTHING).map("".join)


# What people may well be called, besides.
READABLE = st.text("aZ é\u0301ß字\u00a0👩\u200d'-.1", max_size=120)


def found_or_refused(check: Callable[[], str], field: str) -> str | None:
    """What came of the input, or None when it was refused as it should be."""
    problem: str | None = field
    try:
        return check()
    except InvalidError as refusal:
        problem = refusal.field
    assert problem == field
    return None


def field_of(check: Callable[[], object]) -> str | None:
    with pytest.raises(InvalidError) as refusal:
        check()
    return refusal.value.field


@given(ANYTHING | NEARLY_ADDRESSES | st.emails())
@example("a@\ud800.de")
@example("a@xn--a.com")
@example("\u212a@example.com")
def test_an_address_is_plain_lower_case_and_stays_as_it_is_or_is_refused(value: str) -> None:
    found = found_or_refused(lambda: inputs.address(value), "email")
    if found is not None:
        assert found.isascii()
        assert found == found.lower().strip()
        assert found.count("@") == 1
        assert 3 <= len(found) <= 254
        assert inputs.address(found) == found
        assert inputs.address(f"  {found.upper()} ") == found


@given(ANYTHING | NEARLY_ADDRESSES)
@example("x" * 10**6)
def test_any_claim_to_an_address_has_a_stored_form(value: str) -> None:
    found = inputs.asked_address(value)
    assert found.isascii()
    assert found.isprintable() or not found
    assert len(found) <= 254


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" Owner@Example.COM ", "owner@example.com"),
        ("demo@allin.example", "demo@allin.example"),
        ("first.last+tag@example.co.uk", "first.last+tag@example.co.uk"),
        ("post@münchen.example", "post@xn--mnchen-3ya.example"),
        ("owner@\u0435xample.com", "owner@xn--xample-2of.com"),  # a Cyrillic e
        ("owner@ｅxample.com", "owner@example.com"),  # a wide e is an e, by IDNA
    ],
)
def test_addresses_as_they_are_stored(typed: str, stored: str) -> None:
    assert inputs.address(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "", "owner", "@example.com", "owner@", "owner@example", "a b@example.com",
        "owner@example.com, x@y.de",
        "\u043ewner@example.com", "ownér@example.com", "owner\u200b@example.com", "owner@exa\u202emple.com",
        "owner@example.com\nbcc: x@y.de", "owner@[127.0.0.1]", '"a b"@example.com',
        "Owner <owner@example.com>",
        "owner\0@example.com", "\ud800@example.com", f"{'x' * 65}@example.com",
        f"owner@{'x.' * 130}de", "x" * 10**6,
    ],
)  # fmt: skip
def test_what_is_no_address_or_only_looks_like_another_is_refused(typed: str) -> None:
    assert field_of(lambda: inputs.address(typed)) == "email"


@given(ANYTHING | READABLE)
@example("\u1112\u1161\u11ab" * 100)
@example("\u200d \u200d")
def test_a_name_is_one_visible_composed_line_or_is_refused(value: str) -> None:
    found = found_or_refused(lambda: inputs.name(value, "organization"), "organization")
    if found is not None:
        assert 1 <= len(found) <= 100
        assert found == unicodedata.normalize("NFC", found).strip()
        assert not any(unicodedata.category(sign) in ("Cc", "Cs", "Co", "Zl", "Zp") for sign in found)
        assert b"\0" not in found.encode()
        assert inputs.name(found, "organization") == found


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Nord \u00a0 licht ", "Nord licht"),
        ("Cafe\u0301", "Caf\u00e9"),
        (
            "\u0646\u0645\u06cc\u200c\u062f\u0627\u0646\u0645",
            "\u0646\u0645\u06cc\u200c\u062f\u0627\u0646\u0645",
        ),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("x" * 100, "x" * 100),
    ],
)
def test_names_as_they_are_stored(typed: str, stored: str) -> None:
    assert inputs.name(typed, "name") == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "\u200d",
        "x" * 101,
        "x" * 10**6,
        "a\nb",
        "a\0b",
        "\ud800",
        "abc\u202egpj.exe",
        "a\u2028b",
        "\ue000",
    ],
)
def test_names_that_cannot_be_read_are_refused(typed: str) -> None:
    assert field_of(lambda: inputs.name(typed, "name")) == "name"


@given(ANYTHING | READABLE)
def test_a_password_is_taken_as_typed_or_is_refused(value: str) -> None:
    found = found_or_refused(lambda: inputs.password(value, "owner@example.com"), "password")
    if found is not None:
        assert found == value
        assert 10 <= len(value) <= 256
        assert b"\0" not in value.encode()


@pytest.mark.parametrize(
    "typed",
    [
        "", "ninechars", "x" * 257, "y" * 10**6, "Password123", " PASSWORD123 ", "aaaaaaaaaaaa",
        "121212121212", "longer.name", "Longer.Name@example.com", "correct\0horse", "correct horse \ud800",
    ],
)  # fmt: skip
def test_passwords_that_are_easily_guessed_or_cannot_be_stored_are_refused(typed: str) -> None:
    assert field_of(lambda: inputs.password(typed, "longer.name@example.com")) == "password"


@pytest.mark.parametrize("typed", ["correct horse battery", "ten chars!", "пароль из слов", "x1y2" * 64])
def test_passwords_that_may_be_chosen(typed: str) -> None:
    assert inputs.password(typed, "owner@example.com") == typed


def test_every_listed_password_would_pass_if_it_were_not_listed() -> None:
    for word in COMMON_PASSWORDS:
        assert word == word.casefold()
        assert inputs.password(f"{word} and more", "owner@example.com")
        assert field_of(lambda word=word: inputs.password(word, "owner@example.com")) == "password"  # type: ignore[misc]
        assert len(word) >= inputs.SHORTEST_PASSWORD


def test_a_megabyte_is_refused_without_reading_it_through() -> None:
    huge = "\u1112\u1161\u11ab" * 350_000
    begun = time.process_time()
    for check in (
        inputs.address,
        lambda value: inputs.name(value, "name"),
        lambda value: inputs.password(value, ""),
    ):
        assert field_of(lambda check=check: check(huge))  # type: ignore[misc]
    assert time.process_time() - begun < 0.5
