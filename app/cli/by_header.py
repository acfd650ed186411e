"""`allin import posts.csv`: what kind of table a file is, is told by its header where no word says it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from typer.core import TyperGroup

from warehouse.importing.columns import Kind
from warehouse.importing.presets import recognised
from warehouse.importing.tables import UnreadableError, opened


class ByHeader(TyperGroup):
    """A group of commands named like kinds of tables, of which the name may be left out before a file."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the kind of the first file before it, where no command is named."""
        if args and args[0] not in self.commands:
            file = next((Path(word) for word in args if Path(word).is_file()), None)
            if file is not None:
                args = [kind_of(file).value, *args]
        return super().parse_args(ctx, args)


def kind_of(file: Path) -> Kind:
    """Whether a file holds posts or followers; posts where its header is not known."""
    try:
        table = opened(file, lambda row: recognised(row) is not None)
    except (UnreadableError, OSError):  # reading it as posts says what is wrong
        return Kind.POSTS
    known = recognised(table.header)
    return known.kind if known else Kind.POSTS
