"""What a webhook is sent of a happening: Standard Webhooks' `type`, `timestamp` and `data`."""

from __future__ import annotations

import json
from datetime import UTC

from foundation.settings import Settings
from publishing.telling import words
from publishing.telling.facts import Facts


def of(facts: Facts, settings: Settings) -> str:
    """The body, as JSON: ids, names and reasons, and where to look in AllIN. Times are ISO 8601, UTC."""
    ids = {
        name: None if value is None else str(value)
        for name, value in (
            ("organization_id", facts.organization_id),
            ("brand_id", facts.brand_id),
            ("post_id", facts.post_id),
            ("publication_id", facts.publication_id),
            ("account_id", facts.account_id),
        )
    }
    data = {
        **ids,
        "brand": facts.brand,
        "account": facts.account,
        "network": facts.network,
        "due_at": None if facts.due_at is None else facts.due_at.astimezone(UTC).isoformat(),
        "problem": facts.details.get("problem"),
        "advice": facts.details.get("advice"),
        "permalink": facts.details.get("permalink"),
        "app_url": settings.public_url + words.link(facts),
    }
    document = {
        "type": facts.kind.value,
        "timestamp": facts.happened_at.astimezone(UTC).isoformat(),
        "data": data,
    }
    return json.dumps(document, ensure_ascii=False)
