"""Text can be read on whatever colour."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation import colour

COLOURS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


def test_contrast_of_known_pairs() -> None:
    assert colour.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colour.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)  # WCAG's well-known grey


@given(COLOURS)
def test_text_on_any_colour_is_readable(background: str) -> None:
    assert colour.contrast(background, colour.text_on(background)) >= 3.9


def test_light_brand_gets_dark_text() -> None:
    assert colour.text_on("#ffd400") == colour.INK
    assert colour.text_on("#0f766e") == colour.WHITE
