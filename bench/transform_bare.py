"""The SQL of the models, as dbt compiled it, made into tables of a plain DuckDB file from the same raw."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any, Final

import duckdb

from foundation.settings import Settings
from warehouse import lake, schema

RAW: Final = ("answers", *schema.TABLES)
# The bounds of the one part that is all (dbt/macros/parts.sql).
ALL_AT_ONCE: Final = (
    "SET VARIABLE observed_hour_from = TIMESTAMPTZ '-infinity'",
    "SET VARIABLE observed_hour_until = TIMESTAMPTZ 'infinity'",
    "SET VARIABLE account_id_from = ''",
    "SET VARIABLE account_id_until = chr(1114111)",
)


def bare_seconds(settings: Settings, manifest: Path) -> float:
    """Seconds for every model once, in the order of their dependencies, all of a model at once.

    It has the memory DuckDB takes by itself (most of the machine's): with that of a build it does not get
    through a long history. Raw is copied to Parquet files first, which is not counted. All of it is removed.
    """
    compiled = json.loads(manifest.read_text())["nodes"]
    folder = settings.home / "plain"
    folder.mkdir()
    connection = duckdb.connect(config={"temp_directory": str(folder / "spilled")})
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")
        for statement in ALL_AT_ONCE:
            connection.execute(statement)
        _copy_raw(connection, settings, folder)
        began = time.perf_counter()
        for node in _in_order(compiled):
            connection.execute(_statement(node))
        return time.perf_counter() - began
    finally:
        connection.close()
        shutil.rmtree(folder)


def _copy_raw(connection: duckdb.DuckDBPyConnection, settings: Settings, folder: Path) -> None:
    """Copy what the models read: the plain connection knows no lake, and its file takes the lake's name."""
    connection.execute(f"ATTACH '{folder / 'plain.duckdb'}' AS lake")
    for layer in schema.SCHEMAS:
        connection.execute(f"CREATE SCHEMA lake.{layer}")
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS memory.{layer}")
    with lake.connect(settings, read_only=True, goes_over_all=True) as source:
        seeds = source.execute(
            "SELECT 'staging', table_name FROM duckdb_tables() WHERE database_name = 'lake' "
            "AND schema_name = 'staging' AND table_name LIKE 'metric_%'"
        ).fetchall()
        for layer, name in [*(("raw", name) for name in RAW), *seeds]:
            file = folder / f"{name}.parquet"
            source.execute(f"COPY lake.{layer}.{name} TO '{file}'")
            connection.execute(f"CREATE VIEW lake.{layer}.{name} AS FROM '{file}'")


def _in_order(nodes: dict[str, Any]) -> list[dict[str, Any]]:
    """The models, each after those it reads."""
    models = {key: node for key, node in nodes.items() if node["resource_type"] == "model"}
    ordered: dict[str, dict[str, Any]] = {}

    def add(key: str) -> None:
        if key in models and key not in ordered:
            for parent in models[key]["depends_on"]["nodes"]:
                add(parent)
            ordered[key] = models[key]

    for key in models:
        add(key)
    return list(ordered.values())


def _statement(node: dict[str, Any]) -> str:
    kind = "VIEW" if node["config"]["materialized"] == "view" else "TABLE"
    return f"CREATE {kind} {node['relation_name']} AS {node['compiled_code']}"
