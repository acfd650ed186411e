"""One call to YouTube by a signed-in channel: its token, its scopes, its quota, its parameters."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any

from fastapi import Depends, Request

from sandbox import grants
from sandbox.model import Account
from sandbox.services import Services, services
from sandbox.youtube.errors import GoogleError, bad_request, unauthorized
from sandbox.youtube.oauth import NETWORK
from sandbox.youtube.quota import Quota

_SCOPE = "https://www.googleapis.com/auth/"
WRITE = ("youtube", "youtube.force-ssl")
COMMENT = ("youtube.force-ssl",)
UPLOAD = (*WRITE, "youtube.upload")
READ = (*WRITE, "youtube.readonly")
ANALYTICS = ("youtube", "youtube.readonly", "yt-analytics.readonly")
_ALWAYS = frozenset({"key", "fields", "alt", "prettyPrint", "quotaUser"})


class Call:
    """A call with a token that works; raises GoogleError 401 otherwise."""

    def __init__(self, request: Request, sandbox: Services) -> None:
        self.request, self.sandbox, self.query = request, sandbox, request.query_params
        self.now = sandbox.clock.now()
        grant = grants.check(sandbox, NETWORK, grants.bearer(request))
        if grant is None or grant.subject not in sandbox.timeline.accounts:
            raise unauthorized()
        self.grant = grant

    @property
    def account(self) -> Account:
        """The channel the token belongs to."""
        return self.sandbox.timeline.accounts[self.grant.subject]

    def needs(self, any_of: Collection[str]) -> None:
        """Raises GoogleError 403 without any of these scopes."""
        if not self.grant.scopes & {_SCOPE + name for name in any_of}:
            words = "Request had insufficient authentication scopes."
            raise GoogleError(403, "insufficientPermissions", words, "global")

    def spend(self, bucket: str, units: int = 1) -> None:
        """Spend quota; raises GoogleError 403 when it is used up."""
        quota_of(self.request).spend(bucket, units, self.now)

    def takes(self, *names: str) -> None:
        """Raises GoogleError 400 for a query parameter of another name."""
        unknown = sorted(set(self.query) - set(names) - _ALWAYS)
        if unknown:
            raise bad_request(f'Unknown name "{unknown[0]}": Cannot bind query parameter.')

    def parts(self, known: Collection[str]) -> list[str]:
        """The parts asked for; raises GoogleError 400."""
        parts = self.listed("part")
        if not parts:
            raise bad_request("No filter selected or part missing.", "missingRequiredParameter")
        for part in parts:
            if part not in known:
                raise bad_request(f"'{part}'", "unknownPart")
        return parts

    def listed(self, name: str) -> list[str]:
        """A parameter that can be repeated or hold commas."""
        return [item for value in self.query.getlist(name) for item in value.split(",") if item]

    def number(self, name: str, usual: int, low: int, high: int) -> int:
        """A parameter that is a number; raises GoogleError 400."""
        text = self.query.get(name, str(usual))
        if not text.isdecimal() or not low <= int(text) <= high:
            raise bad_request(f"Invalid value '{text}'. Values must be within the range: [{low}, {high}]")
        return int(text)

    async def body(self) -> dict[str, Any]:
        """The JSON body; raises GoogleError 400."""
        try:
            body = await self.request.json()
        except ValueError:
            raise bad_request("Parse Error", "parseError") from None
        if not isinstance(body, dict):
            raise bad_request("Parse Error", "parseError")
        return body


def quota_of(request: Request) -> Quota:
    """The quota's counters of this application."""
    found = getattr(request.app.state, "youtube_quota", None)
    if isinstance(found, Quota):
        return found
    made = request.app.state.youtube_quota = Quota()
    return made


async def call(request: Request, sandbox: Annotated[Services, Depends(services)]) -> Call:
    """The signed-in call."""
    return Call(request, sandbox)


Calling = Annotated[Call, Depends(call)]
