"""Threads, assembled."""

from __future__ import annotations

from foundation.settings import Settings
from platforms.contract import Network
from platforms.http import Api
from platforms.threads.capabilities import CAPABILITIES
from platforms.threads.collect import ThreadsCollector
from platforms.threads.connect import KEY, ThreadsConnector
from platforms.threads.errors import LABEL, classify
from platforms.threads.publish import ThreadsPublisher

VERSION = "v1.0"  # the only one there is


def build(settings: Settings) -> Network:
    """The connector for the API and the app that the settings name."""
    api = Api(LABEL, f"{settings.threads_api_url.rstrip('/')}/{VERSION}", classify)
    connector = ThreadsConnector(
        api,
        Api(LABEL, settings.threads_api_url, classify),
        settings.threads_dialog_url,
        settings.threads_client_id,
        settings.threads_client_secret.get_secret_value(),
    )
    return Network(
        key=KEY,
        label=LABEL,
        capabilities=CAPABILITIES,
        connect=connector,
        publish=ThreadsPublisher(api),
        collect=ThreadsCollector(api),
    )
