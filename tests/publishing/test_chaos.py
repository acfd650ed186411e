"""A small run of `allin chaos`: what it promises of a thousand posts, of a few dozen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from foundation.settings import REPOSITORY

POSTS = 40


@pytest.mark.system
@pytest.mark.timeout(600)
def test_every_post_goes_out_once_through_kills_restarts_and_faults(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli.main", "chaos", "--posts", str(POSTS), "--seed", "5", "--json"],
        cwd=REPOSITORY,
        env={**os.environ, "ALLIN_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures.pop("kills") > 0, "nobody was killed: this showed nothing"
    assert figures == {
        "posts": POSTS,
        "doubled": 0,
        "lost": 0,
        "wrong_state": 0,
        "unknown_findable": 0,
    }
