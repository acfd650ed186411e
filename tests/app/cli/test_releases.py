"""`allin releases`: the history, one step back, and holding back."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner, Result

from app.cli.main import app
from foundation.settings import Settings
from warehouse import holds, releases

pytestmark = pytest.mark.usefixtures("settings")


def allin(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, ["releases", *words], input=typed)


def done(*words: str, typed: str | None = None) -> str:
    """The output of a command that succeeds, its lines joined."""
    result = allin(*words, typed=typed)
    assert result.exit_code == 0, result.output
    return " ".join(result.stdout.split())


def refused(*words: str) -> str:
    """The line of a command that fails."""
    result = allin(*words)
    assert result.exit_code == 1
    return result.stderr.strip()


@pytest.fixture
def three(settings: Settings) -> None:
    """Three releases."""
    assert settings
    for number in (1, 2, 3):
        releases.start_build(f"run-{number}")
        releases.release(f"run-{number}", 10 * number)


def test_before_the_first_release_it_says_what_makes_one() -> None:
    assert "`allin build` makes the first release" in done("list")
    assert "nothing is released yet" in refused("rollback", "--why", "x", "--yes")
    assert "there is no release 1" in refused("show", "1")


@pytest.mark.usefixtures("three")
def test_back_and_on_again() -> None:
    result = allin("rollback", "--why", "wrong [zone]", typed="n\n")
    assert result.exit_code == 1
    assert len(releases.history()) == 3  # whoever says no has changed nothing
    said = done("rollback", "--why", "wrong [zone]", typed="y\n")
    assert "release 4 shows the numbers of release 2 again" in said
    assert "the next good build releases again" in said
    listed = done("list")
    assert "back to release 2 by operator: wrong [zone]" in listed
    assert listed.index("operator") < listed.index("build")
    assert "back to release 2 by operator" in done("show", "4")
    assert "allin sql --release 1" in done("show", "1")
    assert "people see already" in refused("rollback", "--to", "2", "--why", "x", "--yes")
    assert "release 5 shows the numbers of release 3" in done("rollback", "--to", "3", "--why", "x", "--yes")
    assert "4" not in done("list", "--limit", "1", "--before", "3").split()


@pytest.mark.usefixtures("three")
def test_held_back_until_resumed() -> None:
    assert "nothing has changed" in done("resume")
    done("hold", "--why", "a migration")
    assert "held back since" in done("list")
    assert "a migration" in refused("hold", "--why", "again")
    assert "the next good build releases again" in done("resume")
    done("rollback", "--why", "y", "--hold", "--yes")
    assert holds.held() is not None
