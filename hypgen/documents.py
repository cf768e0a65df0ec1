"""YAML files as plain data, with the place of every key and value.

This is the one reader of every YAML file that hypgen takes, and the only module that imports
ruamel.yaml. It accepts a deliberately small YAML: one document, a mapping at the top, text keys,
no anchors, aliases, merge keys or tags. So a file means what it shows, and cannot grow when read.
It builds from the parser's events without recursion; :data:`MAX_BYTES` and :data:`MAX_DEPTH` bound
what a hostile file can cost.

A plain scalar is ``null``, ``true``, ``false``, an integer when :func:`parse_integer` reads it, and
text otherwise; a quoted scalar is text. ``yes``, ``1.5`` and ``2026-01-01`` are text.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from hypgen.errors import Diagnostic, InputError, Location

CODES = {
    "DOC-001": "The file cannot be read: it does not exist, is a directory, or may not be opened.",
    "DOC-002": "The file is not UTF-8 text. Save it as UTF-8; YAML allows no other 8-bit encoding.",
    "DOC-003": "The file is larger than any description hypgen reads; it is probably not the file meant.",
    "DOC-004": "The text is not YAML. The place is where the parser could not go on, which may be after the "
    "mistake. Indent with blanks, never with tabs, and quote text that starts with a special character.",
    "DOC-005": "The file must hold one mapping (key: value) at its top level; an empty file holds none.",
    "DOC-006": "A key stands twice in one mapping. YAML readers differ on which one counts, so neither does.",
    "DOC-007": "Anchors (&x), aliases (*x) and merge keys (<<) are not read: every value is written where it "
    "is used, so that its place is unambiguous and a file cannot grow when it is read.",
    "DOC-008": "Tags (!x, !!x) are not read: what a value is follows from how it is written.",
    "DOC-009": "A key must be one plain word or a quoted text, not empty, a list or a mapping.",
    "DOC-010": "The file nests deeper than any description needs.",
    "DOC-011": "A file holds one document; the second one (after ---) would be ignored.",
}
"""What each diagnostic code of this module means."""

MAX_BYTES = 256 * 1024
"""Largest file that is read. The shipped descriptions have some 8 KiB."""
MAX_DEPTH = 16
"""Deepest nesting of mappings and lists."""

KeyPath = tuple[str | int, ...]
"""Where a value is in a document: keys and list positions from the top, ``("memory", 0, "size")``."""

_INTEGER = re.compile(
    r"[+-]?(?:0x[0-9a-f]+(?:_[0-9a-f]+)*|0b[01]+(?:_[01]+)*|0o[0-7]+(?:_[0-7]+)*|0|[1-9][0-9]*(?:_[0-9]+)*)",
    re.IGNORECASE,
)
_CONSTANTS = {"": None, "~": None, "null": None, "true": True, "false": False}


def parse_integer(text: str) -> int | None:
    """The integer that ``text`` writes, or None.

    Decimal, ``0x``, ``0b`` and ``0o``, with single ``_`` between digits (0x8_0000_0000). A decimal
    with leading zeros is refused: YAML 1.1 reads 010 as eight and YAML 1.2 as ten.
    """
    return int(text, 0) if len(text) <= 80 and _INTEGER.fullmatch(text) else None


@dataclass(frozen=True)
class Place:
    """Where a key stands (for a list element: where the element stands) and where its value starts."""

    key: Location
    value: Location


@dataclass(frozen=True)
class Document:
    """A YAML file as plain data: ``dict``, ``list``, ``str``, ``int``, ``bool`` and ``None``."""

    file: str
    data: dict[str, Any]
    places: Mapping[KeyPath, Place] = field(repr=False)

    def place(self, path: KeyPath) -> Place:
        """The place of ``path``, or of the nearest thing around it that the file does have."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places[path]


def read_document(path: Path) -> Document:
    """Read the YAML file ``path``; raises InputError with the place of what is wrong."""
    file = display_path(path)
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        sentence = f"the file cannot be read: {reason[:1].lower()}{reason[1:]}"
        raise InputError.at("DOC-001", sentence, Location(file)) from None
    return parse_document(content, file)


def parse_document(content: bytes, file: str) -> Document:
    """Read YAML from ``content``; ``file`` is the name to use in messages."""
    if len(content) > MAX_BYTES:
        sentence = f"the file has more than {MAX_BYTES // 1024} KiB, too large for a description"
        raise InputError.at("DOC-003", sentence, Location(file))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        place = Location(file, before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        sentence = f"byte 0x{content[error.start]:02x} is not UTF-8 text"
        raise InputError.at("DOC-002", sentence, place, "save the file as UTF-8") from None
    document = _document(text, file)
    return replace(document, data=deepcopy(document.data))


@lru_cache(maxsize=64)
def _document(text: str, file: str) -> Document:
    """The document of a text. Parsing is most of the time that a board or a row of a scenario takes, and
    one process reads the same few files again and again; nobody but its caller gets the same ``data``."""
    return _Builder(file).build(text)


def shown(value: object) -> str:
    """A value as messages show it: text in quotes, the others as YAML writes them in a line."""
    return repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def display_path(path: Path) -> str:
    """``path`` as messages show it: relative when it lies below the current directory."""
    absolute = Path(os.path.abspath(path))
    try:
        return absolute.relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError):
        return str(absolute)


class _Event(NamedTuple):
    """What the parser found: the start or end of something, or a scalar."""

    kind: Literal["document", "mapping", "list", "scalar", "alias", "end"]
    place: Location
    text: str = ""
    """A scalar's text."""
    plain: bool = False
    """Whether a scalar stands without quotes."""
    anchor: str | None = None
    tag: str | None = None


_KINDS: dict[str, Literal["document", "mapping", "list", "scalar", "alias", "end"]] = {
    "DocumentStartEvent": "document",
    "MappingStartEvent": "mapping",
    "MappingEndEvent": "end",
    "SequenceStartEvent": "list",
    "SequenceEndEvent": "end",
    "ScalarEvent": "scalar",
    "AliasEvent": "alias",
}
"""What the parser's events are to the builder; the others mark the ends of document and stream."""


def _events(text: str, file: str) -> Iterator[_Event]:
    """The parser's events, its errors made InputErrors."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError
    from ruamel.yaml.reader import ReaderError

    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            kind = _KINDS.get(type(event).__name__)
            if kind is not None:
                tag = getattr(event, "tag", None)
                yield _Event(
                    kind,
                    Location(file, event.start_mark.line + 1, event.start_mark.column + 1),
                    getattr(event, "value", None) or "",
                    kind == "scalar" and event.implicit[0],
                    getattr(event, "anchor", None),
                    None if tag is None else str(tag),
                )
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Location(file, mark.line + 1, mark.column + 1) if mark else Location(file)
        problem = str(error.problem or error.context)
        hint = "indent with blanks" if "'\\t'" in problem else ""
        raise InputError.at("DOC-004", f"not YAML: {problem}", place, hint) from None
    except ReaderError as error:
        before = text[: error.position]
        place = Location(file, before.count("\n") + 1, error.position - before.rfind("\n"))
        sentence = f"not YAML: the control character U+{ord(text[error.position]):04X}"
        raise InputError.at("DOC-004", sentence, place) from None
    except Exception as error:
        # on some malformed directives and escapes ruamel.yaml raises whatever Python does, without a place
        raise InputError.at("DOC-004", f"not YAML: {error}", Location(file)) from None


@dataclass
class _Open:
    """A mapping or list that has started and not yet ended."""

    path: KeyPath
    content: dict[str, Any] | list[Any]
    key: str | None = None
    """The key that waits for its value; None in a list, and where a key comes next."""


class _Builder:
    """Builds a :class:`Document` from events; every error is raised at its place."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.places: dict[KeyPath, Place] = {}
        self.keys: dict[KeyPath, Location] = {}
        self.open: list[_Open] = []
        self.root: object = None

    def build(self, text: str) -> Document:
        """Take every event of ``text``."""
        documents = 0
        for event in _events(text, self.file):
            if event.kind == "document":
                documents += 1
                if documents == 2:
                    raise _error("DOC-011", "a second document starts here", event, "keep one per file")
            elif event.kind == "end":
                self.open.pop()
            else:
                self._node(event)
        if not isinstance(self.root, dict):
            found = "is empty" if self.root is None else "is not a mapping"
            place = self.places[()].value if () in self.places else Location(self.file, 1, 1)
            raise InputError.at("DOC-005", f"the file {found}: expected 'key: value' lines at the top", place)
        return Document(self.file, self.root, self.places)

    def _node(self, event: _Event) -> None:
        """Take the start of a key or of a value."""
        if event.anchor is not None:
            written = f"{'*' if event.kind == 'alias' else '&'}{event.anchor}"
            raise _error(
                "DOC-007", f"{written}: anchors and aliases are not read", event, "write the value out"
            )
        if event.tag is not None:
            raise _error("DOC-008", f"the tag {event.tag} is not read", event, "remove it")
        if any("\ud800" <= one <= "\udfff" for one in event.text):
            raise _error("DOC-004", "not YAML: an escape writes half of a surrogate pair", event)
        parent = self.open[-1] if self.open else None
        if parent is not None and isinstance(parent.content, dict) and parent.key is None:
            self._key(event, parent)
        elif event.kind == "scalar":
            self._store(parent, _meaning(event.text) if event.plain else event.text, event.place)
        else:
            content: dict[str, Any] | list[Any] = {} if event.kind == "mapping" else []
            path = self._store(parent, content, event.place)
            if len(self.open) == MAX_DEPTH:
                raise _error("DOC-010", f"nested deeper than {MAX_DEPTH} levels", event)
            self.open.append(_Open(path, content))

    def _key(self, event: _Event, parent: _Open) -> None:
        """Take a key, to which the next value will belong."""
        if event.kind != "scalar" or not event.text:
            raise _error("DOC-009", "a key must be a word, not empty, a list or a mapping", event)
        if event.plain and event.text == "<<":
            raise _error("DOC-007", "<<: merge keys are not read", event, "write the keys out")
        path = (*parent.path, event.text)
        if path in self.keys:
            sentence = f"the key {event.text!r} stands twice in this mapping"
            first = (self.keys[path], "the first one is here")
            raise InputError(Diagnostic("DOC-006", sentence, event.place, notes=(first,)))
        parent.key = event.text
        self.keys[path] = event.place

    def _store(self, parent: _Open | None, value: object, place: Location) -> KeyPath:
        """Put ``value`` where it belongs, note its place, and give its path."""
        path: KeyPath = ()
        key = place
        if parent is None:
            self.root = value
        elif isinstance(parent.content, list):
            path = (*parent.path, len(parent.content))
            parent.content.append(value)
        elif parent.key is not None:
            path = (*parent.path, parent.key)
            key = self.keys[path]
            if value is None:  # nothing may be written for it, and the parser's place is behind the gap
                place = key
            parent.content[parent.key], parent.key = value, None
        self.places[path] = Place(key, place)
        return path


def _error(code: str, sentence: str, event: _Event, hint: str = "") -> InputError:
    return InputError(Diagnostic(code, sentence, event.place, hint))


def _meaning(text: str) -> str | int | bool | None:
    """What an unquoted scalar means."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    number = parse_integer(text)
    return text if number is None else number
