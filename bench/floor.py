"""The app with bare handlers beside it: no sign-in, no limits, no models; the query alone, in bare psycopg.

Run with ``python -m bench.floor``; the bare handlers are under ``/floor``, the product as ever.
"""

from __future__ import annotations

import json
import threading
from typing import Any
from uuid import UUID

import psycopg
from fastapi import FastAPI, Response
from psycopg.rows import dict_row
from starlette.routing import Mount

from app import server
from foundation import postgres
from foundation.database import libpq_dsn
from foundation.settings import get_settings

# What each route is about, as one would write it by hand. 51 rows: a page, and whether there is another.
QUERIES = {
    "me": """
        SELECT p.id, p.email, p.name, p.super_admin, p.totp_confirmed_at, p.created_at, m.role, m.limited,
          o.id AS organization_id, o.name AS organization
        FROM allin.people p JOIN allin.memberships m ON m.person_id = p.id
        JOIN allin.organizations o ON o.id = m.organization_id
        WHERE p.id = %(person)s AND m.organization_id = %(organization)s""",
    "organizations": """
        SELECT o.id, o.name, o.colour, o.created_at, m.role, m.limited
        FROM allin.memberships m JOIN allin.organizations o ON o.id = m.organization_id
        WHERE m.person_id = %(person)s AND o.deleted_at IS NULL ORDER BY o.name, o.id LIMIT 51""",
    "brands": """
        SELECT id, name, timezone, colour, accent_colour, voice, audience, created_at,
          logo IS NOT NULL AS has_logo
        FROM allin.brands WHERE organization_id = %(organization)s ORDER BY name, id LIMIT 51""",
    "members": """
        SELECT p.id, p.email, p.name, m.role, m.limited, m.created_at, p.totp_confirmed_at,
          array(SELECT brand_id FROM allin.membership_brands b
                WHERE b.person_id = p.id AND b.organization_id = m.organization_id) AS brands
        FROM allin.memberships m JOIN allin.people p ON p.id = m.person_id
        WHERE m.organization_id = %(organization)s ORDER BY p.email, p.id LIMIT 51""",
    "audit": """
        SELECT id, at, person_id, actor, action, target_type, target_id, target, ip, user_agent, before, after
        FROM allin.audit_events WHERE organization_id = %(organization)s ORDER BY id DESC LIMIT 51""",
}

_own = threading.local()
floor = FastAPI(openapi_url=None)


def _connection() -> psycopg.Connection[dict[str, Any]]:
    """One for each thread, kept: the cheapest there is."""
    if not hasattr(_own, "connection"):
        dsn = libpq_dsn(postgres.database_url(get_settings()))
        _own.connection = psycopg.connect(dsn, autocommit=True, row_factory=dict_row)
    connection: psycopg.Connection[dict[str, Any]] = _own.connection
    return connection


@floor.get("/{name}/{organization}/{person}")
def bare(name: str, organization: UUID, person: UUID) -> Response:
    """The rows as JSON."""
    values = {"organization": organization, "person": person}
    rows = _connection().execute(QUERIES[name].encode(), values).fetchall()
    return Response(json.dumps(rows, default=str), media_type="application/json")


if __name__ == "__main__":
    server.serve(server.build(extra=[Mount("/floor", floor)]))
