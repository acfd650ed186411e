"""The CSV: its exact bytes, and nothing in it that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from datetime import date

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from reporting.daily_csv import daily_csv
from reporting.data import DAILY_SCHEMA


def test_golden() -> None:
    rows = [
        (date(2026, 11, 2), "Café, Lisboa", "Facebook", 1001, None, 0, 1),
        (date(2026, 11, 1), "@harbour", "X", None, None, None, 0),
        (date(2026, 11, 1), '=HYPERLINK("http://evil")', "Facebook", 5, 6, 7, 8),
    ]
    made = daily_csv(pl.DataFrame(rows, schema=DAILY_SCHEMA, orient="row"))
    assert made.decode() == (
        "date,account,network,followers,views,engagement,posts\n"
        '2026-11-01,"\'=HYPERLINK(""http://evil"")",Facebook,5,6,7,8\n'
        "2026-11-01,'@harbour,X,,,,0\n"
        '2026-11-02,"Café, Lisboa",Facebook,1001,,0,1\n'
    )


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), max_size=8))
def test_no_text_cell_is_a_formula(names: list[str]) -> None:
    rows = [(date(2026, 11, 1), name, name, 1, 1, 1, 1) for name in names]
    made = daily_csv(pl.DataFrame(rows, schema=DAILY_SCHEMA, orient="row")).decode()
    cells = list(csv.reader(io.StringIO(made, newline="")))[1:]
    assert len(cells) == len(names)
    assert sorted(cell[1].removeprefix("'") for cell in cells) == sorted(n.removeprefix("'") for n in names)
    for row in cells:
        assert not row[1].lstrip().startswith(("=", "+", "-", "@"))
