"""The reference people look things up in, written from the code: ``python -m app.reference``.

A test compares it with ``docs/reference.md``, so that no command, setting or column goes undocumented.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import click
import typer.main
import yaml
from pydantic import AliasChoices, SecretStr
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from app.cli.main import app
from app.reference_networks import networks
from foundation.settings import REPOSITORY, Settings
from identity.permissions import ORGANIZATION_WIDE, TABLE, Permission, Role
from sandbox.settings import Settings as SandboxSettings
from warehouse.catalogue import catalogue

PREDICTED = REPOSITORY / "dbt" / "models" / "predicted.yml"
MARTS = REPOSITORY / "dbt" / "models" / "marts"
INTRODUCTION = """# Reference

Written by `make reference` from the code; a test fails when the two differ.
"""


def render() -> str:
    """The whole reference as Markdown."""
    parts = [INTRODUCTION, *_commands(), *_settings(), *_permissions(), *networks(), *_marts(), *_metrics()]
    return "\n".join(parts).rstrip() + "\n"


def _commands() -> Iterator[str]:
    yield "## Commands\n"
    yield "`.venv/bin/allin COMMAND --help` says the same.\n"
    root = typer.main.get_command(app)
    yield from _command(root, "allin")


def _command(command: Any, path: str) -> Iterator[str]:
    if isinstance(command, click.Group) or hasattr(command, "commands"):
        for name, child in command.commands.items():
            yield from _command(child, f"{path} {name}")
        return
    yield f"### `{path}`\n"
    yield f"{(command.help or '').strip()}\n"
    options = [parameter for parameter in command.params if parameter.name != "help"]
    for option in options:
        shown = " / ".join(f"`{name}`" for name in option.opts)
        required = " (required)" if option.required else ""
        yield f"- {shown}{required}: {getattr(option, 'help', None) or ''}"
    if options:
        yield ""


def _permissions() -> Iterator[str]:
    yield "## Roles\n"
    yield (
        "What a role may do in its organization. A membership limited to brands holds the same for those "
        "brands, without what is marked with *.\n"
    )
    yield f"| permission | {' | '.join(role.value for role in Role)} |"
    yield f"|---|{'---|' * len(Role)}"
    for permission in Permission:
        wide = " *" if permission in ORGANIZATION_WIDE else ""
        marks = ("yes" if permission in TABLE[role] else "no" for role in Role)
        yield f"| `{permission.value}`{wide} | {' | '.join(marks)} |"
    yield ""


def _settings() -> Iterator[str]:
    yield "## Settings\n"
    yield "All are environment variables.\n"
    yield "| variable | default | what it is |\n|---|---|---|"
    yield from _rows(Settings)
    yield "\nThe sandbox's own:\n"
    yield "| variable | default | what it is |\n|---|---|---|"
    yield from _rows(SandboxSettings)
    yield ""


def _rows(settings: type[BaseSettings]) -> Iterator[str]:
    prefix = settings.model_config.get("env_prefix", "")
    for name, field in settings.model_fields.items():
        alias = field.validation_alias
        variable = alias.choices[0] if isinstance(alias, AliasChoices) else f"{prefix}{name}".upper()
        default = field.default
        if isinstance(default, SecretStr):
            default = default.get_secret_value()
        shown = f"`{default}`" if default not in ("", None, (), PydanticUndefined) else ""
        yield f"| `{variable}` | {shown} | {field.description} |"


def _marts() -> Iterator[str]:
    yield "## Marts\n"
    yield "What `allin sql`, the pages and the reports read. Days are the account's own; unknown is null.\n"
    for path in [*sorted(MARTS.glob("*.yml")), PREDICTED]:
        content = yaml.safe_load(path.read_text())
        for model in content.get("models") or content["sources"][0]["tables"]:
            yield f"### `{model['name']}`\n"
            yield f"{_flat(model['description'])}\n"
            yield "| column | type | what it is |\n|---|---|---|"
            for column in model["columns"]:
                described = _flat(column["description"])
                yield f"| `{column['name']}` | {column.get('data_type', '')} | {described} |"
            yield ""


def _metrics() -> Iterator[str]:
    yield "## Metrics\n"
    yield "| network | native name | unit | basis | what it counts |\n|---|---|---|---|---|"
    for metric in catalogue():
        yield (
            f"| {metric.network} | `{metric.native_name}` | {metric.unit} | {metric.time_basis} "
            f"| {_flat(metric.definition)} |"
        )
    yield ""


def _flat(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    sys.stdout.write(render())
