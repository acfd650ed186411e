"""What each stand-in network gives to the whole: its routes, and how it fails in its own words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response
from starlette.types import Scope

from sandbox.services import Services


def _nobody(_services: Services, _path: str, _scope: Scope) -> str | None:
    return None


def _nothing(_services: Services, _account: str) -> dict[str, Any] | None:
    return None


@dataclass(frozen=True)
class StandIn:
    """One network. Its paths begin with ``/<key>``.

    `account_of` is the account a call is for, from its path (without the prefix) or its token.
    `access` is what connects an account at once, without the consent page, for tests and the demo.
    `handlers` answer the network's own exceptions.
    """

    key: str
    routers: tuple[APIRouter, ...]
    server_error: Callable[[], Response]
    too_many: Callable[[], Response]
    unauthorized: Callable[[], Response]
    account_of: Callable[[Services, str, Scope], str | None] = _nobody
    access: Callable[[Services, str], dict[str, Any] | None] = _nothing
    handlers: Mapping[type[Exception], Any] = field(default_factory=dict)
