"""Bluesky, assembled."""

from __future__ import annotations

from foundation.settings import Settings
from platforms.bluesky.capabilities import CAPABILITIES
from platforms.bluesky.collect import BlueskyCollector
from platforms.bluesky.connect import KEY, BlueskyConnector
from platforms.bluesky.errors import LABEL, classify_video
from platforms.bluesky.hosts import Hosts
from platforms.bluesky.publish import BlueskyPublisher
from platforms.bluesky.upload import Uploads
from platforms.contract import Network
from platforms.http import Api


def build(settings: Settings) -> Network:
    """The connector for the host and the video service that the settings name."""
    hosts = Hosts(settings.bluesky_api_url)
    uploads = Uploads(hosts, Api(LABEL, settings.bluesky_video_url, classify_video))
    return Network(
        key=KEY,
        label=LABEL,
        capabilities=CAPABILITIES,
        connect=BlueskyConnector(hosts),
        publish=BlueskyPublisher(hosts, uploads),
        collect=BlueskyCollector(hosts),
    )
