"""LinkedIn's versioned calls: the two headers each needs, and Rest.li's way of writing parameters.

Source: Microsoft Learn "Versioning" and "Protocol version 2.0": what stands inside ``List(…)`` or ``(a:b)``
is percent-encoded, the brackets, colons and commas of the structure are not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote

from platforms.contract import Account, Answer, Entity
from platforms.errors import NetworkError
from platforms.http import Accepts, Api, Reply
from platforms.redaction import cut

FINDER = {"X-RestLi-Method": "FINDER"}


def encoded(value: str) -> str:
    """A value as Rest.li wants it in a path or a parameter: an URN's colons as %3A."""
    return quote(value, safe="")


def urns(values: Iterable[str]) -> str:
    """A Rest.li list of URNs."""
    return f"List({','.join(map(encoded, values))})"


def with_query(path: str, query: Mapping[str, str]) -> str:
    """A path with parameters whose values are written as Rest.li wants them already."""
    return f"{path}?{'&'.join(f'{name}={value}' for name, value in query.items())}" if query else path


class Rest:
    """LinkedIn's API under one version, ``YYYYMM``."""

    def __init__(self, api: Api, version: str) -> None:
        self.api = api
        self._headers = {"Linkedin-Version": version, "X-Restli-Protocol-Version": "2.0.0"}

    def read(
        self,
        account: Account,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        tolerated: Callable[[NetworkError], bool] | None = None,
    ) -> Reply:
        """GET for an account; raises what `Api.read` raises."""
        return self.api.read(
            with_query(path, query or {}),
            token=account.credentials.access_token,
            headers={**self._headers, **(headers or {})},
            tolerated=tolerated,
        )

    def prepare(
        self, account: Account, path: str, body: Mapping[str, Any], *, accepts: Accepts | None = None
    ) -> Reply:
        """POST what publishes nothing; raises what `Api.upload` raises."""
        token = account.credentials.access_token
        return self.api.upload(path, token=token, json_body=body, headers=self._headers, accepts=accepts)

    def publish(self, account: Account, path: str, body: Mapping[str, Any], *, accepts: Accepts) -> Reply:
        """POST what publishes, once; raises what `Api.write` raises."""
        token = account.credentials.access_token
        return self.api.write(path, token=token, json_body=body, headers=self._headers, accepts=accepts)


def as_answer(
    account: Account,
    entity: Entity,
    path: str,
    query: Mapping[str, str],
    reply: Reply,
    cursor: str | None = None,
    **more: Any,
) -> Answer:
    """An answer as it is kept, without tokens."""
    return Answer(
        entity,
        {"path": path, "params": dict(query), **more},
        reply.requested_at,
        reply.status,
        cut(reply.body, account.credentials.access_token),
        cursor,
    )
