"""Every number has a definition, and the catalogue contradicts neither itself nor the connectors."""

from __future__ import annotations

import csv
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
from platforms.tiktok import collect as tiktok
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


def counters(fields: str) -> list[str]:
    """The counters among the fields that are asked for."""
    return [field for field in fields.split(",") if field.endswith("_count")]


# What the collectors name in their questions, by network; the rest give their numbers unasked.
ASKED = {
    "facebook": (
        *facebook.POST_METRICS,
        *chain(*facebook.PAGE_METRIC_GROUPS),
        *facebook.REEL_METRICS,
        *facebook.DEMOGRAPHICS,
        *("followers_count", "fan_count"),
    ),
    "instagram": (
        *counters(instagram.ACCOUNT_FIELDS),
        *counters(instagram.FACEBOOK_FIELDS),
        "follower_demographics",
        *chain(*instagram.METRICS.values()),
        *instagram.SERIES,
        *instagram.NEWCOMERS,
        *instagram.TOTALS,
        *instagram.FOLLOWS,
    ),
    "threads": (*threads.POST_METRICS, *threads.SERIES, *threads.TOTALS, threads.FOLLOWERS["metric"]),
    "tiktok": (*counters(tiktok.VIDEO_FIELDS), *counters(tiktok.USER_FIELDS["user.info.stats"])),
    "x": tuple(x.ANALYTICS.split(",")),
    "linkedin": linkedin.MEMBER_METRICS,
    "pinterest": tuple(
        ",".join((pinterest.USER_METRICS, pinterest.PIN_METRICS, pinterest.VIDEO_METRICS)).split(",")
    ),
    "youtube": (*youtube.OF_VIDEOS, *chain(*(metrics for _, metrics, _ in youtube.VIEWERS))),
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
    assert "X (public_metrics.impression_count)" in shown
    assert "Facebook (post_media_view, views)" in shown
    assert (
        "impressions" not in shown
    )  # Bluesky's and Mastodon's, who never told it, and Meta's, which are gone
    assert "page_media_view" not in shown  # a page's, not a post's
    assert "From: Facebook (followers_count" in catalogue.definition("followers")
    assert "From" not in catalogue.definition("engagement")  # computed, whatever a network calls so
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


def test_what_is_gone_says_since_when_or_has_nothing_to_say() -> None:
    """Networks that never had a number are the only ones without a date."""
    gone = [each for each in catalogue.catalogue() if each.availability is Availability.UNSUPPORTED]
    undated = {each.key for each in gone if each.valid_to is None}
    assert undated == {
        "linkedin.total_follower_counts",
        "youtube.favorite_count",
        "bluesky.impressions",
        "mastodon.impressions",
    }


def test_no_two_living_metrics_that_are_added_up_count_the_same() -> None:
    """The warehouse adds up what stands for one group; a network's own total would count its parts again."""
    parts: dict[tuple[str, str, str, str], set[str]] = {}
    for each in catalogue.catalogue():
        is_person = each.key.startswith("linkedin.member_")  # no account is a person and an organization
        if each.comparable and each.alive(date(2026, 11, 21)) and not is_person:
            place = (each.network, each.subject.value, each.time_basis.value, each.comparable)
            parts.setdefault(place, set()).add(each.key)
    several = {place: keys for place, keys in parts.items() if len(keys) > 1 and place[2] != "snapshot"}
    assert several == {
        ("facebook", "post", "lifetime", "views"): {"facebook.post_media_view", "facebook.reel_views"},
        ("facebook", "post", "lifetime", "reactions"): {"facebook.reactions", "facebook.reel_likes"},
        ("facebook", "post", "lifetime", "shares"): {"facebook.shares", "facebook.reel_shares"},
        ("instagram", "post", "lifetime", "comments"): {"instagram.comments_count", "instagram.replies"},
        ("instagram", "post", "lifetime", "shares"): {"instagram.shares", "instagram.reposts"},
        ("threads", "account", "day", "shares"): {"threads.account_reposts", "threads.account_quotes"},
        ("threads", "post", "lifetime", "shares"): {"threads.reposts", "threads.quotes"},
        ("x", "post", "lifetime", "shares"): {"x.retweet_count", "x.repost_count", "x.quote_count"},
        ("bluesky", "post", "lifetime", "shares"): {"bluesky.repostCount", "bluesky.quoteCount"},
        ("mastodon", "post", "lifetime", "shares"): {"mastodon.reblogs_count", "mastodon.quotes_count"},
    }


@pytest.mark.parametrize(
    ("network", "metric", "day"),
    [
        ("youtube", "views", date(2025, 3, 31)),
        ("youtube", "views", date(2026, 8, 24)),
        ("facebook", "views", date(2025, 11, 15)),
        ("facebook", "followers", date(2025, 11, 15)),
        ("instagram", "views", date(2025, 4, 21)),
    ],
)
def test_a_new_meaning_is_a_break(network: str, metric: str, day: date) -> None:
    found = [
        each
        for each in catalogue.breaks()
        if (each.network, each.metric, each.date) == (network, metric, day)
    ]
    assert found
    assert all(len(each.note) > 30 for each in found)


def test_a_new_name_is_no_break() -> None:
    assert "x" not in {each.network for each in catalogue.breaks()}


def test_the_seeds_are_the_catalogue(tmp_path: Path) -> None:
    """If not: ``python -m warehouse.catalogue``."""
    written = {path.name: path.read_text(encoding="utf-8") for path in catalogue.SEEDS.glob("*.csv")}
    assert written == catalogue.seeds()
    catalogue.write_seeds(tmp_path)
    rows = list(csv.DictReader((tmp_path / "metric_catalogue.csv").open(encoding="utf-8")))
    assert [row["key"] for row in rows] == [each.key for each in catalogue.catalogue()]
    found = next(row for row in rows if row["key"] == "facebook.page_fans")
    assert (found["metric"], found["valid_from"], found["valid_to"]) == ("", "", "2025-11-15")
    assert found["replaced_by"] == "facebook.page_follows"


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


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (
            "- {key: x.again, network: x, subject: post, native_name: seen, unit: times, aggregation: sum,"
            " time_basis: lifetime, definition: Seen.}",
            "one name for two metrics of a network: seen",
        ),
        (
            "\ngroups: [{key: rate, label: Rate, unit: times, aggregation: none, definition: Of.,"
            " made_of: [vews]}]",
            "rate: made of what is no group",
        ),
        (
            "\nbreaks:\n  - {network: x, subject: post, metric: vews, date: 2026-01-01, note: New.}",
            "a break of x: no group 'vews'",
        ),
    ],
)
def test_what_contradicts_the_rest_says_where(tmp_path: Path, more: str, problem: str) -> None:
    path = tmp_path / "metrics.yaml"
    path.write_text(f"{ENTRY.replace(', EXTRA', '')}  {more}\n")
    with pytest.raises(CatalogueError, match=problem):
        catalogue.load(path)
