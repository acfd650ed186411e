"""What the metric catalogue consists of: groups, metrics and breaks, each checked alone and all together."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from datetime import date
from enum import StrEnum
from itertools import chain
from typing import Self, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator

_Value = TypeVar("_Value", bound=Hashable)


class TimeBasis(StrEnum):
    """What span a number covers."""

    LIFETIME = "lifetime"
    DAY = "day"
    SNAPSHOT = "snapshot"
    WINDOW = "window"


class Availability(StrEnum):
    """Whether the network gives the number, and when."""

    AVAILABLE = "available"
    DELAYED = "delayed"
    UNSUPPORTED = "unsupported"
    WITHHELD = "withheld"


class Aggregation(StrEnum):
    """How values of several posts or days become one."""

    SUM = "sum"
    LAST = "last"
    NONE = "none"


class Subject(StrEnum):
    """What a number is about."""

    ACCOUNT = "account"
    POST = "post"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    unit: str
    aggregation: Aggregation
    definition: str


class Group(_Entry):
    """What the product shows under one name for all networks; `made_of`: the groups it is computed from."""

    label: str
    made_of: tuple[str, ...] = ()


class Metric(_Entry):
    """What one network reports under its own name. `valid_from`, `valid_to`: None when no bound is known."""

    network: str
    subject: Subject
    native_name: str
    time_basis: TimeBasis
    comparable: str | None = None
    availability: Availability = Availability.AVAILABLE
    valid_from: date | None = None
    valid_to: date | None = None
    replaced_by: str | None = None

    def alive(self, day: date) -> bool:
        """Whether the network answers with it on that day, as far as is known."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


class Break(BaseModel):
    """A group (`metric`) whose number of a network means something else from `date` on; `note` says what."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    network: str
    subject: Subject
    metric: str
    date: datetime.date
    note: str


class Catalogue(BaseModel):
    """Groups, metrics and breaks: each key once, every reference leading somewhere."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    groups: tuple[Group, ...]
    metrics: tuple[Metric, ...]
    breaks: tuple[Break, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        """Raise for the first contradiction."""
        problem = next(chain(self._doubled(), self._leading_nowhere()), None)
        if problem is not None:
            raise ValueError(problem)
        return self

    def _doubled(self) -> Iterator[str]:
        doubled = _twice(entry.key for entry in (*self.groups, *self.metrics))
        if doubled:
            yield f"described twice: {', '.join(doubled)}"
        names = ((each.network, each.subject, each.time_basis, each.native_name) for each in self.metrics)
        if alike := _twice(names):
            yield f"one name for two metrics of a network: {', '.join(name[3] for name in alike)}"

    def _leading_nowhere(self) -> Iterator[str]:
        groups, metrics = {group.key for group in self.groups}, {metric.key for metric in self.metrics}
        for metric in self.metrics:
            if metric.comparable is not None and metric.comparable not in groups:
                yield f"{metric.key}: no group {metric.comparable!r} to compare with"
            if metric.replaced_by is not None and metric.replaced_by not in metrics:
                yield f"{metric.key}: replaced by {metric.replaced_by!r}, which is not described"
            if metric.valid_from and metric.valid_to and metric.valid_from > metric.valid_to:
                yield f"{metric.key}: ends before it begins"
        for group in self.groups:
            if not groups.issuperset(group.made_of):
                yield f"{group.key}: made of what is no group"
        for each in self.breaks:
            if each.metric not in groups:
                yield f"a break of {each.network}: no group {each.metric!r}"


def _twice(values: Iterable[_Value]) -> list[_Value]:
    counted = Counter(values)
    return [value for value, count in counted.items() if count > 1]
