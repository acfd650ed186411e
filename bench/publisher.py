"""``python -m bench.publisher SECONDS POLICY``: one window of a publisher, in a process of its own.

POLICY is a JSON object with fields of `publishing.policy.Policy`, durations in seconds. Prints one JSON
object: its CPU seconds and its peak of memory in MB.
"""

from __future__ import annotations

import json
import resource
import sys
from dataclasses import replace
from datetime import timedelta

from foundation.database import utc_now
from foundation.settings import get_settings
from publishing.policy import Policy
from publishing.publisher import run_window


def main(seconds: float, numbers: dict[str, float]) -> None:
    """Run, and print."""
    policy = Policy.of(get_settings())
    values = {
        name: timedelta(seconds=value) if isinstance(getattr(policy, name), timedelta) else int(value)
        for name, value in numbers.items()
    }
    run_window("bench", utc_now() + timedelta(seconds=seconds), policy=replace(policy, **values))
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s, peak_mb = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    print(json.dumps({"cpu_s": cpu_s, "peak_mb": peak_mb}), flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]), json.loads(sys.argv[2]))
