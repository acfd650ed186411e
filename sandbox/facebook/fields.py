"""Field expansion: ``id,insights.metric(a,b){name,values},comments.limit(0).summary(true).as(replies)``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sandbox.facebook.errors import GraphError

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(slots=True)
class Field:
    """One asked field with its modifiers, for example {"metric": "a,b"}, and the fields asked of it."""

    name: str
    modifiers: dict[str, str] = field(default_factory=dict)
    fields: list[Field] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The name it has in the answer."""
        return self.modifiers.get("as", self.name)


def parse_fields(text: str) -> list[Field]:
    """Parse a `fields` parameter; raises GraphError code 2500 with the place of the mistake."""
    parser = _Parser(text)
    fields = parser.fields()
    if parser.at != len(text):
        raise parser.wrong()
    return fields


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def wrong(self) -> GraphError:
        """Code 2500 with the character that was not understood."""
        found = self.text[self.at : self.at + 1] or "end of string"
        return GraphError(2500, f'Syntax error "Expected name." at character {self.at}: {found}')

    def fields(self) -> list[Field]:
        found: list[Field] = []
        while True:
            while self._skip(" ") or self._skip(","):
                pass
            if self.at == len(self.text) or self.text[self.at] == "}":
                return found
            found.append(self._field())
            if self.at < len(self.text) and self.text[self.at] not in ",} ":
                raise self.wrong()

    def _field(self) -> Field:
        found = Field(self._name())
        while self._skip("."):
            name = self._name()
            found.modifiers[name] = self._argument()
        if self._skip("{"):
            found.fields = self.fields()
            if not self._skip("}"):
                raise self.wrong()
        return found

    def _name(self) -> str:
        match = _NAME.match(self.text, self.at)
        if match is None:
            raise self.wrong()
        self.at = match.end()
        return match.group()

    def _argument(self) -> str:
        if not self._skip("("):
            raise self.wrong()
        end = self.text.find(")", self.at)
        if end < 0:
            raise self.wrong()
        argument, self.at = self.text[self.at : end], end + 1
        return argument

    def _skip(self, character: str) -> bool:
        if self.text.startswith(character, self.at):
            self.at += 1
            return True
        return False
