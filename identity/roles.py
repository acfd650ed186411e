"""What a member of an organization may do."""

from __future__ import annotations

from enum import StrEnum


class MemberRole(StrEnum):
    """The role of a person in an organization, from the most to the least powerful."""

    OWNER = "OWNER"
    ADMIN = "ADMIN"
    EDITOR = "EDITOR"
    MEMBER = "MEMBER"
    VIEWER = "VIEWER"

    @property
    def may_compose(self) -> bool:
        """Whether the role writes, schedules and cancels posts; a viewer only looks."""
        return self is not MemberRole.VIEWER
