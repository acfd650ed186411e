"""What YouTube's calls use up of the project's units."""

from __future__ import annotations

import pytest

from platforms.youtube.capabilities import CAPABILITIES

UNITS = {
    "GET /youtube/v3/videos": 1,
    "GET /youtube/v3/channels": 1,
    "GET /youtube/v3/playlistItems": 1,
    "PUT /youtube/v3/videos": 50,
    "POST /upload/youtube/v3/thumbnails/set": 50,
}


@pytest.mark.parametrize(("call", "cost"), UNITS.items())
def test_one_bucket_of_units(call: str, cost: int) -> None:
    (quota,) = [quota for quota in CAPABILITIES.quotas if call in quota.calls]
    assert (quota.count, quota.of, quota.zone) == (10_000, "app", "America/Los_Angeles")
    assert quota.costs.get(call, 1) == cost


def test_uploads_have_a_bucket_of_their_own() -> None:
    (quota,) = [q for q in CAPABILITIES.quotas if "POST /upload/youtube/v3/videos" in q.calls]
    assert (quota.count, quota.of, quota.calls) == (100, "app", ("POST /upload/youtube/v3/videos",))
