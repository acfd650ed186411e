"""Faults on demand: which calls go wrong, and how. The book of faults is kept in the store."""

from __future__ import annotations

import json
import random
import re
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sandbox.model import Network
from sandbox.store import Store

FaultKind = Literal[
    "accept_then_drop",
    "accept_then_5xx",
    "drop_before_accept",
    "delay",
    "429",
    "4xx",
    "5xx",
    "401",
    "malformed",
    "truncated",
]
# Mail comes in by SMTP, which has no 429 and no JSON; only there a 4xx asks to come again.
OF_MAIL: frozenset[FaultKind] = frozenset({"accept_then_drop", "drop_before_accept", "delay", "4xx", "5xx"})


class FaultSpec(BaseModel):
    """A fault to arm.

    `endpoint` may start with a method ("POST /2/tweets"). With {placeholders} it is a template of the whole
    path ("/{page}/feed"), otherwise any part of the path; paths are without the network's prefix and version.
    `account` is a page or user id. Without `times` it strikes until deleted; with `probability` it strikes at
    random, and the same `seed` gives the same strikes. `delay_s` applies to every kind. What accepts first
    (accept_then_drop, accept_then_5xx, malformed, truncated) has been committed when the answer fails.

    Of "mail" (SMTP) the paths are the steps /RCPT and /DATA (its end, also where none is named), and the
    account is the recipient.
    """

    model_config = ConfigDict(extra="forbid")
    network: Network | Literal["llm", "mailgun", "mail"]
    endpoint: str = ""
    account: str | None = None
    kind: FaultKind
    times: Annotated[int, Field(ge=1)] | None = None
    probability: Annotated[float, Field(gt=0, le=1)] = 1.0
    seed: int = 0
    delay_s: Annotated[float, Field(ge=0)] = 0.0

    @model_validator(mode="after")
    def _can_happen(self) -> Self:
        by_smtp = self.network == "mail"
        if (by_smtp and self.kind not in OF_MAIL) or (not by_smtp and self.kind == "4xx"):
            raise ValueError(f"{self.network} has no fault {self.kind}")
        return self

    def matches(self, network: str, method: str, path: str) -> bool:
        """Whether a call of this path (without prefix and version) is meant."""
        wanted_method, _, wanted = self.endpoint.rpartition(" ")
        if network != self.network or (wanted_method and wanted_method.upper() != method):
            return False
        if "{" not in wanted:
            return wanted in path
        literal = re.split(r"\{[^}]*\}", wanted)
        return re.fullmatch("[^/]+".join(map(re.escape, literal)), path) is not None


class Faults:
    """The armed faults, oldest first."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._armed = self._load()

    def _load(self) -> list[tuple[int, FaultSpec]]:
        rows = self._store.rows(
            "SELECT id, spec FROM faults WHERE remaining IS NULL OR remaining > 0 ORDER BY id"
        )
        return [(row["id"], FaultSpec.model_validate_json(row["spec"])) for row in rows]

    def add(self, spec: FaultSpec) -> dict[str, Any]:
        """Arm a fault, committed on return."""
        self._store.run(
            "INSERT INTO faults (spec, remaining) VALUES (?, ?)", spec.model_dump_json(), spec.times
        )
        self._armed = self._load()
        return self.all()[-1]

    def all(self) -> list[dict[str, Any]]:
        """Every fault with its id, what remains of it, and its hits."""
        rows = self._store.rows("SELECT * FROM faults ORDER BY id")
        kept = ("id", "remaining", "hits")
        return [{**json.loads(row["spec"]), **{name: row[name] for name in kept}} for row in rows]

    def clear(self, fault_id: int | None = None) -> int:
        """Disarm one fault or all; how many there were."""
        count = self._store.run("DELETE FROM faults WHERE ?1 IS NULL OR id = ?1", fault_id)
        self._armed = self._load()
        return count

    def candidates(self, network: str, method: str, path: str) -> list[tuple[int, FaultSpec]]:
        """Armed faults that mean this call, leaving the account aside."""
        return [(fault_id, spec) for fault_id, spec in self._armed if spec.matches(network, method, path)]

    def strikes(self, fault_id: int, spec: FaultSpec) -> bool:
        """Draw whether the fault strikes now, and write the draw down."""
        row = self._store.row("SELECT draws, remaining FROM faults WHERE id = ?", fault_id)
        if row is None or row["remaining"] == 0:
            return False
        hit = random.Random(f"{spec.seed}/{row['draws']}").random() < spec.probability
        self._store.run(
            "UPDATE faults SET draws = draws + 1, hits = hits + ?1, remaining = remaining - ?1 WHERE id = ?2",
            int(hit),
            fault_id,
        )
        if hit and row["remaining"] == 1:
            self._armed = self._load()
        return hit
