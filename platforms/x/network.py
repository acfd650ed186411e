"""X, assembled."""

from __future__ import annotations

from foundation.settings import Settings
from platforms.contract import Network
from platforms.http import Api
from platforms.x.capabilities import CAPABILITIES
from platforms.x.collect import XCollector
from platforms.x.connect import KEY, XConnector
from platforms.x.errors import LABEL, classify
from platforms.x.publish import XPublisher


def build(settings: Settings) -> Network:
    """The connector for the API and the app (client id and secret) that the settings name."""
    api = Api(LABEL, settings.x_api_url, classify)
    return Network(
        key=KEY,
        label=LABEL,
        capabilities=CAPABILITIES,
        connect=XConnector(
            api,
            settings.x_dialog_url,
            settings.x_client_id,
            settings.x_client_secret.get_secret_value(),
        ),
        publish=XPublisher(api),
        collect=XCollector(api),
    )
