"""Who follows an account, by age, gender, country or city: fixed shares of its followers, the top 45."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.facebook.errors import invalid_parameter
from sandbox.model import Account

SHARES: dict[str, dict[str, float]] = {
    "age": {
        "13-17": 0.03,
        "18-24": 0.21,
        "25-34": 0.36,
        "35-44": 0.22,
        "45-54": 0.10,
        "55-64": 0.05,
        "65+": 0.02,
    },
    "gender": {"F": 0.52, "M": 0.41, "U": 0.06},
    "country": {"US": 0.38, "DE": 0.21, "JP": 0.14, "GB": 0.08, "BR": 0.05, "IN": 0.04},
    "city": {"New York, New York": 0.11, "Berlin, Berlin": 0.08, "Tokyo": 0.06, "London, England": 0.04},
}


def demographics(_account: Account, followers: int, query: Mapping[str, str]) -> dict[str, Any]:
    """The `total_value` of a demographic metric. Raises GraphError 100 without a fitting breakdown."""
    breakdown = query.get("breakdown", "")
    if breakdown not in SHARES or query.get("metric_type") != "total_value":
        raise invalid_parameter(f"breakdown must be one of {', '.join(SHARES)}, with metric_type=total_value")
    results = [
        {"dimension_values": [name], "value": int(followers * share)}
        for name, share in SHARES[breakdown].items()
    ]
    return {"breakdowns": [{"dimension_keys": [breakdown], "results": results}]}
