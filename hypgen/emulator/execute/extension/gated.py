"""Registering instructions of the Advanced SIMD and Floating-point Extensions: access is checked first."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING

from hypgen.emulator.execute.closures import Op
from hypgen.emulator.execute.registry import Binder, binds
from hypgen.emulator.extension import gate

if TYPE_CHECKING:
    from hypgen.decode.table import Insn
    from hypgen.emulator.cpu import Cpu


def binds_vfp(*names: str) -> Callable[[Binder], Binder]:
    """As ``binds``, for instructions that CheckVFPEnabled()."""
    return _binds(names, simd=False)


def binds_simd(*names: str) -> Callable[[Binder], Binder]:
    """As ``binds``, for instructions that CheckAdvSIMDEnabled()."""
    return _binds(names, simd=True)


def _binds(names: tuple[str, ...], simd: bool) -> Callable[[Binder], Binder]:
    def register(binder: Binder) -> Binder:
        @wraps(binder)
        def gated(cpu: Cpu, insn: Insn, pc: int) -> Op:
            return behind(gate(cpu, simd), binder(cpu, insn, pc))

        binds(*names)(gated)
        return binder

    return register


def behind(check: Callable[[], None], op: Op) -> Op:
    """``op``, after ``check``."""

    def checked() -> None:
        check()
        op()

    return checked
