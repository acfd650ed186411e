"""What a post will look like, roughly: who says it, the words, the link."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from markupsafe import Markup

from app.views import networks, pictures, thumbnails
from app.views.html import markup
from identity.models import Brand
from publishing.content import Content


def card(brand: Brand, keys: Iterable[str], said: Content, organization_id: UUID) -> Markup:
    """A neutral card for the networks with these keys; they differ in looks, not in words."""
    return markup(
        '<div class="preview"><div class="head">{logo}<div><b>{brand}</b><div class="sub">{networks}</div>'
        '</div></div><p class="text">{text}</p>{files}{link}</div>',
        logo=pictures.logo(brand.logo, brand.name) if brand.logo else "",
        brand=brand.name,
        networks=" · ".join(map(networks.label, dict.fromkeys(keys))) or "no account chosen",
        text=said.text,
        files=thumbnails.row(organization_id, said.media) if said.media else "",
        link=markup('<div class="link">{link}</div>', link=said.link) if said.link else "",
    )
