"""TikTok, assembled."""

from __future__ import annotations

from foundation.settings import Settings
from platforms.contract import Network
from platforms.http import Api
from platforms.tiktok.capabilities import CAPABILITIES
from platforms.tiktok.collect import TikTokCollector
from platforms.tiktok.connect import KEY, TikTokConnector
from platforms.tiktok.errors import LABEL, classify
from platforms.tiktok.publish import TikTokPublisher


def build(settings: Settings) -> Network:
    """The connector for the API and the app (client key and secret) that the settings name."""
    api = Api(LABEL, settings.tiktok_api_url, classify)
    return Network(
        key=KEY,
        label=LABEL,
        capabilities=CAPABILITIES,
        connect=TikTokConnector(
            api,
            settings.tiktok_dialog_url,
            settings.tiktok_client_id,
            settings.tiktok_client_secret.get_secret_value(),
        ),
        publish=TikTokPublisher(api),
        collect=TikTokCollector(api),
    )
