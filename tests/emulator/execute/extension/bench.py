"""A bench whose CPU may use the Advanced SIMD and Floating-point Extensions."""

from __future__ import annotations

from hypgen.arch.psr import Mode
from hypgen.arch.registers import CPACR, FPEXC, NSACR
from tests.emulator.execute.harness import Bench


class FpBench(Bench):
    """``registers`` may also name s0, d0 and q0, and ``fpscr`` the value of FPSCR."""

    def __init__(self, mode: Mode = Mode.SVC, fpscr: int = 0, **registers: int) -> None:
        super().__init__(mode, **registers)
        values = self.coproc.values
        values["CPACR"] = CPACR.bit("cp10") | CPACR.bit("cp11")
        values["NSACR"] = NSACR.bit("cp10") | NSACR.bit("cp11")
        values["FPEXC"] = FPEXC.bit("EN")
        values["FPSCR"] = fpscr

    @property
    def fpscr(self) -> int:
        return self.coproc.values["FPSCR"]

    @property
    def s(self) -> memoryview:
        return self.cpu.extension.s

    @property
    def d(self) -> memoryview:
        return self.cpu.extension.d
