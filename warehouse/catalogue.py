"""The metric catalogue: ``metrics.yaml``, typed and checked, and the seeds dbt reads of it.

``python -m warehouse.catalogue`` writes the seeds anew.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml
from pydantic import ValidationError

from foundation.settings import REPOSITORY
from platforms.registry import network
from warehouse.metric_entries import (
    Aggregation,
    Availability,
    Break,
    Catalogue,
    Group,
    Metric,
    Subject,
    TimeBasis,
)

__all__ = ["Aggregation", "Availability", "Break", "Catalogue", "Group", "Metric", "Subject", "TimeBasis"]

PATH: Final = Path(__file__).with_name("metrics.yaml")
SEEDS: Final = REPOSITORY / "dbt" / "seeds"
CATALOGUE_COLUMNS: Final = (
    *("key", "network", "subject", "native_name", "unit", "time_basis", "metric", "aggregation"),
    *("availability", "valid_from", "valid_to", "replaced_by", "definition"),
)
BREAK_COLUMNS: Final = ("network", "subject", "metric", "break_date", "note")


class CatalogueError(ValueError):
    """The catalogue contradicts itself; the message names the entry."""


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


def breaks() -> tuple[Break, ...]:
    """Days from which a group's number of a network means something else, as the catalogue lists them."""
    return _catalogue().breaks


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

    Those of posts, or where no network tells it of posts (followers), of accounts. None stand behind a group
    that is computed from others.

    Raises:
        KeyError: the catalogue has neither a group nor a metric of that key.
    """
    for group in _catalogue().groups:
        if group.key == key:
            behind = {} if group.made_of else _behind(key)
            names = [f"{network(each).label} ({', '.join(names)})" for each, names in behind.items()]
            return f"{group.definition} From: {', '.join(names)}." if names else group.definition
    return metric(key).definition


def _behind(group: str) -> dict[str, list[str]]:
    """The native names that stand behind a group, by network."""
    known = [
        each
        for each in _catalogue().metrics
        if each.comparable == group and each.availability is not Availability.UNSUPPORTED
    ]
    of_posts = [each for each in known if each.subject is Subject.POST]
    names: dict[str, list[str]] = {}
    for each in of_posts or known:
        names.setdefault(each.network, []).append(each.native_name)
    return names


def seeds() -> dict[str, str]:
    """What dbt reads of the catalogue: the text of each CSV file by its name; what is unknown is empty."""
    described = (
        {
            **each.model_dump(mode="json", exclude={"comparable"}),
            "metric": each.comparable,
        }
        for each in catalogue()
    )
    broken = ({**each.model_dump(mode="json"), "break_date": each.date} for each in breaks())
    return {
        "metric_catalogue.csv": _csv(CATALOGUE_COLUMNS, described),
        "metric_breaks.csv": _csv(BREAK_COLUMNS, broken),
    }


def write_seeds(folder: Path = SEEDS) -> None:
    """Write the seeds into a folder.

    Raises:
        CatalogueError: the catalogue contradicts itself; nothing is written.
        OSError: the folder can't be written.
    """
    for name, text in seeds().items():
        (folder / name).write_text(text, encoding="utf-8")


def _csv(columns: tuple[str, ...], rows: Iterable[dict[str, object]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


if __name__ == "__main__":
    write_seeds()
