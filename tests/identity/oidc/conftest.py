"""A browser between AllIN and the sandbox's OpenID provider."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest

from foundation.settings import Settings, get_settings
from identity import oidc
from identity.oidc import Arrived, InvitationSent, discovery, flow
from identity.principal import Origin
from tests.sandbox.server import Running, running


@dataclass(frozen=True)
class Sso:
    """What a browser does. `ip` is where it is, `paths` where each answer was sent to, by its state."""

    settings: Settings
    sandbox: Running
    ip: str | None = None
    paths: dict[str, str] = field(default_factory=dict)

    @property
    def _origin(self) -> Origin:
        return Origin(self.ip, "a browser")

    def begin(self, provider_id: UUID | None = None, next_path: str = "/") -> tuple[str, str]:
        """Leave for the provider: its address, and the cookie."""
        return oidc.begin(provider_id, next_path, self.settings, self._origin)

    def typed(self, url: str, email: str, name: str = "") -> dict[str, str]:
        """Say who one is on the provider's page; what the browser brings back."""
        answer = self.sandbox.client.post(url, data={"email": email, "name": name})
        assert answer.status_code == 303, answer.text
        target = urlsplit(answer.headers["location"])
        assert f"{target.scheme}://{target.netloc}" == self.settings.public_url
        query = dict(parse_qsl(target.query))
        self.paths[query["state"]] = target.path
        return query

    def finish(self, sealed: str | None, answer: dict[str, str]) -> Arrived | InvitationSent:
        """Come back, to where the provider sent this answer."""
        path = self.paths.get(answer["state"], flow.RETURN_PATH)
        return oidc.finish(sealed, answer, self._origin, self.settings, path=path)

    def sign_in(
        self, email: str, provider_id: UUID | None = None, *, name: str = ""
    ) -> Arrived | InvitationSent:
        """The whole way."""
        url, sealed = self.begin(provider_id)
        return self.finish(sealed, self.typed(url, email, name))

    def arm(self, mischief: str, **more: object) -> None:
        """What the provider does wrong next."""
        self.sandbox.client.post("/_sandbox/oidc", json={"next": mischief, **more}).raise_for_status()


def entered(outcome: Arrived | InvitationSent) -> tuple[UUID, UUID | None, UUID | None, str]:
    """Who may come in: the person, into which organization alone by which provider, and where to."""
    assert isinstance(outcome, Arrived)
    admitted = outcome.admitted
    assert admitted.needs_second_factor is None
    return admitted.person_id, admitted.organization_id, admitted.provider_id, outcome.next


@pytest.fixture(scope="package")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One provider for all; each test brings its own database."""
    with running(tmp_path_factory.mktemp("sandbox"), days=1) as found:
        yield found


@pytest.fixture
def sso(settings: Settings, sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> Sso:
    """A browser of a demo whose sandbox is the running one; nothing is known of any provider yet."""
    monkeypatch.setenv("ALLIN_SANDBOX_PORT", str(sandbox.client.base_url.port))
    get_settings.cache_clear()
    discovery._kept.clear()
    assert settings.demo
    return Sso(get_settings(), sandbox)


@pytest.fixture
def closed(sso: Sso, monkeypatch: pytest.MonkeyPatch) -> Sso:
    """The same where nobody may register."""
    monkeypatch.setenv("ALLIN_REGISTRATION", "closed")
    get_settings.cache_clear()
    return Sso(get_settings(), sso.sandbox)
