"""The raw contract once more for what waits: after a repair of ours, what passes now is accepted."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import duckdb

from foundation.settings import Settings
from foundation.turns import turn
from identity.audit import OPERATOR
from warehouse.gates import looking, quarantine, settling
from warehouse.gates.checks import UNFIT
from warehouse.gates.contract import TURN, judged
from warehouse.gates.quarantine import Verdict

# Batches that the models' own tests refused can't be told to be right by the contract.
WAITING: Final = """
SELECT q.answer_id, q.account_id, p.observed_hour, p.entity, p.run_id
FROM lake.raw.quarantine AS q JOIN lake.raw.gate_pages AS p USING (answer_id)
WHERE q.verdict IS NULL AND q.account_id NOT IN (
  SELECT account_id FROM lake.raw.quarantine WHERE verdict IS NULL AND check_name = $unfit
)
"""
Key = tuple[str, str, datetime, str]  # account, entity, hour, run


def recheck(connection: duckdb.DuckDBPyConnection, settings: Settings) -> tuple[int, int]:
    """Judge what waits by the contract as it is now; returns how many batches were accepted, and how many
    wait.

    Needs a worker's connection.

    Raises:
        BrokenExpectation: a check could not be evaluated; nothing was accepted of that hour.
    """
    accepted = 0
    with turn(TURN, settings):
        quarantine.publish(connection, settings)
        rows = connection.execute(WAITING, {"unfit": UNFIT}).fetchall()
        keys: dict[str, Key] = {str(row[0]): (str(row[1]), str(row[3]), row[2], str(row[4])) for row in rows}
        waiting = [(answer, key[0], key[2]) for answer, key in keys.items()]
        looking.lay_out_windows(connection, [key[2] for key in keys.values()], settings)
        for portion in looking.portions_of(list(dict.fromkeys(waiting))):
            looking.lay_out(connection, portion)
            broken = {
                (one.account_id, one.entity, one.hour, one.run_id) for one in judged(connection) if one.blocks
            }
            passed = {keys[answer] for answer in portion.answer_ids} - broken
            accepted += sum(
                settling.settle_alone(key, Verdict.ACCEPTED, OPERATOR, settings) for key in passed
            )
        quarantine.apply_verdicts(connection, settings)
        left = connection.execute(quarantine.WAITING).fetchall()
    return accepted, len(left)
