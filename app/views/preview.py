"""What a post will look like, roughly: who says it, the words, the link."""

from __future__ import annotations

from base64 import b64encode

from markupsafe import Markup

from app.views import networks
from app.views.html import markup
from identity.models import Brand
from platforms.contract import Message


def card(brand: Brand, keys: list[str], message: Message) -> Markup:
    """A neutral card for the networks with these keys; they differ in looks, not in words."""
    return markup(
        '<div class="preview"><div class="head">{logo}<div><b>{brand}</b><div class="sub">{networks}</div>'
        '</div></div><p class="text">{text}</p>{link}</div>',
        logo=_logo(brand),
        brand=brand.name,
        networks=" · ".join(map(networks.label, keys)) or "no account chosen",
        text=message.text,
        link=markup('<div class="link">{link}</div>', link=message.link) if message.link else "",
    )


def _logo(brand: Brand) -> Markup:
    if not brand.logo:
        return Markup("")
    kind = "png" if brand.logo.startswith(b"\x89PNG") else "svg+xml"
    return markup(
        '<img alt="" src="data:image/{kind};base64,{data}">', kind=kind, data=b64encode(brand.logo).decode()
    )
