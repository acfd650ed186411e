"""The brands of an organization: its clients, each with a persona for its posts and reports."""

from __future__ import annotations

import unicodedata
import zoneinfo
from collections.abc import Callable, Mapping
from typing import Any, Final, TypedDict, Unpack
from uuid import UUID, uuid4

from sqlalchemy import select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, defer

from identity import changes, inputs
from identity.audit import Action, Target, record
from identity.colours import colour
from identity.errors import ConflictError, InvalidError, NotFoundError
from identity.logos import generated_logo, logo
from identity.models import Brand
from identity.paging import DEFAULT_LIMIT, Page, after, one_more, page
from identity.permissions import Permission, require
from identity.work import Work

MAX_TEXT: Final = 2000  # characters, of voice and audience each
DEFAULT_COLOUR: Final = "#2456e6"
_UNFIT: Final = ("Cc", "Cs")  # Unicode's control characters and halves of characters


class Persona(TypedDict, total=False):
    """How a brand looks and speaks. Colours are #rrggbb; None takes the accent colour or the logo away."""

    colour: str
    accent_colour: str | None
    logo: bytes | None
    voice: str
    audience: str


class BrandFields(Persona, total=False):
    """Everything that can be changed of a brand; `timezone` is an IANA name. What is left out stays."""

    name: str
    timezone: str


def brands(session: Session) -> list[Brand]:
    """The brands the session's organization sees, by name."""
    return list(session.scalars(select(Brand).order_by(Brand.name, Brand.id)))


def listed(work: Work, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> Page[Brand]:
    """The brands that the caller sees, by name, without their logos.

    Raises:
        ForbiddenError: the caller's role or key may not read brands.
        InvalidError: the limit or the cursor can't be used.
    """
    require(work.principal, Permission.BRANDS_READ)
    query = select(Brand).options(defer(Brand.logo)).order_by(Brand.name, Brand.id).limit(one_more(limit))
    if place := after(cursor, str, UUID):
        query = query.where(tuple_(Brand.name, Brand.id) > place)
    rows = work.session.scalars(query).all()
    return page(rows, limit, lambda row: row, lambda row: [row.name, row.id])


def get(work: Work, brand_id: UUID) -> Brand:
    """One brand.

    Raises:
        ForbiddenError: the caller's role or key may not read brands.
        NotFoundError: there is none that the caller may see.
    """
    require(work.principal, Permission.BRANDS_READ)
    return _find(work, brand_id)


def create(work: Work, name: str, timezone: str, **persona: Unpack[Persona]) -> UUID:
    """A new brand; without a logo it gets a plain generated mark. Returns its id.

    Raises:
        ForbiddenError: the caller may not.
        InvalidError: an input can't be used.
        ConflictError: the organization has a brand of that name.
    """
    require(work.principal, Permission.BRANDS_CREATE)
    values = _checked({"colour": DEFAULT_COLOUR, "name": name, "timezone": timezone, **persona})
    brand = Brand(id=uuid4(), organization_id=work.principal.organization_id)
    _, after = changes.apply(brand, values)
    brand.logo = brand.logo or generated_logo(brand.name, brand.colour)
    work.session.add(brand)
    _flush(work.session, brand.name)
    record(work, Action.CREATED, _target(brand), after=after)
    return brand.id


def update(work: Work, brand_id: UUID, **fields: Unpack[BrandFields]) -> None:
    """Change what is given of a brand.

    Raises:
        ForbiddenError: the caller may not.
        InvalidError: an input can't be used.
        NotFoundError: there is no such brand that the caller may see.
        ConflictError: the organization has another brand of that name.
    """
    require(work.principal, Permission.BRANDS_UPDATE)
    brand = _find(work, brand_id, lock=True)
    require(work.principal, Permission.BRANDS_UPDATE, brand.id)
    before, after = changes.apply(brand, _checked(fields))
    if after:
        _flush(work.session, brand.name)
        record(work, Action.UPDATED, _target(brand), before=before, after=after)


def delete(work: Work, brand_id: UUID) -> None:
    """Delete a brand that nothing hangs on.

    Raises:
        ForbiddenError: the caller may not.
        NotFoundError: there is no such brand.
        ConflictError: it has accounts or posts.
    """
    require(work.principal, Permission.BRANDS_DELETE)
    brand = _find(work, brand_id, lock=True)
    target, before = _target(brand), {"timezone": brand.timezone}
    work.session.delete(brand)
    try:
        work.session.flush()
    except IntegrityError:
        raise ConflictError(f"{target.name} has accounts or posts, so it can't be deleted.") from None
    record(work, Action.DELETED, target, before=before)


def _find(work: Work, brand_id: UUID, *, lock: bool = False) -> Brand:
    query = select(Brand).where(Brand.id == brand_id)
    brand = work.session.scalar(query.with_for_update() if lock else query)
    if brand is None:
        raise NotFoundError("There is no such brand.")
    return brand


def _flush(session: Session, name: str) -> None:
    """Write the brand; the one thing that can be in the way is another brand's name."""
    try:
        session.flush()
    except IntegrityError:
        raise ConflictError(f"There is a brand named {name} already.", field="name") from None


def _target(brand: Brand) -> Target:
    return Target("brand", brand.id, brand.name)


def _timezone(value: str) -> str:
    if value not in zoneinfo.available_timezones():
        raise InvalidError("Choose a time zone by its name, such as Europe/Berlin.", field="timezone")
    return value


def _words(field: str) -> Callable[[str], str]:
    """A check of a text of several lines."""

    def check(value: str) -> str:
        text = value.strip()
        if len(text) > MAX_TEXT:
            raise InvalidError(f"Use at most {MAX_TEXT:,} characters.", field=field)
        if any(unicodedata.category(letter) in _UNFIT and letter not in "\n\r\t" for letter in text):
            raise InvalidError("The text has characters that can't be stored.", field=field)
        return text

    return check


_CHECKS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "name": lambda value: inputs.name(value, "name"),
    "timezone": _timezone,
    "colour": colour,
    "accent_colour": lambda value: None if value is None else colour(value, "accent_colour"),
    "logo": lambda value: None if value is None else logo(value),
    "voice": _words("voice"),
    "audience": _words("audience"),
}


def _checked(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {field: _CHECKS[field](value) for field, value in fields.items()}
