"""From template and values to subject, text and HTML. What people wrote stays text, and becomes no link."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from foundation.colour import text_on
from mail.message import Email, Value

TEMPLATES = Path(__file__).parent / "templates"
LONGEST_SUBJECT = 200

# They turn the text after them around, and with it what it seems to say.
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Where mail programs see a web address and make a link of it.
_LINK_JOINT = re.compile(r"(?<=\S)[./](?=\S)")
_NO_LINK = "\u200c"  # takes no room on the screen


@dataclass(frozen=True)
class Rendered:
    """The parts of a message, ready to send."""

    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)


def render(email: Email) -> Rendered:
    """Fill the e-mail's templates; the subject is the first line of the text.

    Raises:
        jinja2.TemplateNotFound: there is no such template.
        jinja2.UndefinedError: a value it needs is missing; names it.
        ValueError: a link is not http or https.
    """
    filling = {name: _filling(name, value) for name, value in email.values.items()}
    look = email.look
    filling |= {"sender": _words(look.name), "colour": look.colour, "ink": text_on(look.colour)}
    subject, _, text = _template(f"{email.template}.txt").render(filling).partition("\n")
    subject = _shortened(" ".join(subject.split()))
    html = _template(f"{email.template}.html").render(filling, subject=subject)
    return Rendered(subject, text.strip() + "\n", html)


def _template(name: str) -> Template:
    return _environment().get_template(name)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _filling(name: str, value: Value) -> Value:
    if not isinstance(value, str):
        return [{inner: _safe(inner, one) for inner, one in part.items()} for part in value]
    return _safe(name, value)


def _safe(name: str, value: str) -> str:
    return _link(value) if name.startswith("link") else _words(value)


def _link(value: str) -> str:
    if not value.startswith(("http://", "https://")) or not value.isprintable() or " " in value:
        raise ValueError("a link in an e-mail must be an http or https address")
    return value


def _words(value: str) -> str:
    """One line of what people wrote, without control characters, and with nothing to click on.

    A name is anybody's to choose, and is sent to addresses that are not theirs.
    """
    line = " ".join(value.encode("utf-8", "replace").decode().split())
    line = "".join(sign for sign in line if unicodedata.category(sign) != "Cc")
    return " ".join(map(_unlinked, _TURNING.sub("", line).split()))


def _unlinked(word: str) -> str:
    if "@" in word and "/" not in word:
        return word  # an address may be read as one
    return _LINK_JOINT.sub(rf"\g<0>{_NO_LINK}", word)


def _shortened(subject: str) -> str:
    return subject if len(subject) <= LONGEST_SUBJECT else subject[: LONGEST_SUBJECT - 1] + "…"
