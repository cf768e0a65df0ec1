"""The instruction syndrome of a stage 2 Data Abort: what lets a hypervisor emulate a load or store.

DDI 0406C B3.13.6 (HSR, ISS encoding for Data Abort exceptions), LSInstructionSyndrome(). It is valid
for a load or store of one register, sign-extended or not, without base register writeback and not
of the PC; for all others ISS.ISV is 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypgen.arch.exceptions import ISS_DATA_ABORT

if TYPE_CHECKING:
    from hypgen.decode.table import Insn

_ISV, _SAS, _SSE, _SRT = ISS_DATA_ABORT[:4]
_SIZES = {"": 2, "H": 1, "B": 0, "SH": 1, "SB": 0}
"""SAS by the letters after LDR or STR."""
_PC = 15


def load_store_syndrome(insn: Insn) -> int:
    """ISV, SAS, SSE and SRT of the ISS for a Data Abort that ``insn`` met; 0 when they are not valid."""
    mnemonic = insn.heading.partition(" ")[0]
    letters = mnemonic[3:].removesuffix("T")
    fields = insn.fields
    if mnemonic[:3] not in ("LDR", "STR") or letters not in _SIZES or fields.get("Rt") == _PC:
        return 0
    if mnemonic.endswith("T"):
        writeback = not insn.thumb  # LDRT and its kin are post-indexed in A32
    else:
        writeback = "P" in fields and (not fields["P"] or bool(fields.get("W")))
    if writeback:
        return 0
    iss = _ISV.put(0, 1)
    iss = _SAS.put(iss, _SIZES[letters])
    iss = _SSE.put(iss, letters.startswith("S"))
    return _SRT.put(iss, fields["Rt"])
