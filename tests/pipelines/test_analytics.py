"""The analytics jobs of the night, and the days that can be replayed one by one."""

from __future__ import annotations

from datetime import timedelta

import dagster as dg
import pytest

from assets.replay import ReplayConfig
from foundation.database import utc_now
from foundation.settings import Settings
from pipelines.analytics.replay import one_day
from pipelines.analytics.sensors import stepped_back
from pipelines.analytics.upkeep import upkeep
from tests import lakes
from warehouse import lake, releases, rollbacks

FILES = "SELECT data_file FROM ducklake_list_files('lake', 't', schema => 'raw')"


def test_the_night_runs_as_a_job_and_makes_files_of_few_rows(settings: Settings) -> None:
    with lakes.fresh(settings) as connection:
        connection.execute("CREATE TABLE lake.raw.t AS SELECT range AS n FROM range(10)")
        assert connection.execute(FILES).fetchall() == []  # the catalog holds them
    for _ in range(2):
        with dg.DagsterInstance.ephemeral() as instance:
            assert upkeep.execute_in_process(instance=instance).success
    with lake.connect(settings) as connection:
        assert connection.execute("SELECT count(*) FROM lake.raw.t").fetchone() == (10,)
        assert len(connection.execute(FILES).fetchall()) == 1


def test_a_partition_is_a_day_up_to_today() -> None:
    today = f"{utc_now():%Y-%m-%d}"
    assert one_day.partitions_def.get_last_partition_key() == today
    key = f"{utc_now() - timedelta(days=3):%Y-%m-%d}"
    config = one_day.get_run_config_for_partition_key(key)
    assert config == {"ops": {"dbt_models": {"config": {"first_day": key}}}}


def test_a_build_of_what_is_new_adds_nothing_to_dbts_command(settings: Settings) -> None:
    assert ReplayConfig(first_day="", last_day="", network="").arguments(settings) == []


def test_days_that_cannot_be_parsed_again_fail_the_run_before_it_builds(settings: Settings) -> None:
    with pytest.raises(dg.Failure, match="nothing to parse again"):
        ReplayConfig(first_day="2026-11-01", last_day="", network="").arguments(settings)


def test_a_step_back_asks_once_for_the_mirror(settings: Settings) -> None:
    assert settings
    for snapshot in (1, 2):
        releases.start_build(f"run-{snapshot}")
        releases.release(f"run-{snapshot}", snapshot)
        assert isinstance(stepped_back(), dg.SkipReason)
    back = rollbacks.rollback("operator", "why")
    for _ in range(2):  # Dagster runs one key once
        asked = stepped_back()
        assert isinstance(asked, dg.RunRequest)
        assert asked.run_key == f"release-{back.id}"
