"""YouTube, assembled."""

from __future__ import annotations

from foundation.settings import Settings
from platforms.contract import Network
from platforms.http import Api
from platforms.youtube.capabilities import CAPABILITIES
from platforms.youtube.collect import YouTubeCollector
from platforms.youtube.connect import KEY, YouTubeConnector
from platforms.youtube.errors import LABEL, classify
from platforms.youtube.publish import YouTubePublisher


def build(settings: Settings) -> Network:
    """The connector for the APIs and the Google project (client id and secret) that the settings name."""
    api = Api(LABEL, settings.youtube_api_url, classify)
    return Network(
        key=KEY,
        label=LABEL,
        capabilities=CAPABILITIES,
        connect=YouTubeConnector(
            api,
            Api(LABEL, settings.youtube_token_url, classify),
            settings.youtube_dialog_url,
            settings.youtube_client_id,
            settings.youtube_client_secret.get_secret_value(),
        ),
        publish=YouTubePublisher(api),
        collect=YouTubeCollector(api, Api(LABEL, settings.youtube_analytics_url, classify)),
    )
