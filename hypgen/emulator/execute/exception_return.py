"""Writing PSRs by instruction, and returning from exceptions: CPSRWriteByInstr (DDI 0406C B1.3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypgen.arch import psr
from hypgen.arch.psr import MODES, Mode
from hypgen.emulator.cpu import CONTROL, FLAGS, SELDOM, control_bits, sp_and_lr, swaps_between
from hypgen.emulator.exceptions import Undefined
from hypgen.emulator.execute.branching import branch_write_pc
from hypgen.emulator.execute.registry import Unpredictable
from hypgen.emulator.not_modelled import not_modelled

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypgen.emulator.cpu import Cpu

RETURN_STATE = 0x07FF_FFFF
"""The CPSR less N, Z, C, V and Q."""
ALL_BYTES = 0xFFFF_FFFF
_WRITABLE = ALL_BYTES & ~psr.RESERVED
_MASKS = psr.A.mask | psr.I.mask | psr.F.mask
_USR, _SYS, HYP, _MON = int(Mode.USR), int(Mode.SYS), int(Mode.HYP), int(Mode.MON)
_USER_WRITABLE = psr.APSR_MASK | psr.E.mask
"""What an instruction in User mode may change."""


def in_user_or_system(cpu: Cpu) -> bool:
    """CurrentModeIsUserOrSystem: the modes that have no SPSR."""
    return cpu.mode == _USR or cpu.mode == _SYS


def check_exception_return(cpu: Cpu) -> None:
    """What every A32 exception return but ERET asks first (B9.3.13, B9.3.20, LDM (exception return)).

    UNDEFINED in Hyp mode, whose only return is ERET; UNPREDICTABLE where there is no SPSR.
    """
    if cpu.mode == Mode.HYP:
        raise Undefined("in Hyp mode only ERET returns from an exception: this encoding is UNDEFINED there")
    if in_user_or_system(cpu):
        raise Unpredictable(
            "an exception return in User or System mode, which have no SPSR, is UNPREDICTABLE"
        )


def exception_return(cpu: Cpu, address: int, value: int) -> None:
    """Write ``value`` to the whole CPSR, and continue at ``address`` in the state that it selects."""
    known = cpu.returns.get(value & RETURN_STATE | cpu.mode << 27)
    if known is not None:
        known(address, value)
        return
    stamp, key = cpu.system.stamp, value & RETURN_STATE | cpu.mode << 27
    if cpu.mode == _USR:
        write_cpsr_by_instruction(cpu, value, ALL_BYTES, is_exception_return=True)
    else:  # what that comes to
        _check_mode_change(cpu, value & 0x1F, True)
        cpu.write_cpsr(value & _WRITABLE)
    if cpu.j:
        raise not_modelled("an exception return with J = 1, to Jazelle or ThumbEE state")
    branch_write_pc(cpu, address)
    cpu.system.exception_returned()
    if key & SELDOM == 0 and cpu.system.observer is None and stamp is cpu.system.stamp:
        cpu.returns[key] = _returning(cpu, key >> 27, value & CONTROL)


def _returning(cpu: Cpu, mode: int, control: int) -> Callable[[int, int], None]:
    """What :func:`exception_return` does from ``mode`` to the state ``control`` of the CPSR, where nothing is
    left to be asked: it was done before, and is forgotten with the contexts that modes have."""
    bits, after = control_bits(control), control & 0x1F
    swaps, live = swaps_between(mode, after)
    sp_out, sp_back, lr_out, lr_back = sp_and_lr(swaps)
    system, banks, r = cpu.system, cpu.banks, cpu.r
    context, views = system.context, system.passing
    blocks, aligned = context.blocks, 0xFFFF_FFFE if cpu.t else 0xFFFF_FFFC

    def known(address: int, value: int) -> None:
        cpu.n, cpu.z, cpu.c, cpu.v, cpu.q = FLAGS[value >> 27]
        cpu.ge = cpu.it = cpu.j = 0
        cpu.e, cpu.a, cpu.i, cpu.f, cpu.t = bits
        if sp_out:  # SP and LR alone, as between most modes
            banks[sp_out], banks[lr_out] = r[13], r[14]
            r[13], r[14] = banks[sp_back], banks[lr_back]
        else:
            for number, out, back in swaps:
                banks[out] = r[number]
                r[number] = banks[back]
        cpu.live = live
        cpu.mode = after
        system.context = context
        system.blocks = blocks
        system.passing = views
        if system.interrupted:
            system.attention = True
        r[15] = address & aligned
        if system.on_return:
            for hook in system.on_return:
                hook(cpu)

    return known


def write_cpsr_by_instruction(
    cpu: Cpu, value: int, byte_mask: int, is_exception_return: bool = False
) -> None:
    """CPSRWriteByInstr: change what the current mode may change, in the bytes of ``byte_mask``.

    The interrupt masks A and F are writable in Non-secure state whatever SCR says, because the
    Virtualization Extensions are implemented; they also fix SCTLR.NMFI and NSACR.RFR to 0.
    Raises Unpredictable for a mode that may not be entered this way.
    """
    mask = byte_mask & ~psr.RESERVED
    if not is_exception_return:
        mask &= ~psr.EXECUTION_STATE_MASK
    if cpu.mode == Mode.USR:
        mask &= _USER_WRITABLE | (psr.EXECUTION_STATE_MASK if is_exception_return else 0)
    elif mask & psr.M.mask:
        _check_mode_change(cpu, psr.M.get(value), is_exception_return)
    before = cpu.cpsr()
    cpu.write_cpsr(before & ~mask | value & mask)
    if before & ~value & mask & _MASKS and not is_exception_return:
        cpu.system.unmasked()


def _check_mode_change(cpu: Cpu, mode: int, is_exception_return: bool) -> None:
    """The mode changes that CPSRWriteByInstr calls UNPREDICTABLE."""
    if mode not in MODES:
        raise Unpredictable(f"writing {mode:#04x} to CPSR.M, which is no mode, is UNPREDICTABLE")
    if mode == cpu.mode:
        return
    if mode == _MON and not cpu.secure:
        raise Unpredictable(
            "entering Monitor mode from Non-secure state by writing the CPSR is UNPREDICTABLE"
        )
    if mode == HYP and not (cpu.mode == _MON and cpu.coproc.scr_ns):
        raise Unpredictable(
            "entering Hyp mode by writing the CPSR is UNPREDICTABLE but from Monitor mode with SCR.NS = 1"
        )
    if cpu.mode == HYP and not is_exception_return:
        raise Unpredictable("leaving Hyp mode other than by an exception return is UNPREDICTABLE")
