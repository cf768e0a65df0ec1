"""Unicorn and QEMU on the code of ``benchmarks/core.py``, or on the nearest that they can run.

Unicorn has no Hyp mode, no stage 2 and no exceptions of its own: the copy runs with the MMU off, and
instead of HVC there is SVC, which a Python callback takes and which nobody returns from. hypgen's image
begins in Hyp mode; how far Unicorn comes with it is said.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.core_images import Loop, elf, linked

NEAREST = {
    "(b) integer loop": "the same code",
    "(c) copy under two stages": "the same code, MMU off",
    "(d) HVC and ERET": "SVC to a Python callback, no handler, no return",
}
"""What Unicorn executes."""
_INSTRUCTIONS = {1: (5, 9), 2: (17_408 * 4 + 5, 2_730 * 6 + 6), 3: (2, 4)}
"""By KIND: instructions around the turns, and of each turn, as Unicorn executes them."""


def unicorn(loop: Loop, hook: bool) -> float | None:
    """Instructions a second; None where Unicorn is not installed. ``hook`` has it call Python for each."""
    try:
        from unicorn import UC_ARCH_ARM, UC_HOOK_CODE, UC_HOOK_INTR, UC_MODE_ARM, Uc
        from unicorn.arm_const import UC_ARM_REG_SP, UC_CPU_ARM_CORTEX_A15
    except ImportError:
        return None
    turns = loop.few if hook else loop.turns
    image = linked(loop, turns, PL0_CALL=1)
    engine = Uc(UC_ARCH_ARM, UC_MODE_ARM)
    engine.ctl_set_cpu_model(UC_CPU_ARM_CORTEX_A15)
    engine.mem_map(0x4000_0000, 0x100_0000)
    for section in image.sections:
        engine.mem_write(int(section.load), bytes(section.data))
    engine.reg_write(UC_ARM_REG_SP, 0x4038_0000)
    if hook:
        engine.hook_add(UC_HOOK_CODE, lambda engine, address, size, data: None)
    engine.hook_add(UC_HOOK_INTR, lambda engine, number, data: None)
    start = time.process_time()
    engine.emu_start(image.symbol("loop").value, image.symbol("after").value)
    around, each = _INSTRUCTIONS[loop.kind]
    return (around + each * turns) / (time.process_time() - start)


def unicorn_refuses(image: bytes) -> str:
    """How far Unicorn comes with hypgen's own image, in words."""
    try:
        from unicorn import UC_ARCH_ARM, UC_HOOK_CODE, UC_MODE_ARM, Uc, UcError
        from unicorn.arm_const import UC_ARM_REG_CPSR, UC_ARM_REG_PC, UC_CPU_ARM_CORTEX_A15
    except ImportError:
        return "missing"
    from hypgen.machine.loader import read_image

    loaded = read_image(image, "image.elf")
    engine = Uc(UC_ARCH_ARM, UC_MODE_ARM)
    engine.ctl_set_cpu_model(UC_CPU_ARM_CORTEX_A15)
    engine.mem_map(0x0900_0000, 0x1000)
    engine.mem_map(0x4000_0000, 0x100_0000)
    for segment in loaded.segments:
        engine.mem_write(int(segment.load), bytes(segment.data))
    executed = 0

    def count(*_: object) -> None:
        nonlocal executed
        executed += 1

    engine.hook_add(UC_HOOK_CODE, count)
    try:
        engine.emu_start(loaded.entry, 0, count=100_000)
        mode = engine.reg_read(UC_ARM_REG_CPSR) & 0x1F
    except UcError as error:
        at = engine.reg_read(UC_ARM_REG_PC)
        return f"refuses instruction {executed} at {at:#010x}: {error}"
    at = engine.reg_read(UC_ARM_REG_PC)
    return f"never ends: after {executed} instructions at {loaded.symbolize(at)}, mode {mode:#04x}"


def qemu_seconds(image: bytes) -> float | None:
    """From start to exit; None where QEMU is not installed."""
    program = shutil.which("qemu-system-arm")
    if program is None:
        return None
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "image.elf"
        path.write_bytes(image)
        command = [program, "-M", "virt,virtualization=on", "-cpu", "cortex-a15", "-nographic"]
        start = time.perf_counter()
        subprocess.run(
            [*command, "-kernel", str(path)],
            check=False,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=120,
        )
        return time.perf_counter() - start


def qemu(loop: Loop) -> float | None:
    """Instructions a second, the start of QEMU subtracted."""
    nothing, much = (qemu_seconds(elf(loop, turns)) for turns in (1, loop.many))
    if nothing is None or much is None:
        return None
    each = {1: 9, 2: 2_730 * 6 + 6, 3: 8}[loop.kind]
    return loop.many * each / max(much - nothing, 1e-3)
