"""A post in a file of its own: YAML or JSON, or several as a list."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

import yaml

from publishing.importing.entries import Contents, Entry, Place, Problem, UnreadableError
from publishing.importing.tables import TOP, decoded

# What a post may have, and whether it is one value or several.
ONE: Final = ("text", "link", "at", "kind", "title", "first_comment", "campaign")
SEVERAL: Final = {"account": "accounts", "network": "networks", "labels": "labels", "thread": "parts"}
OTHERS: Final = ("media", "own")
OWN: Final = ("text", "link", "kind", "title", "options")
_ALSO: Final = {"accounts": "account", "networks": "network", "label": "labels"}
FIELDS: Final = (*SEVERAL, *ONE, *OTHERS)
NULL: Final = "tag:yaml.org,2002:null"
BOOL: Final = "tag:yaml.org,2002:bool"
FLAGS: Final = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
NUMBERS: Final = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
PLAIN_NUMBER: Final = re.compile(r"-?(0|[1-9]\d{0,15})(\.\d{1,15})?")  # 09:30 is a number to YAML, too
N = TypeVar("N")
F = TypeVar("F")


def read_document(content: bytes) -> Contents:
    """The posts of a file. What is wrong with it is among the problems, by line and column."""
    try:
        root = yaml.compose(decoded(content), Loader=yaml.SafeLoader)
    except UnicodeError:
        return Contents([], [Problem(TOP, "This is no text.")])
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else TOP
        return Contents([], [Problem(place, f"This can't be read: {error.problem}.")])
    except yaml.YAMLError:
        return Contents([], [Problem(TOP, "This can't be read as YAML or JSON.")])
    if root is None:
        return Contents([], [Problem(TOP, "The file is empty.")])
    entries: list[Entry] = []
    problems: list[Problem] = []
    for node in root.value if isinstance(root, yaml.SequenceNode) else [root]:
        try:
            entries.append(_entry(node, problems))
        except UnreadableError as error:
            entries.append(Entry(_place(node, ""), unread=frozenset(FIELDS)))
            problems += error.problems
    return Contents(entries, problems)


def _entry(node: yaml.Node, problems: list[Problem]) -> Entry:
    values: dict[str, Any] = {}
    places: dict[str, Place] = {}
    unread: set[str] = set()
    for name, key, value in _pairs(node, ""):
        name = _ALSO.get(name, name)
        try:
            if name not in FIELDS:
                raise _wrong(key, name, f"This field is not known. The fields are: {', '.join(FIELDS)}.")
            if name in places:
                raise _wrong(key, name, f"{name} is there twice.")
            places[name] = _place(value, name)
            values[SEVERAL.get(name, name)] = _value(name, value)
        except UnreadableError as error:
            unread.add(name)
            problems += error.problems
    return Entry(_place(node, ""), **values, places=places, unread=frozenset(unread))


def _value(name: str, node: yaml.Node) -> Any:
    if name in ONE:
        return _text(node, name)
    if name == "own":
        return dict(_all(_pairs(node, name), _own))
    each = node.value if isinstance(node, yaml.SequenceNode) else [node]
    if name == "media":
        return tuple(_all(each, _file))
    return tuple(filter(None, _all(each, lambda one: _text(one, name))))


def _all(nodes: Iterable[N], read: Callable[[N], F]) -> list[F]:
    """What is read of each, or what is wrong with all of them."""
    found: list[F] = []
    problems: list[Problem] = []
    for node in nodes:
        try:
            found.append(read(node))
        except UnreadableError as error:
            problems += error.problems
    if problems:
        raise UnreadableError(*problems)
    return found


def _own(pair: tuple[str, yaml.Node, yaml.Node]) -> tuple[str, dict[str, Any]]:
    account, _, value = pair
    return account, dict(_all(_pairs(value, "own"), _own_field))


def _own_field(pair: tuple[str, yaml.Node, yaml.Node]) -> tuple[str, Any]:
    name, key, value = pair
    if name not in OWN:
        raise _wrong(key, "own", f"An account has of its own: {', '.join(OWN)}.")
    if name == "options":
        return name, {option: _plain(one) for option, _, one in _pairs(value, "own")}
    return name, _text(value, name)


def _plain(node: yaml.Node) -> Any:
    """The value of an option: yes or no, a plain number, or else as it is written."""
    if isinstance(node, yaml.ScalarNode):
        if node.tag == BOOL and node.value.casefold() in FLAGS:
            return FLAGS[node.value.casefold()]
        if node.tag in NUMBERS and PLAIN_NUMBER.fullmatch(node.value):
            return float(node.value) if "." in node.value else int(node.value)
    return _text(node, "own")


def _file(node: yaml.Node) -> tuple[str, str]:
    if isinstance(node, yaml.ScalarNode):
        return _text(node, "media"), ""
    pairs: Mapping[str, yaml.Node] = {name: value for name, _, value in _pairs(node, "media")}
    if not set(pairs) <= {"file", "alt"} or "file" not in pairs:
        raise _wrong(node, "media", "A file is its address or path, or file and alt.")
    return _text(pairs["file"], "media"), _text(pairs["alt"], "media") if "alt" in pairs else ""


def _pairs(node: yaml.Node, name: str) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        raise _wrong(node, name, "Here stand names with their values, such as text: Hello.")
    for key, value in node.value:
        yield _text(key, name), key, value


def _text(node: yaml.Node, name: str) -> str:
    """A value as it is written: no word becomes a truth value, and no time loses its form."""
    if not isinstance(node, yaml.ScalarNode):
        raise _wrong(node, name, "Here stands a single value.")
    if node.tag == NULL:
        return ""
    # JSON writes letters beyond the first 65,536 as two halves.
    return str(node.value).encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()


def _place(node: yaml.Node, name: str) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1, name)


def _wrong(node: yaml.Node, name: str, words: str) -> UnreadableError:
    return UnreadableError(Problem(_place(node, name), words))
