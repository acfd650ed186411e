"""Every number has a definition, and the catalogue contradicts neither itself nor the connectors."""

from __future__ import annotations

from datetime import date
from itertools import chain
from pathlib import Path

import pytest

from platforms.facebook import paging as facebook
from platforms.instagram import paging as instagram
from platforms.linkedin import collect as linkedin
from platforms.pinterest import collect as pinterest
from platforms.registry import NETWORK_KEYS
from platforms.threads import paging as threads
from platforms.x import paging as x
from platforms.youtube import reports as youtube
from warehouse import catalogue
from warehouse.catalogue import Availability, CatalogueError

ENTRY = """
groups: [{key: views, label: Views, unit: times, aggregation: sum, definition: Seen.}]
metrics:
  - {key: x.seen, network: x, subject: post, native_name: seen, unit: times, time_basis: lifetime,
     aggregation: sum, definition: Seen., EXTRA}
"""


# What the collectors name in their questions, by network; the rest give their numbers unasked.
ASKED = {
    "facebook": (*facebook.POST_METRICS, *chain(*facebook.PAGE_METRIC_GROUPS), *facebook.REEL_METRICS),
    "instagram": (
        *chain(*instagram.METRICS.values()),
        *instagram.SERIES,
        *instagram.NEWCOMERS,
        *instagram.TOTALS,
        *instagram.FOLLOWS,
    ),
    "threads": (*threads.POST_METRICS, *threads.SERIES, *threads.TOTALS),
    "x": tuple(x.ANALYTICS.split(",")),
    "linkedin": linkedin.MEMBER_METRICS,
    "pinterest": tuple(
        ",".join((pinterest.USER_METRICS, pinterest.PIN_METRICS, pinterest.VIDEO_METRICS)).split(",")
    ),
    "youtube": youtube.OF_VIDEOS,
}


@pytest.mark.parametrize("network", ASKED)
def test_every_metric_asked_for_is_described_and_alive(network: str) -> None:
    of_network = [each for each in catalogue.catalogue() if each.network == network]
    alive = {each.native_name.rpartition(".")[2] for each in of_network if each.alive(date(2026, 11, 21))}
    assert set(ASKED[network]) <= alive


def test_only_connected_networks_are_described() -> None:
    assert {each.network for each in catalogue.catalogue()} == set(NETWORK_KEYS)


@pytest.mark.parametrize("key", ["followers", "views", "engagement", "posts", "reach", "clicks"])
def test_what_the_pages_show_has_a_tooltip(key: str) -> None:
    assert len(catalogue.definition(key)) > 30


def test_a_tooltip_names_what_stands_behind_it_but_not_what_is_gone() -> None:
    shown = catalogue.definition("views")
    assert "x public_metrics.impression_count" in shown
    assert "facebook post_media_view" in shown
    assert "page_impressions" not in shown
    assert catalogue.definition("x.like_count") == "Likes of the post."


def test_meta_s_dead_metrics_are_dated_and_lead_to_a_living_one() -> None:
    unsupported = [each for each in catalogue.catalogue() if each.availability is Availability.UNSUPPORTED]
    dead = [each for each in unsupported if each.network == "facebook"]
    assert {each.native_name for each in dead} >= {"page_impressions", "page_fans", "post_impressions"}
    for each in dead:
        assert each.valid_to is not None
        assert not each.alive(date(2026, 11, 21))
        assert each.replaced_by is not None
        assert catalogue.metric(each.replaced_by).alive(date(2026, 11, 21))


def test_both_names_of_x_s_reposts_count_as_shares() -> None:
    older, newer = catalogue.metric("x.retweet_count"), catalogue.metric("x.repost_count")
    assert older.comparable == newer.comparable == "shares"
    assert older.replaced_by == newer.key
    assert not newer.alive(date(2026, 8, 6))
    assert newer.alive(date(2026, 8, 7))


def test_people_are_never_added_up() -> None:
    reach = [each for each in catalogue.catalogue() if each.comparable == "reach"]
    assert reach
    assert {each.aggregation for each in reach} == {catalogue.Aggregation.NONE}


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(KeyError, match="no metric 'virality'"):
        catalogue.definition("virality")


@pytest.mark.parametrize(
    ("extra", "problem"),
    [
        ("comparable: vews", "x.seen: no group 'vews'"),
        ("replaced_by: x.gone", "x.seen: replaced by 'x.gone'"),
        ("valid_from: 2026-02-01, valid_to: 2026-01-01", "x.seen: ends before it begins"),
        ("time_bsis: day", "metrics.0.time_bsis: Extra inputs"),
        ("availability: sometimes", "metrics.0.availability: Input should be"),
        ("key: views", "described twice: views"),
        ("unit: [", "is not YAML"),
    ],
)
def test_a_wrong_catalogue_says_where(tmp_path: Path, extra: str, problem: str) -> None:
    path = tmp_path / "metrics.yaml"
    path.write_text(ENTRY.replace("EXTRA", extra))
    with pytest.raises(CatalogueError, match=problem):
        catalogue.load(path)
    path.write_text(ENTRY.replace(", EXTRA", ""))
    assert catalogue.load(path).metrics[0].key == "x.seen"
