"""A replay: the configuration that has the models parse days of raw answers again."""

import json

import dagster as dg
from pydantic import Field

from foundation.settings import Settings, get_settings
from warehouse import lake
from warehouse.replay import Replay, ReplayError, parsed_days, require_raw


class ReplayConfig(dg.Config):
    """The days to parse again (ISO dates in UTC, both included); empty: a build of what is new."""

    first_day: str = Field("", description="First day, as 2026-11-01; empty: nothing is parsed again.")
    last_day: str = Field("", description="Last day; empty: the first one.")
    network: str = Field("", description="Key of the network; empty: all.")

    def arguments(self, settings: Settings | None = None) -> list[str]:
        """What it adds to dbt's command line.

        Raises:
            dagster.Failure: these days can't be parsed again; says why. Nothing was built.
        """
        if not self.first_day:
            return []
        settings = settings or get_settings()
        try:
            replay = Replay(*parsed_days(self.first_day, self.last_day), self.network or None)
            with lake.connect(settings) as connection:
                lake.ensure(connection)
                require_raw(connection, replay, settings)
        except ReplayError as error:
            raise dg.Failure(str(error), allow_retries=False) from None
        return ["--vars", json.dumps(replay.variables)]
