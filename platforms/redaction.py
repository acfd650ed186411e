"""Tokens never reach a log, an error message or the warehouse: they are cut out here."""

from __future__ import annotations

import logging
import re
from urllib.parse import quote

CUT = "[redacted]"
MESSAGE_LIMIT = 300

# Names whose values are secret wherever they stand in a URL, a form or a JSON text.
_NAMED = re.compile(
    r"(?i)((?:access_|input_|refresh_|fb_exchange_|id_|upload_)token|upload_id|client_secret|appsecret_proof"
    r"|code_verifier)"
    r"(\"?\s*[=:]\s*\"?)([^\s&\"'<>,}]+)"
)
# Meta's tokens begin with EAA; its errors repeat a token that can't be parsed.
_SHAPED = re.compile(r"\bEAA[A-Za-z0-9]{10,}")


def cut(text: str, *secrets: str | None) -> str:
    """The text without the given secrets, also where they stand URL-encoded; the rest stays as it is."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, CUT).replace(quote(secret, safe=""), CUT)
    return text


def redact(text: str, *secrets: str | None) -> str:
    """The text without the given secrets, and without what looks or is named like one."""
    return _SHAPED.sub(CUT, _NAMED.sub(rf"\g<1>\g<2>{CUT}", cut(text, *secrets)))


def for_people(text: str, *secrets: str | None) -> str:
    """A network's own words, redacted, on one line and at most 300 characters long."""
    line = " ".join(redact(text, *secrets).split())
    return line if len(line) <= MESSAGE_LIMIT else line[: MESSAGE_LIMIT - 1] + "…"


class _RedactedRequests(logging.Filter):
    """Cuts secrets out of the URLs that the HTTP library logs."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), ()
        return True


def redact_request_logs() -> None:
    """Redact the HTTP library's request log; calling it again changes nothing."""
    logger = logging.getLogger("httpx2")
    if not any(isinstance(known, _RedactedRequests) for known in logger.filters):
        logger.addFilter(_RedactedRequests())
