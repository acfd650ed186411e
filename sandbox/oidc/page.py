"""The page on which somebody says who they are."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, Template


@lru_cache(maxsize=1)
def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent)
    return Environment(loader=loader, autoescape=True).get_template("page.html")


def sign_in_page(realm: str, email: str = "", name: str = "", problem: str = "") -> str:
    """The form; it is sent to the address it was shown at, whose query says what was asked for."""
    return _template().render(realm=realm, email=email, name=name, problem=problem)
