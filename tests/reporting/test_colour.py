"""Whatever colour a brand has, its report can be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting import colour

COLOURS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


def test_contrast_of_known_pairs() -> None:
    assert colour.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colour.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)  # WCAG's well-known grey


@given(COLOURS)
def test_text_on_any_colour_is_readable(background: str) -> None:
    assert colour.contrast(background, colour.text_on(background)) >= 3.9


@given(COLOURS)
def test_accent_is_readable_on_white_and_kept_where_it_is(brand: str) -> None:
    accent = colour.readable_on_white(brand)
    assert colour.contrast(accent, colour.WHITE) >= colour.READABLE
    if colour.contrast(brand, colour.WHITE) >= colour.READABLE:
        assert accent == brand


@given(COLOURS, st.integers(0, 7))
def test_series_are_different_and_visible(brand: str, count: int) -> None:
    chosen = colour.series(brand, count)
    assert len(set(chosen)) == count
    assert all(colour.contrast(shade, colour.WHITE) >= colour.VISIBLE for shade in chosen)


def test_light_brand_gets_dark_text() -> None:
    assert colour.text_on("#ffd400") == colour.INK
    assert colour.text_on("#0f766e") == colour.WHITE
