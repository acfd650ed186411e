"""What a post will look like, roughly: who says it, the words, the link."""

from __future__ import annotations

from markupsafe import Markup

from app.views import networks, pictures
from app.views.html import markup
from identity.models import Brand
from platforms.message import Message


def card(brand: Brand, keys: list[str], message: Message) -> Markup:
    """A neutral card for the networks with these keys; they differ in looks, not in words."""
    return markup(
        '<div class="preview"><div class="head">{logo}<div><b>{brand}</b><div class="sub">{networks}</div>'
        '</div></div><p class="text">{text}</p>{link}</div>',
        logo=pictures.logo(brand.logo, brand.name) if brand.logo else "",
        brand=brand.name,
        networks=" · ".join(map(networks.label, keys)) or "no account chosen",
        text=message.text,
        link=markup('<div class="link">{link}</div>', link=message.link) if message.link else "",
    )
