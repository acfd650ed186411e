"""Facebook Pages, assembled."""

from __future__ import annotations

from foundation.settings import Settings
from platforms.contract import Network
from platforms.facebook.capabilities import CAPABILITIES
from platforms.facebook.collect import FacebookCollector
from platforms.facebook.connect import KEY, FacebookConnector
from platforms.facebook.errors import LABEL, classify
from platforms.facebook.publish import FacebookPublisher
from platforms.http import Api
from platforms.meta.login import FacebookLogin


def build(settings: Settings) -> Network:
    """The connector for the Graph API, its siblings and the app that the settings name."""
    version = settings.facebook_api_version
    api = Api(LABEL, f"{settings.facebook_api_url.rstrip('/')}/{version}", classify)
    uploads = Api(LABEL, f"{settings.facebook_upload_url.rstrip('/')}/video-upload/{version}", classify)
    login = FacebookLogin(
        api,
        f"{settings.facebook_dialog_url.rstrip('/')}/{version}",
        settings.facebook_client_id,
        settings.facebook_client_secret.get_secret_value(),
    )
    return Network(
        key=KEY,
        label=LABEL,
        capabilities=CAPABILITIES,
        connect=FacebookConnector(api, login),
        publish=FacebookPublisher(api, uploads),
        collect=FacebookCollector(api),
    )
