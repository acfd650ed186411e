"""How a command is told which brand is meant."""

from __future__ import annotations

from uuid import UUID

import typer
from sqlalchemy import select

from app.cli.console import fail
from foundation.database import Tenant, worker_session
from identity.models import Brand, Organization

BRAND = typer.Option(..., help="Name or id of the brand.")
ONE_BRAND = typer.Option("", "--brand", help="Name or id of the brand; left out where there is only one.")
ORGANIZATION = typer.Option("", help="Name of the organization, where brands share a name.")


def brand_of(name: str, organization: str) -> tuple[Tenant, UUID]:
    """The one brand of this name or id, and its organization; without a name the only one there is.

    Raises:
        typer.Exit: there is none, or there are several; it was said.
    """
    query = (
        select(Brand.id, Brand.name, Brand.organization_id, Organization.name.label("organization"))
        .join(Organization, Organization.id == Brand.organization_id)
        .where(Organization.deleted_at.is_(None))
    )
    with worker_session() as session:
        rows = session.execute(query).all()
    wanted = name.casefold()
    found = [row for row in rows if wanted in ("", row.name.casefold(), str(row.id))]
    if organization:
        names = organization.casefold()
        found = [row for row in found if names in (row.organization.casefold(), str(row.organization_id))]
    if len(found) == 1:
        return Tenant(found[0].organization_id), found[0].id
    if found and not name:
        fail(f"say which brand: --brand {' | '.join(sorted({row.name for row in found}))}")
    elif found:
        owners = ", ".join(sorted(row.organization for row in found))
        fail(f"several organizations have a brand {name}: say --organization ({owners})")
    else:
        fail(f"there is no brand {name}" if name else "there is no brand yet")
    raise typer.Exit(1)
