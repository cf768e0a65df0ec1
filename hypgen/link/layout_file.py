"""Layouts as YAML files: what ``hypgen link --layout`` reads, and its JSON Schema."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal, TypeGuard, cast, get_args

from hypgen.documents import Document, KeyPath, parse_integer, read_document
from hypgen.errors import Diagnostic, InputError
from hypgen.link.layout import ADDRESS_SPACE, Bound, Layout, Permission, SectionPlacement, layout_faults
from hypgen.resources import did_you_mean
from hypgen.units import GIB, KIB, MIB, LoadAddr, VirtAddr

_PERMISSIONS: tuple[str, ...] = get_args(Permission)
_ADDRESSES = ("virtual", "load")
_EDGES = ("start", "end", "load")
_SIZE = r"([1-9][0-9]{0,9}) ?(KiB|MiB|GiB)"
_UNITS = {"KiB": KIB, "MiB": MIB, "GiB": GIB}

_KEYS = {
    "entry": "The symbol where execution begins.",
    "entry_address": "Which address of the entry goes into e_entry: virtual (the default) or load.",
    "sections": "The sections of the image and their places.",
    "symbols": "Symbols of the layout's own: a number, or the start, end or load address of a section.",
    "collect": "Whether what nothing refers to is left out (--gc-sections).",
    "keep": "Patterns of input sections that stay although nothing refers to them.",
    "discard": "Patterns of input sections that never take part.",
}
_SECTION_KEYS = {
    "name": "The section's name.",
    "address": "Its virtual address (VMA).",
    "load": "Its load address (LMA); without it, the virtual address.",
    "size": "How many bytes it may have.",
    "permission": "What its memory may be used for.",
    "inputs": "Patterns (*, ?, [...]) of the input sections that go here, in their order; without it, its "
    "own name and what begins with it and a dot.",
}


def read_layout(path: Path) -> Layout:
    """Read a layout file; raises InputError with all that is wrong in it: DOC-*, LINK-007, LINK-017."""
    return layout_of(read_document(path))


def layout_of(document: Document) -> Layout:
    """The layout that a document describes; raises InputError like :func:`read_layout`."""
    reader = _Reader(document)
    layout = reader.layout()
    faults = reader.faults or layout_faults(layout)
    if faults:
        raise InputError(faults)
    return layout


class _Reader:
    """Collects what is wrong while it reads; what it returns counts only if that is nothing."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.faults: list[Diagnostic] = []

    def layout(self) -> Layout:
        self._known((), _KEYS)
        data = self.document.data
        rows = data.get("sections")
        if not isinstance(rows, list) or not rows:
            self._wrong(("sections",), "sections must be a list of sections", "see hypgen schema layout")
            rows = []
        sections = tuple(self._section(number) for number in range(len(rows)))
        absolute, bounds = self._symbols({one.name for one in sections})
        return Layout(
            sections=sections,
            entry_symbol=self._text(("entry",), required=True),
            entry_address=cast(
                Literal["load", "virtual"], self._choice(("entry_address",), _ADDRESSES, "virtual")
            ),
            absolute=absolute,
            bounds=bounds,
            collect=self._flag(("collect",)),
            keep=self._patterns(("keep",)),
            discard=self._patterns(("discard",)),
        )

    def _section(self, number: int) -> SectionPlacement:
        path: KeyPath = ("sections", number)
        if not isinstance(self._at(path), dict):
            self._wrong(path, "a section is a mapping with name, address, size and permission")
            return SectionPlacement("", VirtAddr(0), LoadAddr(0), 1, "r")
        self._known(path, _SECTION_KEYS)
        address = self._number((*path, "address"), required=True)
        has_load = "load" in self._at(path)
        return SectionPlacement(
            self._text((*path, "name"), required=True),
            VirtAddr(address),
            LoadAddr(self._number((*path, "load"))) if has_load else LoadAddr(address),
            self._number((*path, "size"), required=True, is_size=True),
            cast(Permission, self._choice((*path, "permission"), _PERMISSIONS)),
            inputs=self._patterns((*path, "inputs")),
            location=self.document.place(path).value,
        )

    def _symbols(self, sections: set[str]) -> tuple[dict[str, int], dict[str, Bound]]:
        absolute: dict[str, int] = {}
        bounds: dict[str, Bound] = {}
        given = self.document.data.get("symbols") or {}
        if not isinstance(given, dict):
            self._wrong(("symbols",), "symbols must be a mapping of names")
            given = {}
        for name, value in given.items():
            path: KeyPath = ("symbols", name)
            if not isinstance(value, dict):
                absolute[name] = self._number(path)
                continue
            ((edge, section), *more) = value.items() or [("", "")]
            if more or edge not in _EDGES or not isinstance(section, str):
                self._wrong(path, f"{name} must be a number or one of {{start: SECTION}}, {{end: SECTION}}, "
                            "{load: SECTION}")  # fmt: skip
            elif section not in sections:
                hint = did_you_mean(section, sections) or "name one of the sections above"
                self._wrong((*path, edge), f"the layout has no section {section}", hint)
            else:
                bounds[name] = Bound(section, cast(Literal["start", "end", "load"], edge))
        return absolute, bounds

    # -- values ----------------------------------------------------------------------------------------
    def _at(self, path: KeyPath) -> Any:  # noqa: ANN401 - whatever the file has there
        value: Any = self.document.data
        for key in path:
            value = value[key] if isinstance(key, int) else value.get(key)
        return value

    def _known(self, path: KeyPath, keys: dict[str, str]) -> None:
        for key in self._at(path):
            if key not in keys:
                hint = did_you_mean(key, keys) or f"keys: {', '.join(keys)}"
                self._wrong((*path, key), f"unknown key {key!r}", hint, of_key=True)

    def _text(self, path: KeyPath, *, required: bool = False) -> str:
        value = self._at(path)
        if isinstance(value, str) and value:
            return value
        if value is not None or required:
            self._wrong(path, f"{path[-1]} must be a name" if value is not None else f"{path[-1]} is missing")
        return ""

    def _choice(self, path: KeyPath, choices: tuple[str, ...], default: str = "") -> str:
        value = self._at(path)
        if value is None and default:
            return default
        if value not in choices:
            given = f", not {value}" if value is not None else ""
            self._wrong(path, f"{path[-1]} must be one of {', '.join(choices)}{given}")
            return choices[0]
        return str(value)

    def _flag(self, path: KeyPath) -> bool:
        value = self._at(path)
        if value is not None and not isinstance(value, bool):
            self._wrong(path, f"{path[-1]} must be true or false")
        return value is True

    def _patterns(self, path: KeyPath) -> tuple[str, ...]:
        value = self._at(path)
        if value is None:
            return ()
        if not _is_texts(value):
            self._wrong(path, f"{path[-1]} must be a list of section names, which may have * and ?")
            return ()
        return tuple(value)

    def _number(self, path: KeyPath, *, required: bool = False, is_size: bool = False) -> int:
        value = self._at(path)
        if value is None and required:
            self._wrong(path, f"{path[-1]} is missing")
            return 1
        number = _read_number(value, is_size)
        if number is None:
            forms = "4096, 0x1000 or 64KiB" if is_size else "4096 or 0x1000"
            self._wrong(path, f"{path[-1]} must be a number such as {forms}")
        elif not int(is_size) <= number < ADDRESS_SPACE:
            self._wrong(path, f"{path[-1]} must be {int(is_size)} to {ADDRESS_SPACE - 1:#x}, not {number:#x}")
        else:
            return number
        return 1

    def _wrong(self, path: KeyPath, sentence: str, hint: str = "", *, of_key: bool = False) -> None:
        place = self.document.place(path)
        self.faults.append(Diagnostic("LINK-017", sentence, place.key if of_key else place.value, hint))


def _is_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(one, str) and one for one in value)


def _read_number(value: object, is_size: bool) -> int | None:
    if isinstance(value, str):
        match = re.fullmatch(_SIZE, value) if is_size else None
        return int(match[1]) * _UNITS[match[2]] if match else parse_integer(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def layout_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) that accepts layout files."""
    number = {"type": "integer", "minimum": 0, "maximum": ADDRESS_SPACE - 1}
    size = {"anyOf": [{**number, "minimum": 1}, {"type": "string", "pattern": f"^{_SIZE}$"}]}
    name = {"type": "string", "minLength": 1}
    names = {"type": "array", "items": name}
    bound = {
        "type": "object",
        "properties": dict.fromkeys(_EDGES, name),
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
    }
    section_types: dict[str, Any] = {
        "name": name,
        "address": number,
        "load": number,
        "size": size,
        "permission": {"enum": list(_PERMISSIONS)},
        "inputs": names,
    }
    section = {
        "type": "object",
        "properties": _described(section_types, _SECTION_KEYS),
        "required": ["name", "address", "size", "permission"],
        "additionalProperties": False,
    }
    types: dict[str, Any] = {
        "entry": name,
        "entry_address": {"enum": list(_ADDRESSES)},
        "sections": {"type": "array", "items": section, "minItems": 1},
        "symbols": {"type": "object", "additionalProperties": {"anyOf": [number, bound]}},
        "collect": {"type": "boolean"},
        "keep": names,
        "discard": names,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "hypgen layout file",
        "description": "Where the linker puts sections: what `hypgen link --layout` reads.",
        "type": "object",
        "properties": _described(types, _KEYS),
        "required": ["entry", "sections"],
        "additionalProperties": False,
    }


def _described(types: dict[str, Any], descriptions: dict[str, str]) -> dict[str, Any]:
    return {key: {**kind, "description": descriptions[key]} for key, kind in types.items()}
