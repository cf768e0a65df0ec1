"""How well a value is known: ``{value: hyp, confidence: assumed, reason: ...}`` in place of ``hyp``.

Any scalar of a board file may be written so. This pass takes the notes out before the model reads
the data, so that the model and everything behind it see plain values, and keeps what is assumed:
a finding that follows only from an assumed value says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

from hypgen.documents import Document, KeyPath, Place
from hypgen.errors import Diagnostic
from hypgen.resources import did_you_mean

Confidence = Literal["documented", "measured", "assumed"]
CONFIDENCES: tuple[str, ...] = get_args(Confidence)
NOTE_KEYS = ("value", "confidence", "reason", "source")


@dataclass(frozen=True)
class Note:
    """What a board file says about one value: how well it is known, why, and where it is from."""

    confidence: Confidence
    reason: str = ""
    source: str = ""


def take_notes(document: Document) -> tuple[Document, dict[KeyPath, Note], list[Diagnostic]]:
    """Separate the values of ``document`` from the notes on them.

    Gives the document with plain values, whose places are those of the values inside the notes;
    the notes by the path of their value; and what is wrong with notes.
    """
    places = dict(document.places)
    notes: dict[KeyPath, Note] = {}
    wrong: list[Diagnostic] = []

    def plain(value: object, path: KeyPath) -> object:
        if isinstance(value, list):
            return tuple(plain(one, (*path, index)) for index, one in enumerate(value))
        if not isinstance(value, dict):
            return value
        if "value" not in value:
            return {key: plain(one, (*path, key)) for key, one in value.items()}
        faults = list(_faults(document, value, path))
        wrong.extend(faults)
        if not faults:
            notes[path] = Note(
                value.get("confidence", "documented"), value.get("reason", ""), value.get("source", "")
            )
        places[path] = Place(document.places[path].key, document.places[*path, "value"].value)
        return value["value"]

    data = {key: plain(one, (key,)) for key, one in document.data.items()}
    return Document(document.file, data, places), notes, wrong


def _faults(document: Document, note: dict[str, Any], path: KeyPath) -> Iterator[Diagnostic]:
    """What is wrong with one note."""
    name = dotted(path)

    def fault(sentence: str, key: str, hint: str = "", at_key: bool = False) -> Diagnostic:
        place = document.place((*path, key))
        return Diagnostic("BOARD-006", sentence, place.key if at_key else place.value, hint)

    for key in note:
        if key not in NOTE_KEYS:
            hint = did_you_mean(key, NOTE_KEYS) or f"a note has {', '.join(NOTE_KEYS)}"
            yield fault(f"unknown key {key!r} in the note on {name}", key, hint, at_key=True)
    if isinstance(note["value"], dict | list):
        yield fault(f"the note on {name} is about a whole block", "value", "note its single values instead")
    confidence = note.get("confidence", "documented")
    if confidence not in CONFIDENCES:
        hint = did_you_mean(str(confidence), CONFIDENCES)
        sentence = f"the confidence of {name} is {confidence!r}, expected one of {', '.join(CONFIDENCES)}"
        yield fault(sentence, "confidence", hint)
    for key in ("reason", "source"):
        if key in note and not (isinstance(note[key], str) and note[key].strip()):
            yield fault(f"the {key} of {name} must be a text", key)
    if confidence == "assumed" and "reason" not in note:
        yield fault(f"{name} is assumed without a reason", "confidence", "add reason: and why it is assumed")


def dotted(path: KeyPath) -> str:
    """``path`` as people write it: ``memory.0.alias.coherent``."""
    return ".".join(str(one) for one in path)
