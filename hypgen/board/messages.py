"""stub"""

from __future__ import annotations

from pydantic import ValidationError

from hypgen.board.confidence import dotted
from hypgen.documents import Document
from hypgen.errors import Diagnostic


def shape_errors(error: ValidationError, document: Document) -> list[Diagnostic]:
    """The diagnostics for what the model refused."""
    return [
        Diagnostic("BOARD-003", f"{dotted(one['loc'])}: {one['msg']}", document.place(one["loc"]).value)
        for one in error.errors()
    ]
