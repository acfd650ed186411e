"""The metric catalogue: ``metrics.yaml``, typed and checked."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final, Self

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

PATH: Final = Path(__file__).with_name("metrics.yaml")


class CatalogueError(ValueError):
    """The catalogue contradicts itself; the message names the entry."""


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
    """What the product shows under one name for all networks."""

    label: str


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


class Catalogue(BaseModel):
    """Groups and metrics, each key once, every reference leading somewhere."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    groups: tuple[Group, ...]
    metrics: tuple[Metric, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        keys = [entry.key for entry in (*self.groups, *self.metrics)]
        doubled = sorted({key for key in keys if keys.count(key) > 1})
        if doubled:
            raise ValueError(f"described twice: {', '.join(doubled)}")
        groups, metrics = {group.key for group in self.groups}, {metric.key for metric in self.metrics}
        for metric in self.metrics:
            if metric.comparable is not None and metric.comparable not in groups:
                raise ValueError(f"{metric.key}: no group {metric.comparable!r} to compare with")
            if metric.replaced_by is not None and metric.replaced_by not in metrics:
                raise ValueError(f"{metric.key}: replaced by {metric.replaced_by!r}, which is not described")
            if metric.valid_from and metric.valid_to and metric.valid_from > metric.valid_to:
                raise ValueError(f"{metric.key}: ends before it begins")
        return self


def load(path: Path = PATH) -> Catalogue:
    """Read a catalogue.

    Raises:
        CatalogueError: not YAML, an unknown or missing field, or a contradiction; one line for each.
    """
    try:
        return Catalogue.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise CatalogueError(f"{path.name} is not YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, item['loc'])) or path.name}: {item['msg']}" for item in error.errors()]
        raise CatalogueError("\n".join(lines)) from None


@lru_cache(maxsize=1)
def _catalogue() -> Catalogue:
    return load()


def catalogue() -> tuple[Metric, ...]:
    """Every metric of every network."""
    return _catalogue().metrics


def groups() -> tuple[Group, ...]:
    """What the product shows under one name for all networks."""
    return _catalogue().groups


def metric(key: str) -> Metric:
    """A metric by its key, such as ``facebook.post_media_view``.

    Raises:
        KeyError: the catalogue has no such metric.
    """
    for found in _catalogue().metrics:
        if found.key == key:
            return found
    raise KeyError(f"the catalogue has no metric {key!r}")


def definition(key: str) -> str:
    """The words of a tooltip: for a group (``views``) what it means and which metrics stand behind it.

    Raises:
        KeyError: the catalogue has neither a group nor a metric of that key.
    """
    for group in _catalogue().groups:
        if group.key == key:
            names = [f"{each.network} {each.native_name}" for each in _behind(key)]
            return f"{group.definition} From: {', '.join(names)}." if names else group.definition
    return metric(key).definition


def _behind(group: str) -> list[Metric]:
    return [
        each
        for each in _catalogue().metrics
        if each.comparable == group and each.availability is not Availability.UNSUPPORTED
    ]
