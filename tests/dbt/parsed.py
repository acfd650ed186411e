"""dbt in a process that has parsed the project: each run is a fork of it, which begins where the work does.

Starting Python with dbt and parsing the project take six seconds, longer than most runs work after that. What
runs is the same command line, in a process of its own.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from foundation.settings import REPOSITORY

PLACES = ("--project-dir", str(REPOSITORY / "dbt"), "--profiles-dir", str(REPOSITORY / "dbt"))
# Parsing opens no connection; the profile only needs its variables to be there.
BLANK = {"ALLIN_LAKE_DSN": "", "ALLIN_LAKE_PATH": "", "ALLIN_EXTENSION_DIR": ""}


class Parsed:
    """The process, and the folder of the manifest it has parsed."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="allin-dbt-", ignore_cleanup_errors=True)
        self.manifest = Path(self._folder.name) / "manifest.json"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.dbt.parsed", self._folder.name],
            cwd=REPOSITORY,
            env={**BLANK, **os.environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """Run dbt and wait for it; the environment comes to that of this process.

        Raises:
            AssertionError: the project does not parse, or the process has died.
        """
        out = Path(self._folder.name) / "out"
        request = {"arguments": arguments, "environment": {**os.environ, **environment}, "out": str(out)}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "dbt's process has ended; what it said stands above"
        return subprocess.CompletedProcess(arguments, int(answer), out.read_text(), "")

    def close(self) -> None:
        """End the process."""
        self._process.communicate()
        self._folder.cleanup()


@functools.cache
def parsed() -> Parsed:
    """The one process of this run of tests, started when first asked for."""
    process = Parsed()
    atexit.register(process.close)
    return process


def _serve(folder: str) -> None:
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest

    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever else is printed is for people
    result = dbtRunner().invoke(["--quiet", "parse", *PLACES, "--target-path", folder, "--log-path", folder])
    if not result.success:
        sys.exit(f"dbt can't parse the models: {result.exception}")
    assert isinstance(result.result, Manifest)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _run(dbtRunner(result.result), json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), file=answers, flush=True)


def _run(runner: Any, request: dict[str, Any]) -> None:
    """What the command ``dbt`` does, ending the fork with its code: 1 a model or test failed, 2 dbt did."""
    code = 2
    try:
        out = os.open(request["out"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(out, 1)
        os.dup2(out, 2)
        os.environ.clear()
        os.environ.update(request["environment"])
        result = runner.invoke([*request["arguments"], *PLACES])
        code = 0 if result.success else 1
        if result.exception is not None:
            code = 2
            sys.stdout.write(str(result.exception))
    finally:
        sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve(sys.argv[1])
