"""A pool lets one run in at a time, and a run that was killed does not keep its place."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from socket import gethostname

import dagster as dg
import pytest
from dagster._core.events import EngineEventData  # Dagster gives no public way to report a pid

from app.supervision.programs import dagster_environment, install_dagster_configuration
from foundation.settings import REPOSITORY, Settings
from pipelines.dead_runs import HOST, sweep
from warehouse import releases
from warehouse.releases import BuildStatus

JOB = """
import sys, time
from pathlib import Path
import dagster as dg

@dg.op(pool="build")
def hold(context):
    with Path(sys.argv[1]).open("a") as file:
        file.write(f"{context.run_id}\\n")
    while not Path(sys.argv[1]).with_name("go").exists():
        time.sleep(0.05)

@dg.job(executor_def=dg.in_process_executor)
def held():
    hold()

if __name__ == "__main__":
    with dg.DagsterInstance.get() as instance:
        held.execute_in_process(instance=instance)
"""


@pytest.fixture
def instance(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """Dagster as an installation has it, with its storage in PostgreSQL."""
    install_dagster_configuration(settings)
    address = settings.database_url.get_secret_value()
    for name, value in dagster_environment(settings, address).items():
        monkeypatch.setenv(name, value)
    with dg.DagsterInstance.get() as instance:
        yield instance


def until(holds: Callable[[], bool], timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come to that in time"
        time.sleep(0.05)


@pytest.mark.timeout(120)
def test_two_runs_are_never_in_a_pool_at_once_and_a_killed_one_leaves_it(
    instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, inside = tmp_path / "held.py", tmp_path / "inside"
    script.write_text(JOB)
    inside.touch()
    namespace: dict[str, dg.JobDefinition] = {"__name__": "held"}  # type: ignore[dict-item]
    exec(JOB, namespace)  # noqa: S102 - the same job, in this process
    monkeypatch.setattr(sys, "argv", ["held", str(inside)])
    first = subprocess.Popen([sys.executable, str(script), str(inside)], cwd=REPOSITORY, env=os.environ)
    until(lambda: len(inside.read_text().split()) == 1)
    killed = inside.read_text().strip()
    releases.start_build(killed)
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(namespace["held"].execute_in_process, instance=instance)
        until(lambda: instance.event_log_storage.get_concurrency_info("build").pending_step_count == 1)
        assert sweep(instance) == []  # both live
        assert len(inside.read_text().split()) == 1
        first.kill()
        first.wait()
        assert sweep(instance) == [killed]
        until(lambda: len(inside.read_text().split()) == 2)
        (tmp_path / "go").touch()
        assert second.result(timeout=30).success
    run = instance.get_run_by_id(killed)
    assert run is not None
    assert run.status is dg.DagsterRunStatus.FAILURE
    assert sweep(instance) == []
    build = releases.last_build()
    assert build is not None
    assert (build.status, build.reasons) == (
        BuildStatus.FAILED,
        (f"run {killed[:8]} was killed before its audit",),
    )


def test_a_run_of_another_machine_is_left_alone(instance: dg.DagsterInstance) -> None:
    @dg.job
    def nothing() -> None: ...

    runs = {
        host: instance.create_run_for_job(
            nothing, status=dg.DagsterRunStatus.STARTED, tags={HOST: host}
        ).run_id
        for host in (gethostname(), "elsewhere.example")
    }
    for run_id in runs.values():
        run = instance.get_run_by_id(run_id)
        assert run is not None
        details = EngineEventData(metadata={"pid": dg.MetadataValue.text("999999999")})
        instance.report_engine_event("Executing steps in process", run, details)
    assert sweep(instance) == [runs[gethostname()]]
