"""System registers and operations by name in small test sources: ``set HSCTLR, r0``, ``DCCMVAC r0``."""

from __future__ import annotations

import re

from hypgen.arch.registers import BY_NAME

_REGISTER = re.compile(r"^(\s*(?:\w+:\s*)?)(set|get)\s+(\w+),\s*(\w+)(?:,\s*(\w+))?(.*)$")
_OPERATION = re.compile(r"^(\s*(?:\w+:\s*)?)([A-Z][A-Z0-9]+)(?:\s+(r\d+))?(\s*@.*|\s*)$")


def spelled(line: str) -> str:
    """The line with MCR, MRC, MCRR or MRRC in place of ``set``, ``get`` and an operation's name."""
    found = _REGISTER.match(line)
    if found:
        before, what, name, first, second, after = found.groups()
        row = BY_NAME[name]
        if second:
            assert row.pair is not None
            opc1, crm = row.pair
            mnemonic = "mcrr" if what == "set" else "mrrc"
            return f"{before}{mnemonic} p{row.coprocessor}, {opc1}, {first}, {second}, c{crm}{after}"
        return f"{before}{'mcr' if what == 'set' else 'mrc'} {_single(name, first)}{after}"
    found = _OPERATION.match(line)
    if found and found[2] in BY_NAME:
        return f"{found[1]}mcr {_single(found[2], found[3] or 'r0')}{found[4]}"
    return line


def _single(name: str, register: str) -> str:
    row = BY_NAME[name]
    assert row.single is not None
    opc1, crn, crm, opc2 = row.single
    return f"p{row.coprocessor}, {opc1}, {register}, c{crn}, c{crm}, {opc2}"
