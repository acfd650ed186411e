"""The reference says what the code does, and what the other pages show works."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.reference import render
from app.supervision.programs import programs
from foundation.database import utc_now
from foundation.settings import REPOSITORY, Settings
from publishing.happenings import Kind
from publishing.importing.documents import read_document
from publishing.importing.tables import read_table
from publishing.states import TRANSITIONS, State
from publishing.telling import signing

PAGES = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "docs/publishing.md",
    "docs/webhooks.md",
    "docs/sql.md",
    "docs/importing.md",
    "docs/data-health.md",
]


def page(name: str) -> str:
    return (REPOSITORY / name).read_text()


def example(name: str, language: str) -> str:
    """The one example in this language on a page."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", page(name), re.DOTALL)
    return str(found)


def test_the_reference_is_what_the_code_says() -> None:
    written = (REPOSITORY / "docs" / "reference.md").read_text()
    assert written == render(), "run `make reference`"


def test_everything_in_the_reference_is_described() -> None:
    for line in render().splitlines():
        assert not re.search(r"\|\s*(None)?\s*\|$", line) or line.startswith("|---"), line


def test_the_readme_names_only_targets_that_exist() -> None:
    readme = (REPOSITORY / "README.md").read_text()
    targets = re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"make ([a-z]+)", readme)) <= set(targets)


@pytest.mark.parametrize("name", PAGES)
def test_pages_name_only_commands_that_exist(name: str) -> None:
    commands = re.findall(r"### `allin ([a-z-]+)", render())
    assert set(re.findall(r"`allin ([a-z-]+)", page(name))) <= set(commands)


def test_ci_calls_the_readme_s_test_command() -> None:
    assert "make test" in (REPOSITORY / ".ci" / "run").read_text()


@pytest.mark.parametrize("name", PAGES)
def test_pages_lead_to_files_that_are_there(name: str) -> None:
    folder = (REPOSITORY / name).parent
    for target in re.findall(r"\]\(([^)#:]+)\)", page(name)):
        assert (folder / target).exists(), target


def test_the_example_that_checks_a_webhook_checks_it() -> None:
    known: dict[str, Any] = {}
    exec(example("docs/webhooks.md", "python"), known)  # noqa: S102 - it is ours
    secret, body = signing.new_secret(), '{"type": "post.failed", "words": "größer"}'
    headers = signing.headers(secret, "msg_1", utc_now(), body)
    is_genuine = known["is_genuine"]
    assert is_genuine(secret, headers, body.encode())
    rotated = {**headers, "webhook-signature": f"v1,another {headers['webhook-signature']}"}
    assert is_genuine(secret, rotated, body.encode())
    assert not is_genuine(secret, headers, body.encode() + b" ")
    assert not is_genuine(signing.new_secret(), headers, body.encode())
    for name in ("webhook-id", "webhook-timestamp"):
        assert not is_genuine(secret, {**headers, name: "1"}, body.encode())


def test_the_page_of_webhooks_names_every_kind() -> None:
    named = set(re.findall(r"`((?:post|account)\.\w+)`", page("docs/webhooks.md")))
    assert named == {kind.value for kind in Kind}


def test_the_files_that_are_shown_can_be_read() -> None:
    document = read_document(example("docs/publishing.md", "yaml").encode())
    assert (document.problems, len(document.entries)) == ([], 1)
    assert document.entries[0].own["x"]["text"] == "We open at 8! Come early."
    table = read_table(example("docs/publishing.md", "csv").encode())
    assert (table.problems, [one.networks for one in table.entries]) == ([], [("facebook", "x"), ("x",)])


def test_the_states_that_are_drawn_are_those_there_are() -> None:
    drawn = re.findall(r"^  (\w+) --> (\w+)", example("docs/publishing.md", "mermaid"), re.MULTILINE)
    assert drawn
    for start, end in drawn:
        assert State(end) in TRANSITIONS[State(start)].values(), (start, end)


def test_the_architecture_names_every_process() -> None:
    described = page("ARCHITECTURE.md").partition("## Processes")[2].lower()
    for program in programs(Settings()):
        assert program.name.rpartition("-")[2] in described, program.name
