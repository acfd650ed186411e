"""The tasks a person's role on a page carries, and what is left when the role is lost."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox import objects
from sandbox.services import Services

ALL = ("ANALYZE", "CREATE_CONTENT", "MODERATE", "MANAGE")
_NEEDED = {
    "pages_manage_posts": "CREATE_CONTENT",
    "pages_manage_engagement": "MODERATE",
    "read_insights": "ANALYZE",
}


def tasks(services: Services, page_id: str) -> tuple[str, ...]:
    """The tasks; none when the person has no role on the page any more."""
    thing = objects.get(services, "facebook", "role", page_id)
    return tuple(thing.data["tasks"]) if thing else ALL


def change(services: Services, page_id: str, given: Sequence[str]) -> None:
    """Give the role these tasks; none takes the role away."""
    objects.put(services, "facebook", "role", page_id, page_id, {"tasks": list(given)})


def allows(services: Services, page_id: str, scope: str) -> bool:
    """Whether the role carries what a permission is about."""
    needed = _NEEDED.get(scope)
    return needed is None or needed in tasks(services, page_id)
