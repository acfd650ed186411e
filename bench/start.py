"""From nothing to the first dashboard, a second start, memory, and how late a scheduled post is."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import polars as pl

from app.supervision.processes import proportional_memory_mb
from bench.rig import Rig
from bench.scheduled_post import schedule, wait_until_accepted
from foundation.settings import REPOSITORY

REAL_POSTS = REPOSITORY.parent / "shared" / "data" / "facebook_pages_2016.csv.gz"
AHEAD_S = 75

Figures = dict[str, float | int | None]


def measure(archive: Path | None, pages: int, say: Callable[[str], None]) -> Figures:
    """Run the demo twice and, where there is an archive, real posts once.

    Args:
        archive: a csv.gz as the sandbox serves it; None for the real posts beside the checkout, if there.
        pages: how many of the archive's busiest pages to take.
        say: told each figure as it is known.

    Returns:
        ``first_dashboard_s, second_start_s, pss_mb, archive_rows, archive_s, lateness_s`` (the latest
        account's), and ``archive_lateness_s``; the archive's are None when there is none.
    """
    with tempfile.TemporaryDirectory(prefix="allin-bench-", ignore_cleanup_errors=True) as folder:
        figures = _demo(Path(folder) / "demo", say)
        source = archive or REAL_POSTS
        if source.exists():
            figures |= _archive(Path(folder) / "archive", source, pages, say)
        else:
            say(f"no archive at {source}: that part is left out")
            figures |= {"archive_rows": None, "archive_s": None, "archive_lateness_s": None}
    return figures


def _demo(home: Path, say: Callable[[str], None]) -> Figures:
    rig = Rig(home)
    first = rig.up()
    say(f"first dashboard on the twelve-month demo: {first:.1f} s")
    try:
        memory = proportional_memory_mb(rig.settings)
        say(f"all processes together: {memory:.0f} MB (PSS)")
        lateness = max(wait_until_accepted(rig, schedule(rig, AHEAD_S)))
        busy = proportional_memory_mb(rig.settings)
        say(f"a post scheduled {AHEAD_S} s ahead: {lateness:.3f} s late; {busy:.0f} MB while publishing")
    finally:
        rig.interrupt()
    second = rig.up()
    rig.interrupt()
    say(f"second start: {second:.1f} s")
    return {
        "first_dashboard_s": round(first, 1),
        "second_start_s": round(second, 1),
        "pss_mb": round(max(memory, busy)),
        "lateness_s": round(lateness, 3),
    }


def _archive(home: Path, source: Path, pages: int, say: Callable[[str], None]) -> Figures:
    chosen = ",".join(busiest(source, pages))
    rig = Rig(home, {"ALLIN_SANDBOX_ARCHIVE": str(source), "ALLIN_SANDBOX_PAGES": chosen})
    seconds = rig.up()
    try:
        rows = _count(rig, "select count(*) as n from dim_posts")
        say(f"{rows} real posts of {chosen}: first dashboard in {seconds:.1f} s")
        lateness = max(wait_until_accepted(rig, schedule(rig, AHEAD_S)))
        say(f"a post scheduled {AHEAD_S} s ahead: {lateness:.3f} s late")
    finally:
        rig.interrupt()
    return {"archive_rows": rows, "archive_s": round(seconds, 1), "archive_lateness_s": round(lateness, 3)}


def busiest(source: Path, pages: int) -> list[str]:
    """The pages of an archive with the most posts, most first; one of each name the network knows it by."""
    posts = pl.scan_csv(source).with_columns(external_id=pl.col("status_id").str.split("_").list.first())
    counted = posts.group_by("external_id").agg(pl.col("page").first(), pl.len())
    return counted.sort("len", descending=True).head(pages).collect()["page"].to_list()


def _count(rig: Rig, statement: str) -> int:
    result = rig.run("sql", statement, "--format", "json")
    if result.returncode != 0:
        raise RuntimeError(result.stderr)
    return int(json.loads(result.stdout)[0]["n"])
