"""Every setting of the installation, read from the environment (prefix ``ALLIN_``)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal, Self

from pydantic import AliasChoices, Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from foundation.network_settings import NetworkSettings

REPOSITORY = Path(__file__).resolve().parent.parent


class Settings(NetworkSettings):
    """The settings table; the description of each field is its documentation.

    Raises:
        pydantic.ValidationError: a variable has a value of the wrong kind.
    """

    model_config = SettingsConfigDict(env_prefix="ALLIN_", env_ignore_empty=True, extra="ignore")

    home: Path = Field(Path(".allin"), description="Folder of everything this installation keeps.")
    lake: str = Field(
        "", description="Folder or object-store address of the warehouse files. Empty: HOME/lake."
    )
    database_url: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("DATABASE_URL"),
        description="PostgreSQL 15 or newer. Empty: an embedded server starts under HOME.",
    )
    keys: SecretStr = Field(
        SecretStr(""),
        description="Key ring for tokens at rest: comma-separated id:base64 of 32 bytes, newest first. "
        "Empty: HOME/keys, made at the first start.",
    )

    host: str = Field("127.0.0.1", description="Address the app listens on; all else stays on this machine.")
    public_url: str = Field(
        "", description="Address people reach the app at, for links in e-mails. Empty: HOST and APP_PORT."
    )
    trusted_proxies: str = Field(
        "", description="Addresses of reverse proxies whose X-Forwarded-* headers count, comma-separated."
    )
    app_port: int = Field(8501, ge=0, le=65535, description="Port of the app and its API.")
    dagster_port: int = Field(3000, ge=0, le=65535, description="Port of the Dagster webserver.")
    analytics_port: int = Field(4266, ge=0, le=65535, description="Port of the analytics code location.")
    publishing_port: int = Field(4267, ge=0, le=65535, description="Port of the publishing code location.")

    demo: bool = Field(
        True, description="Start the sandbox, connect its accounts, and sign in a demo person."
    )
    sandbox_port: int = Field(8600, ge=0, le=65535, description="Port of the sandbox in the demo.")
    demo_email: str = Field("demo@allin.example", description="Sign-in of the demo account.")
    demo_password: SecretStr = Field(SecretStr("demo-allin"), description="Password of the demo account.")

    registration: Literal["open", "closed"] = Field(
        "open", description="Who may make an account: anyone, or only who is invited."
    )
    api_requests_per_minute: int = Field(
        100, ge=1, description="Requests a minute of the API for each person or key."
    )
    oidc_name: str = Field("", description="Name on the button of the installation's OpenID provider.")
    oidc_issuer: str = Field("", description="Its issuer address. Empty: none; in the demo the sandbox's.")
    oidc_client_id: str = Field("", description="Client id at the OpenID provider.")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="Client secret at the OpenID provider.")

    webhook_origins: str = Field(
        "",
        description="Origins that webhooks may be sent to although they are not on the public internet or "
        "have no https, such as http://127.0.0.1:9000, comma-separated.",
    )
    mail_from: str = Field("AllIN <allin@localhost>", description="Sender of every e-mail.")
    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="Mail server: smtp://user:password@host:587 (STARTTLS where offered) or smtps://…:465. "
        "Empty: none; in the demo the sandbox's mailbox.",
    )
    mailgun_api_key: SecretStr = Field(
        SecretStr(""), description="Send through Mailgun's HTTP API instead of SMTP, with this key."
    )
    mailgun_domain: str = Field("", description="Sending domain at Mailgun.")
    mailgun_api_url: str = Field("https://api.mailgun.net", description="Base of Mailgun's API.")
    tell_gather_seconds: int = Field(
        15, ge=0, le=3600, description="What is told by e-mail waits this long for more, to go in one e-mail."
    )
    tell_apart_seconds: int = Field(
        300,
        ge=0,
        le=86400,
        description="Nobody gets two e-mails of what happened within this; what comes meanwhile goes in one.",
    )
    keep_notifications_days: int = Field(
        90, ge=1, description="Notifications older than this are deleted every night."
    )
    keep_deliveries_days: int = Field(
        30, ge=1, description="Deliveries to webhooks older than this are deleted every night."
    )
    sandbox_smtp_port: int = Field(8625, ge=0, le=65535, description="Port of the sandbox's mailbox (SMTP).")

    llm_base_url: str = Field(
        "", description="OpenAI-compatible language model. Empty: none; in the demo the sandbox."
    )
    llm_api_key: SecretStr = Field(SecretStr(""), description="Key for the language model.")
    llm_model: str = Field("", description="Name of the language model.")

    missed_after_minutes: int = Field(
        30, ge=1, description="A post later than this is not sent; it becomes missed."
    )
    look_ahead_seconds: int = Field(
        60, ge=20, le=3600, description="How far ahead the publishing sensor looks."
    )
    releases_kept_days: int = Field(
        0, ge=0, description="Days that numbers can be read as of an earlier release; 0: for good."
    )
    lake_catalog: str = Field(
        "lake",
        pattern="^[a-z][a-z0-9_]{0,40}$",
        description="PostgreSQL schema of the lake's catalog. A dry run of a replay works in a copy.",
    )
    lake_memory_mb: int = Field(600, ge=100, description="Memory limit of one warehouse connection, in MB.")
    build_memory_mb: int = Field(
        2400, ge=600, description="Memory limit of a build, of the audits and of merging files, in MB."
    )
    sql_memory_mb: int = Field(512, ge=64, description="Memory that a query people write may use, in MB.")
    sql_seconds: int = Field(20, ge=1, le=600, description="A query people write is stopped after this.")

    @model_validator(mode="after")
    def _fill_defaults(self) -> Self:
        """Resolve what depends on other settings: folders, and where the networks are."""
        self.home = self.home.expanduser().absolute()
        self.lake = self.lake or str(self.home / "lake")
        sandbox = f"http://127.0.0.1:{self.sandbox_port}"
        self.point_networks(sandbox if self.demo else None)
        if self.demo and not self.llm_base_url:
            self.llm_base_url = f"{sandbox}/llm/v1"
            self.llm_model = self.llm_model or "sandbox-writer"
            if not self.llm_api_key.get_secret_value():
                self.llm_api_key = SecretStr("sandbox")
        if self.demo and not self.oidc_issuer:
            self.oidc_issuer = f"{sandbox}/oidc"
            self.oidc_name = self.oidc_name or "Sandbox ID"
            self.oidc_client_id = "allin"
            self.oidc_client_secret = SecretStr("sandbox-oidc-secret")
        if self.demo and not self.smtp_url.get_secret_value() and not self.mailgun_domain:
            self.smtp_url = SecretStr(f"smtp://127.0.0.1:{self.sandbox_smtp_port}")
        self.public_url = (self.public_url or self.app_url).rstrip("/")
        return self

    @property
    def sandbox_url(self) -> str:
        """Base address of the sandbox."""
        return f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def app_url(self) -> str:
        """Address a browser on this machine opens."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - it is read, not bound
        return f"http://{host}:{self.app_port}"

    @property
    def dagster_url(self) -> str:
        """Address of Dagster's pages: on this machine only, for they have no sign-in."""
        return f"http://127.0.0.1:{self.dagster_port}"

    @property
    def dagster_home(self) -> Path:
        """Folder of Dagster's instance configuration and run logs."""
        return self.home / "dagster"


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
