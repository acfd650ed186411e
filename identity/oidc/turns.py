"""How many requests of this process may wait for providers at once.

Each holds a thread while it waits, and an organization's provider may answer as slowly as it likes. So that
it holds up nobody else, no more than a few wait for those of one organization, nor for all of them together.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from identity.oidc.provider import Provider, ProviderError

OF_ONE: Final = 6
OF_ORGANIZATIONS: Final = 12

_lock: Final = threading.Lock()
_waiting: Final[Counter[UUID | None]] = Counter()  # by organization; None: the installation's provider


@contextmanager
def turn(provider: Provider) -> Iterator[None]:
    """Wait for the provider within the block.

    Raises:
        ProviderError: too many wait already.
    """
    place = provider.organization_id
    with _lock:
        others = _waiting.total() - _waiting[None] if place is not None else 0
        if _waiting[place] >= OF_ONE or others >= OF_ORGANIZATIONS:
            raise ProviderError("Too many wait for an answer of providers at this moment.")
        _waiting[place] += 1
    try:
        yield
    finally:
        with _lock:
            _waiting[place] -= 1
            if not _waiting[place]:
                del _waiting[place]
