"""A step of a workflow: who is asked, and whether one of them is enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from identity.permissions import Role


class Needs(StrEnum):
    """Whose approval ends a step."""

    ANY = "any"
    ALL = "all"


@dataclass(frozen=True)
class Step:
    """People by name, or a role, or the client at an address, who gets a link.

    `remind_after_hours` is how long nobody is asked again; 0 is never again.
    """

    name: str
    person_ids: tuple[UUID, ...] = ()
    role: Role | None = None
    client_email: str | None = None
    needs: Needs = Needs.ANY
    remind_after_hours: int = 24

    @property
    def of_client(self) -> bool:
        """Whether it is the client who decides."""
        return self.client_email is not None or self.role is Role.CLIENT

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """A step as a round or the workflow's table holds it."""
        return cls(
            name=stored["name"],
            person_ids=tuple(UUID(str(one)) for one in stored["person_ids"]),
            role=Role(stored["role"]) if stored["role"] else None,
            client_email=stored["client_email"],
            needs=Needs(stored["needs"]),
            remind_after_hours=stored["remind_after_hours"],
        )
