"""A network of numbered pages that fails on demand: what ingest meets, without a server."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from platforms.capabilities import Capabilities
from platforms.contract import Account, Answer, Connector, Entity, Network, Publisher
from platforms.errors import NetworkError


@dataclass
class FakeCollector:
    """Serves `bodies`, text as it is; raises `failure` at page `fail_at`, once or `always`, or if `down`."""

    bodies: Sequence[dict[str, Any] | str]
    fail_at: int | None = None
    failure: Exception = field(default_factory=lambda: NetworkError("the page did not come"))
    always: bool = False
    down: bool = False
    entities: tuple[Entity, ...] = tuple(Entity)
    asked: list[tuple[datetime | None, str | None]] = field(default_factory=list)
    served: list[int] = field(default_factory=list)

    def collect(
        self, account: Account, entity: Entity, since: datetime | None, until: datetime, cursor: str | None
    ) -> Iterator[Answer]:
        """Pages from the cursor (a page's number) on."""
        if self.down:
            raise self.failure
        self.asked.append((since, cursor))
        for page in range(int(cursor or 0), len(self.bodies)):
            if page == self.fail_at:
                self.fail_at = page if self.always else None
                raise self.failure
            self.served.append(page)
            following = str(page + 1) if page + 1 < len(self.bodies) else None
            request = {"path": f"/{account.external_id}/{entity}", "params": {"page": page}}
            body = self.bodies[page]
            text = body if isinstance(body, str) else json.dumps(body)
            yield Answer(entity, request, until, 200, text, following)


def network(collector: FakeCollector) -> Network:
    """The collector as a network; nothing here connects or publishes."""
    nothing = cast("Any", None)
    return Network(
        "facebook",
        "Facebook",
        Capabilities((), {}, (), "characters", False, ""),
        cast(Connector, nothing),
        cast(Publisher, nothing),
        collector,
    )
