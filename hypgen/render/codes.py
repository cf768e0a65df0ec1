"""What each diagnostic code of rendering means."""

from __future__ import annotations

CODES = {
    "TPL-001": "The template is not valid Jinja: a tag is misspelt, not closed, or has a syntax error.",
    "TPL-002": "The template uses a name, attribute or element that does not exist. Nothing is rendered as "
    "empty text: a missing value in bring-up code is wrong code.",
    "TPL-003": "There is no template of this name in the directories searched: yours (--templates) first, "
    "then hypgen's own, which is also reachable as hypgen/NAME.",
    "TPL-004": "A template may only include files below the template directories: no absolute path, no '..', "
    "and no link that leads outside.",
    "TPL-005": "Templates run in a sandbox: they are data, and may not reach the interpreter through "
    "attributes such as __class__, nor call what is not meant for them.",
    "TPL-006": "The template does not come to an end within the work that hypgen grants it (loop iterations, "
    "calls and characters are counted). The shipped templates need about a thirtieth of it.",
    "TPL-007": "The template failed while it was rendered: a value of the wrong type, a division by zero, a "
    "register or constant that does not exist.",
    "TPL-008": "The template file cannot be used: it is not UTF-8 text, cannot be read, or is far too large.",
    "TPL-010": "A file of your template directory, or of an init style, has the name of no part of the "
    "image, so nothing would render it and hypgen's own code would be in the image in its place. A part of "
    "your own is one that a row in your scenarios/ names. Files to be included may have any suffix but .S.",
    "TPL-011": "A template of yours replaces a block that the template it extends does not have. Jinja "
    "ignores such a block, and hypgen's own code would be in the image in its place.",
    "TPL-012": "A directory below styles/ in your template directory holds no style.yaml, which makes it an "
    "init style (docs/styles.md); what is in it would have no effect, and a style of hypgen's own with the "
    "same name would be used in its place.",
}
