"""What the marts and their columns mean, from the same files that dbt reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from foundation.settings import REPOSITORY

MODELS = REPOSITORY / "dbt" / "models"


@dataclass(frozen=True)
class Column:
    """A column's type, as its contract says it, and what it means."""

    kind: str
    words: str


@dataclass(frozen=True)
class Mart:
    """A mart with its columns by name, in the order of its contract."""

    name: str
    description: str
    columns: Mapping[str, Column]


@lru_cache(maxsize=1)
def marts() -> Mapping[str, Mart]:
    """Every mart that is described, by name."""
    found = {}
    for path in [*sorted((MODELS / "marts").glob("*.yml")), MODELS / "predicted.yml"]:
        content = yaml.load(path.read_bytes(), yaml.CSafeLoader)
        tables = content.get("models") or [
            table for source in content.get("sources", ()) for table in source["tables"]
        ]
        found.update({mart.name: mart for mart in map(_mart, tables)})
    return found


def described(mart: str, table: str, columns: Sequence[str]) -> Iterator[str]:
    """`COMMENT ON` statements for a table that holds a mart; DuckDB and PostgreSQL read them alike."""
    known = marts().get(mart)
    if known is None:
        return
    yield f"COMMENT ON TABLE {table} IS {_literal(known.description)}"
    for column in columns:
        if found := known.columns.get(column):
            yield f'COMMENT ON COLUMN {table}."{column}" IS {_literal(found.words)}'


def _mart(table: Mapping[str, Any]) -> Mart:
    columns = {
        str(column["name"]): Column(str(column.get("data_type", "")), _flat(column.get("description", "")))
        for column in table.get("columns", ())
    }
    return Mart(str(table["name"]), _flat(table.get("description", "")), columns)


def _flat(words: str) -> str:
    return " ".join(words.split())


def _literal(words: str) -> str:
    return "'" + words.replace("'", "''") + "'"
