"""SVG that does nothing but draw: rebuilt from a list of shapes and attributes that are known to be harmless.

A logo is shown to everyone of the organization and to its clients, so a file that runs scripts, asks another
host or takes long to draw must not become one. Element and attribute names are those of SVG 2
(https://www.w3.org/TR/SVG2/); `use`, filters, images and style sheets are left out on purpose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree as Xml

from identity.errors import InvalidError

NAMESPACE: Final = "http://www.w3.org/2000/svg"
_XLINK: Final = "{http://www.w3.org/1999/xlink}href"
MAX_DEPTH: Final = 50

_ELEMENTS: Final = """
svg g defs path rect circle ellipse line polyline polygon text tspan linearGradient radialGradient stop
clipPath mask
"""
_ATTRIBUTES: Final = """
id x y x1 y1 x2 y2 cx cy r rx ry fx fy dx dy width height d points pathLength transform viewBox
preserveAspectRatio offset gradientUnits gradientTransform spreadMethod clipPathUnits maskUnits
maskContentUnits fill fill-rule fill-opacity stroke stroke-width stroke-opacity stroke-linecap
stroke-linejoin stroke-miterlimit stroke-dasharray stroke-dashoffset opacity color stop-color
stop-opacity clip-path clip-rule mask display visibility font-family font-size font-weight font-style
text-anchor letter-spacing
"""
_DRAWN: Final = frozenset(_ELEMENTS.split())
_KEPT: Final = frozenset(_ATTRIBUTES.split())
_UNSEEN: Final = frozenset({"title", "desc", "metadata"})
_ELSEWHERE: Final = re.compile(r"url\s*\((?!\s*['\"]?#)|[\\@]", re.IGNORECASE)
_WITHIN: Final = re.compile(r"#[\w.:-]+")


def harmless(data: bytes) -> bytes:
    """The same drawing, written anew from what is allowed in it.

    Raises:
        InvalidError: it is no SVG, or draws with something that is not allowed.
    """
    try:
        text = data.decode("utf-8-sig")
        if "<!DOCTYPE" in text or "<!ENTITY" in text:  # entities could grow without end, or read files
            raise _refusal("a DOCTYPE")
        root = Xml.fromstring(text)  # noqa: S314 - without a DOCTYPE there are no entities to expand
    except (UnicodeDecodeError, Xml.ParseError, ValueError):
        raise InvalidError("This file is not a picture that can be read.", field="logo") from None
    if _local(root.tag) != "svg":
        raise InvalidError("This file is not a picture that can be read.", field="logo")
    drawing = _rebuilt(root, 1)
    drawing.set("xmlns", NAMESPACE)
    return Xml.tostring(drawing, encoding="unicode").encode()


def _rebuilt(element: Xml.Element, depth: int) -> Xml.Element:
    if depth > MAX_DEPTH:
        raise _refusal("too many nested groups")
    name = _local(element.tag)
    if name not in _DRAWN:
        raise _refusal(f"<{name}>")
    made = Xml.Element(name, dict(_attributes(element)))
    made.text, made.tail = element.text, element.tail
    for child in element:
        if (local := _local(child.tag)) is not None and local not in _UNSEEN:
            made.append(_rebuilt(child, depth + 1))
    return made


def _attributes(element: Xml.Element) -> Iterator[tuple[str, str]]:
    """What is allowed of the attributes; declarations of a `style` become attributes like the others."""
    for name, value in [*element.attrib.items(), *_declarations(element.get("style", ""))]:
        if name in ("href", _XLINK):
            if _WITHIN.fullmatch(value) is None:
                raise _refusal("a reference to something outside the file")
            yield "href", value
        elif name in _KEPT:
            if _ELSEWHERE.search(value):
                raise _refusal("a reference to something outside the file")
            yield name, value


def _declarations(style: str) -> Iterator[tuple[str, str]]:
    for declaration in style.split(";"):
        name, _, value = declaration.partition(":")
        yield name.strip(), value.strip()


def _local(tag: object) -> str | None:
    """The name of an SVG element; None for a comment or an element of another language."""
    if not isinstance(tag, str):
        return None
    namespace, _, name = tag.rpartition("}")
    return name if namespace in ("", f"{{{NAMESPACE}") else None


def _refusal(what: str) -> InvalidError:
    advice = "which a logo can't have. Save it as plain SVG, or as PNG."
    return InvalidError(f"This SVG contains {what[:60]}, {advice}", field="logo")
