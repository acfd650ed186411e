"""LinkedIn, assembled."""

from __future__ import annotations

from foundation.settings import Settings
from platforms.contract import Network
from platforms.http import Api
from platforms.linkedin.capabilities import CAPABILITIES
from platforms.linkedin.collect import LinkedInCollector
from platforms.linkedin.connect import KEY, App, LinkedInConnector
from platforms.linkedin.errors import LABEL, classify
from platforms.linkedin.publish import LinkedInPublisher
from platforms.linkedin.rest import Rest


def build(settings: Settings) -> Network:
    """The connector for the addresses, the API's version and the app that the settings name."""
    rest = Rest(Api(LABEL, settings.linkedin_api_url, classify), settings.linkedin_api_version)
    app = App(settings.linkedin_client_id, settings.linkedin_client_secret.get_secret_value())
    return Network(
        key=KEY,
        label=LABEL,
        capabilities=CAPABILITIES,
        connect=LinkedInConnector(rest, Api(LABEL, settings.linkedin_oauth_url, classify), app),
        publish=LinkedInPublisher(rest),
        collect=LinkedInCollector(rest),
    )
