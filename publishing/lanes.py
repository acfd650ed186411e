"""Thread pools, three for each network: one that sends, one that looks, one for the rest.

A network that hangs fills its own lanes only, and neither a long upload nor a look stands in the way
of a post whose second has come.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from enum import StrEnum


class Lane(StrEnum):
    """What a pool is for."""

    SEND = "send"
    LOOK = "look"
    PREPARE = "prepare"
    READ = "read"  # read back what is public, which nobody waits for


class Lanes:
    """The pools of one publisher, made on first use. Used from one thread; keeps what went wrong.

    `workers` are the calls at a time to one network, for each lane.
    """

    def __init__(self, workers: Mapping[Lane, int]) -> None:
        self._workers = workers
        self._pools: dict[tuple[str, Lane], ThreadPoolExecutor] = {}
        self.errors: list[Exception] = []

    def submit(self, network: str, lane: Lane, task: Callable[[], None]) -> None:
        """Run a task in a network's lane; an exception of it is kept in `errors`."""
        pool = self._pools.get((network, lane))
        if pool is None:
            pool = ThreadPoolExecutor(self._workers[lane], thread_name_prefix=f"{network}-{lane}")
            self._pools[network, lane] = pool
        pool.submit(task).add_done_callback(self._keep_error)

    def close(self) -> None:
        """Drop tasks that have not begun, wait for those that have."""
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)
        for pool in self._pools.values():
            pool.shutdown(wait=True)

    def _keep_error(self, future: Future[None]) -> None:
        error = None if future.cancelled() else future.exception()
        if isinstance(error, Exception):
            self.errors.append(error)
