"""What to write in place of an UNPREDICTABLE instruction.

The core says which condition of the manual holds (:mod:`hypgen.emulator.execute`, and the conditions of the
encodings in :mod:`hypgen.arch`). What to do about it goes by that condition, whatever instruction has it.
"""

from __future__ import annotations

import re

_REMEDIES = (
    ("unprivileged load or store", "use the load or store without T (LDR, STR) here"),
    (r"access to SPSR_hyp from hyp", "use MRS or MSR with SPSR, which is SPSR_hyp here"),
    (r"access to SP_hyp from hyp", "use MOV with SP, which is SP_hyp here"),
    (r"access to LR_usr from hyp", "use MOV with LR, which is LR_usr here"),
    (
        "it is the register that the current mode uses itself",
        "name it as SP, LR, SPSR or rN, without its mode",
    ),
    (
        "named in Monitor mode only",
        "move this access to Monitor mode, or to Hyp mode by SP and SPSR themselves",
    ),
    ("named in Hyp and Monitor mode only", "move this access to Hyp or Monitor mode"),
    ("Monitor mode's (?:registers|stack)", "move this access to Secure state, before SCR.NS is set"),
    ("Banked register.* in User mode", "move this access to PL1 or Hyp mode, behind an SVC or HVC"),
    (r"^HVC.*cond", "make the HVC unconditional, and branch around it where it is not wanted"),
    ("entering Hyp mode", "execute HVC, or in Monitor mode set SCR.NS and an ISB before this"),
    ("leaving Hyp mode", "write the mode to SPSR_hyp and the address to ELR_hyp, and execute ERET"),
    ("entering Monitor mode", "execute SMC"),
    ("which is no mode", "give the mode's field one that there is, such as 0x13 (svc) or 0x1a (hyp)"),
    (
        "User (?:and|or) System mode.* SPSR",
        "change to a mode with an SPSR, such as Supervisor mode, before this",
    ),
    (r"LDM and STM \(User registers\)", "use LDM or STM without ^, as the registers are User mode's here"),
    ("^RFE in User mode", "return by BX LR, as User mode takes no exceptions"),
    ("which is not word-aligned", "give the load an address that is a multiple of 4"),
    ("interworking address", "set bit 0 of the address to go to T32 code, or clear bits 1 and 0 for A32"),
    ("HDCR.HPMN", "write HDCR with HPMN = PMCR.N before Hyp mode goes to PL1"),
    (r"should-be bits differ in (0x\w+)", r"invert bits \1 of the instruction's word"),
    ("msb .* below lsb", "give the field a width of at least one bit"),
    ("InITBlock", "move the instruction out of the IT block, or to its end where that is what is asked for"),
)
"""A pattern of what the core says, and what to do about it; the first that is found counts."""
_OTHERWISE = "use here an instruction, or registers, of which this does not hold"


def remedy(sentence: str) -> str:
    """What to write in place of an instruction of which ``sentence`` says why it is UNPREDICTABLE."""
    for pattern, told in _REMEDIES:
        if found := re.search(pattern, sentence):
            return found.expand(told)
    return _OTHERWISE
