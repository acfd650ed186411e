"""``Idempotency-Key``: a POST that is sent again with the same key is done once, and answered the same.

Within a transaction (`within`) the key is claimed, the work done and the answer kept in that one transaction:
after a crash all of it is there or nothing is, and a second request that comes meanwhile waits at the claim
and gets the first one's answer. Work that has transactions of its own (`around`: signing in) is done at most
once: its key is claimed before and the answer kept after. A crash between leaves a claim without an answer,
and who asks again is told to look. A refusal frees the key.

Answers are kept for 24 hours, encrypted, for they may hold tokens; of a request only an HMAC is kept. Header:
draft-ietf-httpapi-idempotency-key-header-07.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from app.api.problems import Kind, Refused
from foundation import keyring
from foundation.database import door_session
from foundation.settings import Settings
from identity.errors import IdentityError

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
KEPT_S: Final = 24 * 3600
CLEANED_EVERY_S: Final = 3600  # by each process
PATIENCE_S: Final = 5.0  # for the answer to a request that is under way
LOOK_EVERY_S: Final = 0.05
CONTEXT: Final = "idempotency"

REUSED: Final = "This key came with another request before. Use a new key for a new request."
LOST: Final = "Look up whether it was done; to do it anew, send it with a new Idempotency-Key."
BAD_KEY: Final = "Write the Idempotency-Key as 1 to 255 visible ASCII characters."
_KEY: Final = re.compile(r"[!-~]{1,255}")

_TAKE = text(
    """
    INSERT INTO idempotency_keys AS kept (caller, key, fingerprint) VALUES (:caller, :key, :fingerprint)
    ON CONFLICT (caller, key) DO UPDATE
      SET fingerprint = excluded.fingerprint, status = NULL, answer = NULL, created_at = now()
      WHERE kept.created_at < now() - make_interval(secs => :kept)
    RETURNING key
    """
)
_READ = text("SELECT fingerprint, status, answer FROM idempotency_keys WHERE caller = :caller AND key = :key")
_KEEP = text(
    "UPDATE idempotency_keys SET status = :status, answer = :answer WHERE caller = :caller AND key = :key"
)
_FREE = text("DELETE FROM idempotency_keys WHERE caller = :caller AND key = :key AND answer IS NULL")
_CLEAN = text("DELETE FROM idempotency_keys WHERE created_at < now() - make_interval(secs => :kept)")
_BIND = text("SELECT set_config('allin.caller', :caller, true)")


@dataclass(frozen=True)
class Claim:
    """A caller's key for one request; `request` is what has to be the same when it comes again."""

    caller: str
    key: str
    request: bytes = field(repr=False)
    settings: Settings

    @property
    def row(self) -> dict[str, str]:
        """The key of the row that stands for it."""
        return {"caller": self.caller, "key": self.key}


def claim_of(request: Request, caller: str, place: UUID | None, settings: Settings) -> Claim | None:
    """The claim that a request makes, if it is a POST that brings a key; its body is in `request.state.body`.

    `place` is the organization it works in: in another it is another request.

    Raises:
        Refused: the key is none.
    """
    key = request.headers.get(HEADER)
    if key is None or request.method != "POST":
        return None
    if _KEY.fullmatch(key) is None:
        raise Refused(Kind.INVALID, BAD_KEY)
    clean_now_and_then(settings)
    line = f"{request.method} {request.url.path}?{request.url.query} {place or ''}\n".encode()
    return Claim(caller, key, line + request.state.body, settings)


def within(session: Session, claim: Claim, do: Callable[[], Response]) -> Response:
    """Do the work in the session's transaction, unless it was done before.

    Raises:
        Refused: the key was used for another request, or its answer was lost.
    """
    session.execute(_BIND, {"caller": claim.caller})
    if not _taken(session, claim):
        return _answered(session, claim) or _lost()
    response = do()
    _keep(session, claim, response)
    return response


def around(claim: Claim, do: Callable[[], Response]) -> Response:
    """Do work that has transactions of its own, unless it was done before.

    Raises:
        Refused: the key was used for another request, or its answer was lost.
    """
    with door_session(claim.settings) as session:
        is_ours = _taken(session, claim)
    if not is_ours:
        return _awaited(claim)
    try:
        response = do()
    except IdentityError:
        with door_session(claim.settings) as session:
            session.execute(_FREE, claim.row)
        raise
    with door_session(claim.settings) as session:
        _keep(session, claim, response)
    return response


class _Cleaning:
    """When this process last removed what is over."""

    at = time.monotonic()


def clean_now_and_then(settings: Settings) -> None:
    """Remove what is no longer replayed, at most once an hour."""
    if time.monotonic() - _Cleaning.at > CLEANED_EVERY_S:
        _Cleaning.at = time.monotonic()
        with door_session(settings) as session:
            session.execute(_CLEAN, {"kept": KEPT_S})


def _taken(session: Session, claim: Claim) -> bool:
    """Claim the key; waits for a transaction that is about to."""
    fingerprint = keyring.load(claim.settings).mac(claim.request, CONTEXT)
    values = {**claim.row, "fingerprint": fingerprint, "kept": KEPT_S}
    return session.execute(_TAKE, values).one_or_none() is not None


def _answered(session: Session, claim: Claim) -> Response | None:
    """The answer that was given before; None when there is none (yet)."""
    row = session.execute(_READ, claim.row).one_or_none()
    if row is None:
        return None
    ring = keyring.load(claim.settings)
    if not ring.is_mac(bytes(row.fingerprint), claim.request, CONTEXT):
        raise Refused(Kind.KEY_REUSED, REUSED)
    if row.answer is None:
        return None
    kept: dict[str, Any] = json.loads(ring.decrypt(row.answer, _context(claim)))
    headers = {REPLAYED: "true"}
    return Response(base64.b64decode(kept["body"]), row.status, headers, kept["media_type"])


def _awaited(claim: Claim) -> Response:
    """The answer to the same request that is under way; it is looked for until patience ends."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        with door_session(claim.settings) as session:
            found = _answered(session, claim)
        if found is not None:
            return found
        if time.monotonic() > deadline:
            _lost()
        time.sleep(LOOK_EVERY_S)


def _lost() -> NoReturn:
    raise Refused(Kind.ANSWER_LOST, LOST)


def _keep(session: Session, claim: Claim, response: Response) -> None:
    kept = {"media_type": response.media_type, "body": base64.b64encode(response.body).decode()}
    sealed = keyring.load(claim.settings).encrypt(json.dumps(kept), _context(claim))
    session.execute(_KEEP, {**claim.row, "status": response.status_code, "answer": sealed})


def _context(claim: Claim) -> str:
    return f"{CONTEXT}:{claim.caller}:{claim.key}"
