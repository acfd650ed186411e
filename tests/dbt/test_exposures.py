"""The exposures of dbt name every page and report that reads released numbers, with the marts it reads."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from app import data
from foundation.settings import REPOSITORY
from reporting import gather
from warehouse.audit_specs import AUDITS
from warehouse.reads import Reader, content_queries, queries
from warehouse.reads.query import Query

EXPOSURES: Final = REPOSITORY / "dbt" / "models" / "exposures.yml"
MARTS: Final = {path.stem for path in (REPOSITORY / "dbt" / "models" / "marts").glob("*.sql")}
EVERY_MART: Final = ("sql", "mirror", "export")


def exposed() -> dict[str, set[str]]:
    """What each exposure depends on: tables by their name."""
    document: dict[str, list[dict[str, Any]]] = yaml.safe_load(EXPOSURES.read_text())
    return {
        one["name"]: {re.findall(r"'(\w+)'", each)[-1] for each in one["depends_on"]}
        for one in document["exposures"]
    }


def imported(module: str, seen: set[str] | None = None) -> Iterator[str]:
    """The modules of the app that a module needs, itself included."""
    seen = seen if seen is not None else set()
    path = REPOSITORY / f"{module.replace('.', '/')}.py"
    if module in seen or not path.exists():
        return
    seen.add(module)
    yield module
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "app":
            yield from imported(str(node.module), seen)
            for alias in node.names:
                yield from imported(f"{node.module}.{alias.name}", seen)


def read_by(source: str) -> set[str]:
    """The marts that the methods of the Reader read which a text calls; each reads the accounts."""
    found = {"dim_accounts"}
    for method in re.findall(r"\breader\.(\w+)\(", source):
        for name in re.findall(r"queries\.([A-Z_]+)", inspect.getsource(getattr(Reader, method))):
            query = getattr(queries, name, None) or getattr(content_queries, name, None)
            assert isinstance(query, Query), name
            found |= set(query.marts)
    return found


def test_every_page_of_numbers_is_an_exposure_of_what_it_reads() -> None:
    pages = {}
    for path in (REPOSITORY / "app" / "pages").glob("*.py"):
        modules = set(imported(f"app.pages.{path.stem}"))
        calls = {
            call
            for module in modules - {"app.data"}
            for call in re.findall(
                r"\bdata\.(\w+)\(", (REPOSITORY / f"{module.replace('.', '/')}.py").read_text()
            )
            if hasattr(data, call) and "app.data" in modules
        }
        if calls:
            pages[path.stem] = set().union(
                *(read_by(inspect.getsource(inspect.unwrap(getattr(data, call)))) for call in calls)
            )
    assert set(pages) == {"overview", "content", "channels", "composer"}
    found = exposed()
    assert {name: found.get(name) for name in pages} == pages
    assert found["data_health"] == {"quarantine", *(audit.table for audit in AUDITS)}


def test_reports_and_ways_to_all_marts_are_exposures() -> None:
    found = exposed()
    assert found["monthly_report"] == read_by(inspect.getsource(gather))
    for name in EVERY_MART:
        assert found[name] == MARTS


def test_every_mart_has_a_contract_and_a_test_of_its_arithmetic() -> None:
    project = yaml.safe_load((REPOSITORY / "dbt" / "dbt_project.yml").read_text())
    assert project["models"]["allin"]["marts"]["+contract"] == {"enforced": True}
    for mart in MARTS:
        document = yaml.safe_load((EXPOSURES.parent / "marts" / f"{mart}.yml").read_text())
        [model] = document["models"]
        assert model["description"]
        assert all(column["description"] for column in model["columns"]), mart
        assert {test["model"] for test in document["unit_tests"]} == {mart}
