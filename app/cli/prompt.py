"""The prompt of `allin sql`: statements over several lines until ``;``, a history, dot commands."""

from __future__ import annotations

import contextlib
import readline
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from app.cli.asking import Asker, SqlError, tables
from app.cli.console import fail, out
from app.cli.sql import Format, answered
from identity.errors import IdentityError
from warehouse.holds import ReleaseError
from warehouse.lake import LakeError

FIRST, FURTHER = "allin> ", "   ... "
HELP: Final = """\
A statement ends with ; and may have several lines.
.tables          the tables there are
.schema TABLE    a table's columns
.release [N]     which release is asked; with a number, ask that one
.format FORMAT   table, csv or json
.quit            leave (also Ctrl-D)"""
KEPT: Final = 1000  # lines of history
WORDS: Final = (
    "select", "from", "where", "group by", "order by", "limit", "join", "using", "having", "with", "distinct",
    "count(*)", "sum(", "avg(", "median(", "arg_max(", "date_trunc(", "interval", "between", "is null",
)  # fmt: skip


class Prompt:
    """Reads from the terminal, or from what is piped in; `again` opens another release by its number."""

    def __init__(self, asker: Asker, output: Format, again: Callable[[int], Asker]) -> None:
        self._asker, self._output, self._again = asker, output, again
        self._good = True
        self._tables = tables(asker)

    def run(self, history: Path) -> bool:
        """Answer until the end; returns whether every statement had an answer."""
        if not sys.stdin.isatty():
            for statement in _statements(_piped):
                self._take(statement)
            return self._good
        release = self._asker.release
        out.print(f"release {release.id}, {release.released_at:%Y-%m-%d %H:%M} UTC · .help for help")
        with _remembered(history, self._complete):
            for statement in _statements(_typed):
                if self._take(statement):
                    break
        return True  # mistakes at a prompt were seen

    def _take(self, statement: str) -> bool:
        """Answer one statement or command; returns whether it says to leave."""
        if not statement.startswith("."):
            try:
                self._good &= answered(self._asker, statement, self._output)
            except KeyboardInterrupt:
                fail("stopped")
            return False
        command, _, rest = statement.partition(" ")
        if command in (".quit", ".exit"):
            return True
        self._command(command, rest.strip(" ;"))
        return False

    def _command(self, command: str, rest: str) -> None:
        if command == ".help":
            out.print(HELP)
        elif command == ".tables":
            out.print("\n".join(self._tables))
        elif command == ".schema" and rest in self._tables:
            out.print("\n".join(f"{column} [dim]{kind}[/dim]" for column, kind in self._tables[rest]))
        elif command == ".schema":
            fail(
                f"there is no table {rest}: .tables shows them"
                if rest
                else "which table? .schema dim_accounts"
            )
        elif command == ".format" and rest in set(Format):
            self._output = Format(rest)
        elif command == ".format":
            fail(f"a format is one of {', '.join(Format)}")
        elif command == ".release":
            self._release(rest)
        else:
            fail(f"there is no command {command}: .help shows them")

    def _release(self, number: str) -> None:
        if number and not number.isdecimal():
            fail("a release is a number: .release 12")
            return
        try:
            if number:
                asker = self._again(int(number))
                self._asker.close()
                self._asker, self._tables = asker, tables(asker)
        except (ReleaseError, SqlError, IdentityError, LakeError) as error:
            fail(str(error))
            return
        release = self._asker.release
        out.print(f"release {release.id}, {release.released_at:%Y-%m-%d %H:%M} UTC")

    def _complete(self, typed: str, number: int) -> str | None:
        columns = {column for listed in self._tables.values() for column, _ in listed}
        known = sorted({*self._tables, *columns, *WORDS})
        fitting = [word for word in known if word.startswith(typed.lower())]
        return fitting[number] if number < len(fitting) else None


def _statements(read: Callable[[bool], str | None]) -> Iterator[str]:
    """Statements that may go over several lines, and commands with a dot, which are a line each.

    `read` gives the next line, knowing whether a statement is begun; None ends, and Ctrl-C gives up what is
    begun.
    """
    begun: list[str] = []
    while True:
        try:
            line = read(bool(begun))
        except KeyboardInterrupt:
            begun = []
            continue
        if line is None:
            break
        if not begun and line.strip().startswith("."):
            yield line.strip()
        elif begun or line.strip():
            begun.append(line.rstrip("\n"))
            if sqlite3.complete_statement("\n".join(begun)):
                yield "\n".join(begun)
                begun = []
    if begun:
        yield "\n".join(begun)


def _piped(_begun: bool) -> str | None:
    return sys.stdin.readline() or None


def _typed(begun: bool) -> str | None:
    try:
        return input(FURTHER if begun else FIRST)
    except EOFError:
        return None
    except KeyboardInterrupt:
        out.print()
        raise


@contextlib.contextmanager
def _remembered(history: Path, complete: Callable[[str, int], str | None]) -> Iterator[None]:
    """A history that is kept from one prompt to the next, and completion with the tabulator."""
    with contextlib.suppress(OSError):
        readline.read_history_file(history)
    readline.set_history_length(KEPT)
    readline.set_completer(complete)
    readline.set_completer_delims(" \t\n,;()=<>+-*/")
    readline.parse_and_bind(
        "bind ^I rl_complete" if "libedit" in (readline.__doc__ or "") else "tab: complete"
    )
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            history.touch(mode=0o600)
            readline.write_history_file(history)
