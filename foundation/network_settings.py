"""Settings of the networks: where each one's API and its siblings are, and the app registered there."""

from __future__ import annotations

from typing import Final

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

# Setting: (the network's own address, where the sandbox stands in for it).
ADDRESSES: Final[dict[str, tuple[str, str]]] = {
    "facebook_api_url": ("https://graph.facebook.com", "/facebook"),
    "facebook_dialog_url": ("https://www.facebook.com", "/facebook"),
    "facebook_upload_url": ("https://rupload.facebook.com", "/facebook/rupload"),
    "instagram_api_url": ("https://graph.instagram.com", "/instagram"),
    "instagram_dialog_url": ("https://www.instagram.com", "/instagram"),
    "instagram_token_url": ("https://api.instagram.com", "/instagram"),
    "threads_api_url": ("https://graph.threads.net", "/threads"),
    "threads_dialog_url": ("https://threads.net", "/threads"),
    "x_api_url": ("https://api.x.com", "/x"),
    "x_dialog_url": ("https://x.com", "/x"),
    "linkedin_api_url": ("https://api.linkedin.com", "/linkedin"),
    "linkedin_oauth_url": ("https://www.linkedin.com", "/linkedin"),
    "tiktok_api_url": ("https://open.tiktokapis.com", "/tiktok"),
    "tiktok_dialog_url": ("https://www.tiktok.com", "/tiktok"),
    "youtube_api_url": ("https://www.googleapis.com", "/youtube"),
    "youtube_analytics_url": ("https://youtubeanalytics.googleapis.com", "/youtube"),
    "youtube_dialog_url": ("https://accounts.google.com", "/youtube"),
    "youtube_token_url": ("https://oauth2.googleapis.com", "/youtube"),
    "pinterest_api_url": ("https://api.pinterest.com", "/pinterest"),
    "pinterest_dialog_url": ("https://www.pinterest.com", "/pinterest"),
    "bluesky_api_url": ("https://bsky.social", "/bluesky"),
    "bluesky_video_url": ("https://video.bsky.app", "/bluesky"),
    "mastodon_api_url": ("", "/mastodon"),
}
# The networks whose app has a client id and secret; Mastodon's and Bluesky's need none.
APPS: Final = ("facebook", "instagram", "threads", "x", "linkedin", "tiktok", "youtube", "pinterest")
_X_SANDBOX_CLIENT = "c2FuZGJveC1jbGllbnQ6MTpjaQ"


def _address(words: str) -> str:
    return Field("", description=f"{words} Empty: the real one; in the demo the sandbox.")


def _raw_days(label: str, days: int = 0, because: str = "") -> int:
    kept: int = Field(
        days,
        ge=0,
        description=f"Days that {label}'s raw answers are kept; 0: for good.{because} "
        "The numbers drawn from them stay.",
    )
    return kept


def _secret(words: str) -> SecretStr:
    return Field(SecretStr(""), description=words)


class NetworkSettings(BaseSettings):
    """Where the networks are, and who the app is there."""

    facebook_api_url: str = _address("Base of Facebook's Graph API.")
    facebook_api_version: str = Field("v26.0", description="Graph API version, of Instagram too.")
    facebook_dialog_url: str = _address("Base of Facebook's consent page.")
    facebook_upload_url: str = _address(
        "Base of Facebook's video uploads, and of Instagram's by Facebook Login."
    )
    facebook_client_id: str = Field("", description="App id at Meta.")
    facebook_client_secret: SecretStr = _secret("App secret at Meta.")
    facebook_raw_days: int = _raw_days("Facebook")

    instagram_api_url: str = _address("Base of Instagram's API (Instagram login).")
    instagram_dialog_url: str = _address("Base of Instagram's consent page.")
    instagram_token_url: str = _address("Base of Instagram's code exchange.")
    instagram_client_id: str = Field("", description="Instagram app id.")
    instagram_client_secret: SecretStr = _secret("Instagram app secret.")
    instagram_raw_days: int = _raw_days("Instagram")

    threads_api_url: str = _address("Base of Threads' API.")
    threads_dialog_url: str = _address("Base of Threads' consent page.")
    threads_client_id: str = Field("", description="Threads app id.")
    threads_client_secret: SecretStr = _secret("Threads app secret.")
    threads_raw_days: int = _raw_days("Threads")

    x_api_url: str = _address("Base of X's API.")
    x_dialog_url: str = _address("Base of X's consent page.")
    x_client_id: str = Field("", description="OAuth client id of the X app.")
    x_client_secret: SecretStr = _secret("OAuth client secret of the X app.")
    x_raw_days: int = _raw_days("X")

    linkedin_api_url: str = _address("Base of LinkedIn's API.")
    linkedin_oauth_url: str = _address("Base of LinkedIn's consent page and tokens.")
    linkedin_api_version: str = Field("202607", description="LinkedIn API version, YYYYMM.")
    linkedin_client_id: str = Field("", description="Client id of the LinkedIn app.")
    linkedin_client_secret: SecretStr = _secret("Client secret of the LinkedIn app.")
    linkedin_raw_days: int = _raw_days("LinkedIn", 365, " Its terms allow a year.")

    tiktok_api_url: str = _address("Base of TikTok's API.")
    tiktok_dialog_url: str = _address("Base of TikTok's consent page.")
    tiktok_client_id: str = Field("", description="Client key of the TikTok app.")
    tiktok_client_secret: SecretStr = _secret("Client secret of the TikTok app.")
    tiktok_raw_days: int = _raw_days("TikTok")

    youtube_api_url: str = _address("Base of the YouTube Data API and its uploads.")
    youtube_analytics_url: str = _address("Base of the YouTube Analytics API.")
    youtube_dialog_url: str = _address("Base of Google's consent page.")
    youtube_token_url: str = _address("Base of Google's tokens.")
    youtube_client_id: str = Field("", description="OAuth client id of the Google project.")
    youtube_client_secret: SecretStr = _secret("OAuth client secret of the Google project.")
    youtube_raw_days: int = _raw_days("YouTube", 30, " Its terms allow 30.")

    pinterest_api_url: str = _address("Base of Pinterest's API.")
    pinterest_dialog_url: str = _address("Base of Pinterest's consent page.")
    pinterest_client_id: str = Field("", description="App id at Pinterest.")
    pinterest_client_secret: SecretStr = _secret("App secret at Pinterest.")
    pinterest_raw_days: int = _raw_days("Pinterest")

    bluesky_api_url: str = _address("Base of the Bluesky host that people without one of their own use.")
    bluesky_video_url: str = _address("Base of Bluesky's video service.")
    bluesky_raw_days: int = _raw_days("Bluesky")
    mastodon_api_url: str = Field(
        "", description="One server to talk to instead of each account's own. In the demo the sandbox."
    )
    mastodon_raw_days: int = _raw_days("Mastodon")

    def raw_days(self, network: str) -> int:
        """How many days a network's raw answers are kept; 0: for good.

        Raises:
            AttributeError: there is no such network.
        """
        return int(getattr(self, f"{network}_raw_days"))

    def point_networks(self, sandbox: str | None) -> None:
        """Fill what is empty: with the sandbox's addresses under `sandbox`, or (None) with the real ones."""
        for name, (real, stand_in) in ADDRESSES.items():
            if not getattr(self, name):
                setattr(self, name, f"{sandbox}{stand_in}" if sandbox else real)
        for key in APPS:
            if sandbox and not getattr(self, f"{key}_client_id"):
                # What the sandbox registered for the demo; a stand-in for an app, not a secret.
                setattr(self, f"{key}_client_id", _X_SANDBOX_CLIENT if key == "x" else f"sandbox-{key}")
                words = "sandbox-client-secret" if key == "x" else f"sandbox-{key}-secret"
                setattr(self, f"{key}_client_secret", SecretStr(words))
