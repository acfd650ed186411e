"""The reference says what the code does, and the README names commands that exist."""

from __future__ import annotations

import re

from app.reference import render
from foundation.settings import REPOSITORY


def test_the_reference_is_what_the_code_says() -> None:
    written = (REPOSITORY / "docs" / "reference.md").read_text()
    assert written == render(), "run `make reference`"


def test_everything_in_the_reference_is_described() -> None:
    for line in render().splitlines():
        assert not re.search(r"\|\s*(None)?\s*\|$", line) or line.startswith("|---"), line


def test_the_readme_names_only_targets_and_commands_that_exist() -> None:
    readme = (REPOSITORY / "README.md").read_text()
    targets = re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"make ([a-z]+)", readme)) <= set(targets)
    commands = re.findall(r"### `allin ([a-z]+)", render())
    assert set(re.findall(r"`allin ([a-z]+)", readme)) <= set(commands)


def test_ci_calls_the_readme_s_test_command() -> None:
    assert "make test" in (REPOSITORY / ".ci" / "run").read_text()
