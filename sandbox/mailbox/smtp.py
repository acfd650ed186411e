"""The SMTP server (aiosmtpd), on the loop of the web server: both use the one store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.faults import FaultSpec
from sandbox.mailbox.letters import deliver
from sandbox.services import Services

LARGEST_BYTES = 10 * 2**20


class Inbox:
    """Takes every message to every address, unless a fault of the network "mail" says otherwise."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept a recipient."""
        fault = self._fault("RCPT", [address])
        if fault is not None:
            await asyncio.sleep(fault.delay_s)
            if fault.kind == "4xx":
                return "450 4.2.1 The mailbox is busy, try again later"
            if fault.kind == "5xx":
                return "550 5.1.1 There is no such mailbox"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Accept a message: it is kept when this answers."""
        fault = self._fault("DATA", envelope.rcpt_tos)
        kind = None
        if fault is not None:
            kind = fault.kind
            await asyncio.sleep(fault.delay_s)
        if kind == "4xx":
            return "451 4.3.0 Try again later"
        if kind == "5xx":
            return "554 5.7.1 The message was refused"
        if kind != "drop_before_accept":
            self._keep(envelope)
        if kind in ("accept_then_drop", "drop_before_accept"):
            await _cut(server)
        return "250 2.0.0 OK, kept"

    def _keep(self, envelope: Envelope) -> None:
        content = envelope.original_content or b""
        now = self._services.clock.now()
        deliver(self._services.store, envelope.mail_from or "", envelope.rcpt_tos, content, now)

    def _fault(self, step: str, recipients: list[str]) -> FaultSpec | None:
        faults = self._services.faults
        for fault_id, spec in faults.candidates("mail", "SMTP", f"/{step}"):
            if spec.endpoint == "" and step != "DATA":
                continue  # where none is named, it strikes once: at the end
            if spec.account is not None and spec.account not in recipients:
                continue
            if faults.strikes(fault_id, spec):
                return spec
        return None


async def _cut(server: SMTP) -> None:
    """Cut the connection without an answer; its end cancels what serves it."""
    cast(asyncio.Transport, server.transport).abort()
    await asyncio.Event().wait()


@asynccontextmanager
async def listening(services: Services) -> AsyncIterator[int]:
    """Listen while the block runs; gives the port, which the system chooses where 0 is set.

    Raises:
        OSError: the port is taken.
    """
    settings = services.settings
    inbox = Inbox(services)

    def connection() -> SMTP:
        return SMTP(inbox, hostname="sandbox.localhost", ident="AllIN sandbox", data_size_limit=LARGEST_BYTES)

    server = await asyncio.get_running_loop().create_server(connection, settings.host, settings.smtp_port)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
