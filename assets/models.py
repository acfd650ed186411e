"""The dbt models as Dagster assets, and their tests as asset checks."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliInvocation, DbtCliResource, DbtProject, dbt_assets

from assets.gates import CONTRACT, set_aside_failing
from assets.idle import left_out
from assets.replay import ReplayConfig
from foundation.priority import step_back
from foundation.settings import REPOSITORY, Settings, get_settings
from warehouse import lake, releases, upkeep

PROJECT = REPOSITORY / "dbt"
DBT = Path(sys.executable).parent / "dbt"
SOURCES = ("dbt_project.yml", "models/**/*.sql", "models/**/*.yml", "macros/**/*.sql", "seeds/*")


def target(settings: Settings) -> Path:
    """Where dbt writes its artefacts."""
    return settings.home / "dbt"


def manifest(settings: Settings) -> Path:
    """dbt's manifest, parsed anew when a file of the project is newer; safe when two processes ask.

    Raises:
        RuntimeError: the project does not parse; carries dbt's own words.
    """
    folder = target(settings)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "manifest.json"
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists() or path.stat().st_mtime < _newest_source():
            _parse(folder)
    return path


def _newest_source() -> float:
    return max(file.stat().st_mtime for pattern in SOURCES for file in PROJECT.glob(pattern))


def _parse(folder: Path) -> None:
    # Parsing opens no connection; the profile only needs its variables to be there.
    blank = {"ALLIN_LAKE_DSN": "", "ALLIN_LAKE_PATH": "", "ALLIN_EXTENSION_DIR": ""}
    command = [str(DBT), "parse", "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    result = subprocess.run(
        [*command, "--target-path", str(folder), "--log-path", str(folder)],
        env={**blank, **os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise RuntimeError(f"dbt can't parse the models: {result.stdout[-2000:]}")


class Translator(DagsterDbtTranslator):
    """Groups models by their layer; staging reads what has passed the raw contract."""

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        """As dbt has it, and a staging model after the first gate."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        is_staging = spec.group_name == "staging"
        return spec.merge_attributes(deps=[CONTRACT]) if is_staging else spec

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The folder below ``models``: staging, intermediate or marts."""
        return str(dbt_resource_props["fqn"][1])


def dbt_resource() -> DbtCliResource:
    """The dbt command line of this project."""
    return DbtCliResource(project_dir=str(PROJECT), profiles_dir=str(PROJECT), dbt_executable=str(DBT))


@dbt_assets(manifest=manifest(get_settings()), dagster_dbt_translator=Translator(), pool="build")
def dbt_models(context: dg.AssetExecutionContext, dbt: DbtCliResource, config: ReplayConfig) -> Iterator[Any]:
    """Build and test the models; a failing test refuses the build and says which."""
    settings = get_settings()
    again = config.arguments(settings)
    releases.start_build(context.run.run_id, settings)
    os.environ.update(lake.environment(settings))
    invocation, events = _built(context, dbt, again)
    if not invocation.is_successful() and set_aside_failing(invocation, settings):
        invocation, events = _built(context, dbt, again)  # once more, without what was set aside
    yield from events
    if not invocation.is_successful() or failures(invocation):
        status, reasons = verdict(invocation, settings)
        releases.finish_build(context.run.run_id, status, reasons, settings)
        raise dg.Failure(f"the models were {status}: {'; '.join(reasons)}")


def _built(
    context: dg.AssetExecutionContext, dbt: DbtCliResource, more: list[str]
) -> tuple[DbtCliInvocation, list[Any]]:
    """One run of dbt to its end, and what Dagster is to hear of it if it counts."""
    folder = target(get_settings())
    (folder / "run_results.json").unlink(missing_ok=True)  # an older run's reasons are not this one's
    invocation = dbt.cli(
        ["build", "--exclude-resource-type", "unit_test", *left_out(get_settings()), *more],
        context=context,
        target_path=folder,
        raise_on_error=False,
    )
    step_back(invocation.process.pid)
    return invocation, list(invocation.stream())


def verdict(invocation: DbtCliInvocation, settings: Settings) -> tuple[releases.BuildStatus, list[str]]:
    """How a build that did not succeed ended, and why, in words for people.

    It is refused where a test found something; models that could not be built failed.
    """
    bad = _bad(invocation)
    full = upkeep.shortage(settings, " ".join(str(result["message"]) for result in bad))
    if full is not None:
        return releases.BuildStatus.FAILED, [full]
    found = any(result["status"] == "fail" for result in bad)
    reasons = failures(invocation) or ["dbt failed before it could test; the log of the run says why"]
    return releases.BuildStatus.REFUSED if found else releases.BuildStatus.FAILED, reasons


def failures(invocation: DbtCliInvocation) -> list[str]:
    """What failed, in words: one line for each model or test. Names and counts only, no row's content."""
    return [_sentence(result) for result in _bad(invocation)]


def _bad(invocation: DbtCliInvocation) -> list[Mapping[str, Any]]:
    try:
        results = invocation.get_artifact("run_results.json")["results"]
    except (FileNotFoundError, KeyError):
        return []
    return [result for result in results if result["status"] in ("fail", "error", "runtime error")]


def _sentence(result: Mapping[str, Any]) -> str:
    kind, _, name = str(result["unique_id"]).split(".")[:3]
    if kind == "test" and result["status"] == "fail":
        return f"test {name} found {result['failures']} rows"
    return f"{kind} {name} failed"
