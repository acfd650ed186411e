"""Building the models: all of a history, and the day that comes to it, beside the same SQL in plain DuckDB.

The history is of 1,000 accounts with a post each day, which is seen once on each of its first 15 days: so
many post-day rows come each day, however long the history is. Between the whole build and the days lies a
night, in which files are merged.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Final, TypeVar

from bench.transform_bare import bare_seconds
from bench.transform_raw import ROWS_A_DAY, land_days, land_registry
from foundation import postgres
from foundation.migrate import migrate
from foundation.settings import REPOSITORY, Settings
from warehouse import lake, upkeep

SIZES: Final = {"1m": 1_000_000, "10m": 10_000_000, "100m": 100_000_000}
INCREMENTS: Final = 3
BYTES_A_ROW: Final = 800  # raw and models; raw again, models and spill of the bare build: measured at 100 M
DBT: Final = Path(sys.executable).parent / "dbt"

T = TypeVar("T")


def measure(
    max_rows: int, say: Callable[[str], None], folder: Path | None = None
) -> dict[str, float | str | None]:
    """Build histories up to `max_rows`, each followed by days that come to it.

    Args:
        folder: where the lakes are made and removed; the system's temporary folder by default.

    Returns:
        ``increment_s_<size>`` for each size measured (the median of three days), ``increment_ratio`` of the
        largest to the smallest, ``full_s``, ``bare_full_s`` and ``full_ratio`` of the largest, ``peak_mb`` of
        every dbt process, and ``skipped``: the sizes left out, and why. What was left out is None.
    """
    found: dict[str, float | str | None] = {f"increment_s_{name}": None for name in SIZES}
    skipped: list[str] = []
    peak = 0.0
    for name, rows in SIZES.items():
        if reason := _reason_to_skip(rows, max_rows, folder):
            skipped.append(f"{name}: {reason}")
            say(f"{rows:,} post-day rows are skipped: {reason}")
            continue
        with _lake(folder) as installation:
            figures = _one_history(installation, rows, say)
        found[f"increment_s_{name}"] = figures["increment_s"]
        peak = max(peak, figures["peak_mb"])
        found |= {key: figures[key] for key in ("full_s", "bare_full_s", "full_ratio")}
    increments = [value for name in SIZES if isinstance(value := found[f"increment_s_{name}"], float)]
    found["increment_ratio"] = round(increments[-1] / increments[0], 2) if len(increments) > 1 else None
    return {**found, "peak_mb": round(peak, 1), "skipped": "; ".join(skipped) or None}


def _reason_to_skip(rows: int, max_rows: int, folder: Path | None) -> str | None:
    if rows > max_rows:
        return f"more than --max-rows {max_rows:,}"
    free = shutil.disk_usage(folder or tempfile.gettempdir()).free
    if free < rows * BYTES_A_ROW:
        return f"it takes about {rows * BYTES_A_ROW / 1e9:.0f} GB of disk, and {free / 1e9:.0f} GB are free"
    return None


@contextmanager
def _lake(folder: Path | None) -> Iterator[Settings]:
    """The settings of an installation with an empty lake, removed at the end."""
    with tempfile.TemporaryDirectory(prefix="allin-bench-", dir=folder, ignore_cleanup_errors=True) as home:
        embedded = Settings(home=Path(home), database_url="")
        (embedded.home / "tmp").mkdir()
        url = postgres.start(embedded)
        try:
            migrate(url)
            yield Settings(home=Path(home), database_url=url)
        finally:
            postgres.stop(embedded)


def _one_history(settings: Settings, rows: int, say: Callable[[str], None]) -> dict[str, float]:
    days = max(rows // ROWS_A_DAY, 1)
    with lake.connect(settings) as connection:
        lake.ensure(connection)
        land_registry(connection)
        land_days(connection, 0, days, old=True)
    say(f"{rows:,} post-day rows: {days} days of raw answers landed")
    full_s, cpu_s, peak = _dbt(settings, "build")
    say(f"  full build {full_s:.1f} s ({cpu_s:.0f} s of CPU), peak {peak:.0f} MB")
    bare_s = _apart(bare_seconds, settings, settings.home / "dbt" / "manifest.json")
    say(f"  the same SQL in plain DuckDB {bare_s:.1f} s")
    _apart(_merge_files, settings)
    say("  files merged, as every night")
    took = []
    for day in range(days, days + INCREMENTS):
        with lake.connect(settings) as connection:
            land_days(connection, day, day + 1, old=False)
        seconds, cpu_s, used = _dbt(settings, "build")
        say(f"  a day more {seconds:.1f} s ({cpu_s:.0f} s of CPU)")
        took.append(seconds)
        peak = max(peak, used)
        _check(settings, (day + 1) * ROWS_A_DAY)
    increment_s = sorted(took)[INCREMENTS // 2]
    return {
        "increment_s": round(increment_s, 2),
        "full_s": round(full_s, 2),
        "bare_full_s": round(bare_s, 2),
        "full_ratio": round(full_s / bare_s, 2),
        "peak_mb": peak,
    }


def _merge_files(settings: Settings) -> None:
    with lake.connect(settings, goes_over_all=True) as connection:
        upkeep.compact(connection)


def _apart(function: Callable[..., T], *arguments: object) -> T:
    """What a function returns in a process of its own: the memory that this one holds counts as a child's."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as one:
        return one.submit(function, *arguments).result()


def _check(settings: Settings, rows: int) -> None:
    """Nothing is measured that did not come to its rows."""
    with lake.connect(settings, read_only=True) as connection:
        found = connection.execute("SELECT count(*) FROM lake.marts.fct_post_metrics_daily").fetchone()
    if found != (rows,):
        raise RuntimeError(f"the models have {found} post-day rows, not {rows}")


def _dbt(settings: Settings, command: str) -> tuple[float, float, float]:
    """Seconds, seconds of CPU and peak memory (MB) of one dbt process over all models.

    Raises:
        RuntimeError: dbt failed; carries its last lines.
    """
    log = settings.home / "dbt.log"
    arguments = [
        str(DBT), "--no-use-colors", command, "--exclude-resource-type", "unit_test", "test",
        "--project-dir", str(REPOSITORY / "dbt"), "--profiles-dir", str(REPOSITORY / "dbt"),
        "--target-path", str(settings.home / "dbt"), "--log-path", str(settings.home / "logs"),
        # A day comes at a time, so there is no hour to look back over.
        "--vars", "{landing_overlap: 0 seconds}",
    ]  # fmt: skip
    variables = {**os.environ, **lake.environment(settings), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    began = time.perf_counter()
    with log.open("w") as out:
        process = subprocess.Popen(arguments, env=variables, cwd=REPOSITORY, stdout=out, stderr=out)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError("dbt failed:\n" + "\n".join(log.read_text().splitlines()[-30:]))
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime, _megabytes(usage)


def _megabytes(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss / 1024 / (1024 if sys.platform == "darwin" else 1)
