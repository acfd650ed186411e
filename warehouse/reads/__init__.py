"""What people see: queries over the marts of one release, for one organization."""

from warehouse.reads.reader import PostOrder, Reader, change

__all__ = ["PostOrder", "Reader", "change"]
