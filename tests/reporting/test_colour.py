"""Whatever colour a brand has, its report can be read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from foundation.colour import READABLE, WHITE, contrast
from reporting import colour

COLOURS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


@given(COLOURS)
def test_accent_is_readable_on_white_and_kept_where_it_is(brand: str) -> None:
    accent = colour.readable_on_white(brand)
    assert contrast(accent, WHITE) >= READABLE
    if contrast(brand, WHITE) >= READABLE:
        assert accent == brand


@given(COLOURS, st.integers(0, 7))
def test_series_are_different_and_visible(brand: str, count: int) -> None:
    chosen = colour.series(brand, count)
    assert len(set(chosen)) == count
    assert all(contrast(shade, WHITE) >= colour.VISIBLE for shade in chosen)
