"""The audit trail as a file for a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC
from typing import Any, Final
from uuid import UUID

from app.settings.sentences import sentence
from identity import trail
from identity.audit import Action
from identity.errors import ForbiddenError
from identity.paging import MAX_LIMIT
from identity.permissions import Permission
from identity.principal import Principal
from identity.sessions import signed_in
from identity.trail import Event
from identity.work import working

MOST: Final = 10_000  # lines
HEAD: Final = (
    "time_utc", "who", "what", "action", "target_type", "target_id", "target",
    "address", "program", "before", "after",
)  # fmt: skip
# A spreadsheet takes a text that begins like this for a formula
# (https://owasp.org/www-community/attacks/CSV_Injection).
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def written(token: str | None, action: Action | None, person_id: UUID | None) -> bytes:
    """The newest lines that pass the filters, UTF-8 with its mark so that spreadsheets know it.

    `token` is of the browser that asks: it is asked anew who that is when the file is made.

    Raises:
        ForbiddenError: they may not read the trail (any more).
    """
    caller = signed_in(token)
    if not isinstance(caller, Principal):
        raise ForbiddenError
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(HEAD)
    writer.writerows(_row(event) for event in _events(caller, action, person_id))
    return file.getvalue().encode("utf-8-sig")


def _events(caller: Principal, action: Action | None, person_id: UUID | None) -> Iterator[Event]:
    cursor: str | None = None
    with working(caller, needs=Permission.AUDIT_READ) as work:
        for _ in range(MOST // MAX_LIMIT):
            page = trail.events(work, limit=MAX_LIMIT, cursor=cursor, action=action, person_id=person_id)
            yield from page.items
            cursor = page.next_cursor
            if cursor is None:
                return


def _row(event: Event) -> list[str]:
    who, deed = sentence(event)
    values = (
        event.at.astimezone(UTC).isoformat(), who, deed, event.action, event.target_type, event.target_id,
        event.target, event.ip, event.user_agent, _json(event.before), _json(event.after),
    )  # fmt: skip
    return [_plain(value or "") for value in values]


def _json(values: dict[str, Any] | None) -> str:
    return "" if values is None else json.dumps(values, ensure_ascii=False, sort_keys=True)


def _plain(value: str) -> str:
    return f"'{value}" if value.startswith(FORMULA) else value
