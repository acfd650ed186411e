"""Mastodon, assembled."""

from __future__ import annotations

from foundation.settings import Settings
from platforms.contract import Network
from platforms.mastodon.capabilities import CAPABILITIES
from platforms.mastodon.collect import MastodonCollector
from platforms.mastodon.connect import KEY, MastodonConnector
from platforms.mastodon.errors import LABEL
from platforms.mastodon.instances import Instances
from platforms.mastodon.publish import MastodonPublisher


def build(settings: Settings) -> Network:
    """The connector for every account's own server, or the one that the settings put in their place."""
    instances = Instances(settings.mastodon_api_url)
    return Network(
        key=KEY,
        label=LABEL,
        capabilities=CAPABILITIES,
        connect=MastodonConnector(instances),
        publish=MastodonPublisher(instances),
        collect=MastodonCollector(instances),
    )
