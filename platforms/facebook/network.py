"""Facebook Pages, assembled."""

from __future__ import annotations

from foundation.settings import Settings
from platforms.contract import Network
from platforms.facebook.collect import FacebookCollector
from platforms.facebook.connect import KEY, FacebookConnector
from platforms.facebook.errors import LABEL, classify
from platforms.facebook.publish import TEXT_LIMIT, FacebookPublisher
from platforms.http import Api


def build(settings: Settings) -> Network:
    """The connector for the Graph API that the settings name."""
    api = Api(LABEL, f"{settings.facebook_api_url.rstrip('/')}/{settings.facebook_api_version}", classify)
    return Network(
        key=KEY,
        label=LABEL,
        text_limit=TEXT_LIMIT,
        connect=FacebookConnector(api),
        publish=FacebookPublisher(api),
        collect=FacebookCollector(api),
    )
