"""The networks that AllIN knows, by key."""

from __future__ import annotations

from collections.abc import Callable

from foundation.settings import Settings, get_settings
from platforms.bluesky import network as bluesky
from platforms.contract import Network
from platforms.facebook import network as facebook
from platforms.instagram import network as instagram
from platforms.linkedin import network as linkedin
from platforms.mastodon import network as mastodon
from platforms.pinterest import network as pinterest
from platforms.threads import network as threads
from platforms.tiktok import network as tiktok
from platforms.x import network as x
from platforms.youtube import network as youtube

_BUILDERS: dict[str, Callable[[Settings], Network]] = {
    "facebook": facebook.build,
    "instagram": instagram.build,
    "x": x.build,
    "threads": threads.build,
    "linkedin": linkedin.build,
    "pinterest": pinterest.build,
    "tiktok": tiktok.build,
    "youtube": youtube.build,
    "bluesky": bluesky.build,
    "mastodon": mastodon.build,
}

NETWORK_KEYS: tuple[str, ...] = tuple(_BUILDERS)


def network(key: str, settings: Settings | None = None) -> Network:
    """The connector of a network, for the addresses in the settings.

    Raises:
        LookupError: no network has this key.
    """
    if key not in _BUILDERS:
        raise LookupError(f"no network is called {key!r}; known are {', '.join(NETWORK_KEYS)}")
    return _BUILDERS[key](settings or get_settings())
