"""Pinterest, assembled."""

from __future__ import annotations

from foundation.settings import Settings
from platforms.contract import Network
from platforms.http import Api
from platforms.pinterest.capabilities import CAPABILITIES
from platforms.pinterest.collect import PinterestCollector
from platforms.pinterest.connect import KEY, PinterestConnector
from platforms.pinterest.errors import LABEL, classify
from platforms.pinterest.publish import PinterestPublisher


def build(settings: Settings) -> Network:
    """The connector for the addresses and the app that the settings name."""
    api = Api(LABEL, settings.pinterest_api_url, classify)
    return Network(
        key=KEY,
        label=LABEL,
        capabilities=CAPABILITIES,
        connect=PinterestConnector(
            api,
            settings.pinterest_dialog_url,
            settings.pinterest_client_id,
            settings.pinterest_client_secret.get_secret_value(),
        ),
        publish=PinterestPublisher(api),
        collect=PinterestCollector(api),
    )
