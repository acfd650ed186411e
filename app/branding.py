"""Changing a brand, as pages and API do it: what is planned on its clock follows a new one."""

from __future__ import annotations

from typing import Unpack
from uuid import UUID

from identity import brands
from identity.brands import BrandFields
from identity.work import Work
from publishing.scheduling.rezoning import follow_zone
from publishing.scheduling.walltime import zone_of


def update(work: Work, brand_id: UUID, **fields: Unpack[BrandFields]) -> None:
    """Change what is given of a brand. With another zone, queues and recurrences keep their times of day.

    Raises:
        ForbiddenError, InvalidError, NotFoundError, ConflictError: see `identity.brands.update`.
        NotAllowedError: something is planned, and the caller sees only single accounts.
    """
    before = brands.get(work, brand_id).timezone if "timezone" in fields else None
    brands.update(work, brand_id, **fields)
    if before is not None and before != fields.get("timezone"):
        follow_zone(work.session, brand_id, zone_of(before))
