"""Delivering: each message is sent until its receiver says it has it, at least once and with one id."""

from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta
from typing import Final

import httpx2

from foundation import keyring
from foundation.database import utc_now, worker_session
from foundation.keyring import KeyRingError
from foundation.outgoing import AddressRefusedError, AnswerTooLargeError, guarded_client
from foundation.settings import Settings
from publishing.telling import queue, signing
from publishing.telling.listening import DATABASE_ERRORS, keep_doing
from publishing.telling.models import DeliveryState
from publishing.telling.queue import Claim, Outcome
from publishing.telling.teller import DELIVERIES_CHANNEL
from publishing.telling.webhooks import allowed_origins, context

TIMEOUT_S: Final = 10.0
KEPT: Final = 1000  # characters of an answer
MAX_BYTES: Final = 64 * 1024  # read of an answer, with its headers
GONE: Final = 410
SWITCHED_OFF: Final = "The receiver says that this address is gone for good, so the webhook was disabled."

log = logging.getLogger(__name__)


class Deliverer:
    """Sends what is due, one after the other. Any number of them may run."""

    def __init__(self, settings: Settings, stop: threading.Event) -> None:
        self._settings, self._stop = settings, stop
        self._client = guarded_client(
            allow=allowed_origins(settings), max_bytes=MAX_BYTES, timeout_s=TIMEOUT_S
        )

    def run(self) -> None:
        """Deliver until told to stop; a database that is away is waited for."""
        with self._client:
            keep_doing(self.deliver_next, DELIVERIES_CHANNEL, self._settings, self._stop)

    def deliver_next(self) -> bool:
        """Try the delivery that has been due for longest; False when there is none."""
        with worker_session(self._settings) as session:
            claim = queue.take(session)
        if claim is None:
            return False
        self._settle(claim, self._outcome(claim))
        return True

    def _outcome(self, claim: Claim) -> Outcome:
        try:
            secret = keyring.load(self._settings).decrypt(claim.sealed_secret, context(claim.webhook_id))
            return self._send(claim, secret)
        except AnswerTooLargeError:
            return queue.again(claim, _unsaid("The answer was too large to read."))
        except AddressRefusedError as error:
            return queue.again(claim, _unsaid(f"Nothing was sent: {error}."))
        except httpx2.TimeoutException:
            return queue.again(claim, _unsaid(f"No answer within {TIMEOUT_S:.0f} seconds.", silent=True))
        except httpx2.TransportError as error:
            said = f"The receiver could not be reached ({type(error).__name__})."
            return queue.again(claim, _unsaid(said, silent=True))
        except KeyRingError:
            said = "Nothing was sent: the webhook's secret can't be opened. Make the webhook anew."
            return queue.again(claim, _unsaid(said))
        except Exception as error:  # noqa: BLE001 - one odd delivery must not hold up the others
            log.error("delivery %s: %s", claim.id, type(error).__name__)
            return queue.again(claim, _unsaid(f"It could not be sent from here ({type(error).__name__})."))

    def _send(self, claim: Claim, secret: str) -> Outcome:
        signed = signing.headers(secret, claim.message_id, utc_now(), claim.body)
        answer = self._client.post(
            claim.url,
            content=claim.body.encode(),
            headers={"content-type": "application/json", **signed},
        )
        said = Outcome(DeliveryState.DELIVERED, answer.status_code, _readable(answer.text))
        if answer.is_success:
            return said
        if answer.status_code == GONE:
            return Outcome(DeliveryState.FAILED, GONE, said.answer)
        return queue.again(claim, said, _retry_after(answer))

    def _settle(self, claim: Claim, outcome: Outcome) -> None:
        """Write the outcome down. Where that fails, the lease runs out and it is sent once more."""
        for last in (False, False, True):
            try:
                with worker_session(self._settings) as session:
                    queue.settle(session, claim, outcome)
                    if outcome.status == GONE:
                        queue.switch_off(session, claim.webhook_id, SWITCHED_OFF)
            except DATABASE_ERRORS:
                if last or self._stop.is_set():
                    raise
                time.sleep(1.0)
            else:
                log.info("delivery %s: %s %s", claim.id, outcome.state, outcome.status or outcome.answer)
                return


def _unsaid(why: str, *, silent: bool = False) -> Outcome:
    """There is no answer to keep, but a reason."""
    return Outcome(DeliveryState.WAITING, None, why, silent=silent)


def _readable(answer: str) -> str:
    """The beginning of an answer as PostgreSQL can keep it."""
    return "".join(sign for sign in answer[:KEPT] if sign.isprintable() or sign in "\n\t")


def _retry_after(answer: httpx2.Response) -> timedelta | None:
    """The wait in seconds that ``Retry-After`` asks for (RFC 9110 10.2.3); an HTTP date counts as none."""
    value = answer.headers.get("retry-after", "").strip()
    return timedelta(seconds=int(value)) if value.isascii() and value.isdigit() and len(value) < 7 else None
