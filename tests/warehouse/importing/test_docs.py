"""docs/importing.md says of columns and exports what the code does."""

from __future__ import annotations

from collections.abc import Iterator

from foundation.settings import REPOSITORY
from warehouse.importing.columns import FOLLOWERS, POSTS, Column
from warehouse.importing.moments import Order
from warehouse.importing.presets import PRESETS, Preset

PAGE = REPOSITORY / "docs" / "importing.md"
ORDERS = {Order.MONTH_FIRST: "month first", Order.DAY_FIRST: "day first", Order.ASK: ""}


def columns(those: tuple[Column, ...]) -> Iterator[str]:
    """The table of a kind's columns."""
    yield "| column | | what it is | also called |"
    yield "|---|---|---|---|"
    for one in those:
        also = ", ".join(f"`{name}`" for name in one.also)
        yield f"| `{one.name}` | {'needed' if one.needed else ''} | {one.meaning} | {also} |"


def presets() -> Iterator[str]:
    """The table of the networks' own exports."""
    yield "| export | preset | clock of its times | what is read from it |"
    yield "|---|---|---|---|"
    for one in PRESETS:
        if one.key != "canonical" and not one.refused:
            yield f"| {one.label} | `{one.key}` | {one.zone or 'the account’s own'} | {_read(one)} |"


def refused() -> Iterator[str]:
    """What is known and not imported."""
    return (f"- **{one.label}.** {one.refused}" for one in PRESETS if one.refused)


def _read(preset: Preset) -> str:
    return "; ".join(f"{name} ← {' / '.join(headers)}" for name, headers in preset.columns.items())


def test_the_page_says_what_the_code_does() -> None:
    text = PAGE.read_text()
    for table in (columns(POSTS), columns(FOLLOWERS), presets(), refused()):
        expected = "\n".join(table)
        assert expected in text, f"docs/importing.md should say:\n{expected}"
