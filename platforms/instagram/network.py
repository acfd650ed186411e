"""Instagram, assembled."""

from __future__ import annotations

from foundation.settings import Settings
from platforms.contract import Network
from platforms.http import Api
from platforms.instagram.capabilities import CAPABILITIES
from platforms.instagram.collect import InstagramCollector
from platforms.instagram.connect import KEY, InstagramConnector, Login
from platforms.instagram.errors import LABEL, classify
from platforms.instagram.logins import InstagramLogin, PageLogin
from platforms.instagram.publish import InstagramPublisher
from platforms.instagram.upload import Upload
from platforms.meta.login import FacebookLogin


def build(settings: Settings) -> Network:
    """The connector for the hosts of both logins, and the apps, that the settings name."""
    version = settings.facebook_api_version
    own = Api(LABEL, f"{settings.instagram_api_url.rstrip('/')}/{version}", classify)
    graph = Api(LABEL, f"{settings.facebook_api_url.rstrip('/')}/{version}", classify)
    logins: dict[str, Login] = {
        "": InstagramLogin(
            own,
            Api(LABEL, settings.instagram_api_url, classify),
            Api(LABEL, settings.instagram_token_url, classify),
            settings.instagram_dialog_url,
            settings.instagram_client_id,
            settings.instagram_client_secret.get_secret_value(),
        ),
        "facebook": PageLogin(
            FacebookLogin(
                graph,
                f"{settings.facebook_dialog_url.rstrip('/')}/{version}",
                settings.facebook_client_id,
                settings.facebook_client_secret.get_secret_value(),
            )
        ),
    }
    apis = {"": own, "facebook": graph}
    upload = Upload(Api(LABEL, settings.facebook_upload_url, classify), version)
    return Network(
        key=KEY,
        label=LABEL,
        capabilities=CAPABILITIES,
        connect=InstagramConnector(logins),
        publish=InstagramPublisher(apis, upload),
        collect=InstagramCollector(apis),
    )
