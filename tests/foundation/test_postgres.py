"""The embedded server: it comes up again after it was killed."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time

import psutil
import psycopg
import pytest

from foundation import postgres
from foundation.settings import Settings

SUBREAPER = 36  # prctl(2): orphans become our children, and stay zombies until we fetch them


@pytest.mark.skipif(sys.platform != "linux", reason="zombies are made with Linux's prctl")
def test_it_starts_where_a_killed_one_is_still_a_zombie(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = Settings(home=tmp_path_factory.mktemp("pg"), database_url="")
    prctl = ctypes.CDLL(None).prctl
    prctl(SUBREAPER, 1, 0, 0, 0)
    try:
        postgres.start(settings)
        info = postgres._postmaster(settings)
        assert info is not None
        killed = psutil.Process(info.pid)
        os.kill(killed.pid, signal.SIGKILL)
        while killed.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
        with psycopg.connect(postgres.start(settings)) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        os.waitpid(killed.pid, 0)
    finally:
        prctl(SUBREAPER, 0, 0, 0, 0)
        postgres.stop(settings)
