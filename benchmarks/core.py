"""How fast the core executes, as ratios to a bare chain of Python closures measured in the same run.

    python benchmarks/core.py [--runs N]

(a) the images' own runs: the default scenario of a board, functional and strict;
(b) a CPU-bound integer loop, with the instructions of a loop that calculates;
(c) a copy of memory under two-stage translation;
(d) HVC and ERET between Supervisor and Hyp mode, with registers saved and restored.

An instruction counts once, also one that raises. Unicorn (without and with a Python hook on each
instruction) and QEMU run the same integer loop where they are installed; a missing one is reported
as missing. Each loop works on data that changes in every turn.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.closure_chain import operations_per_second
from hypgen.arch.psr import Mode
from tests.emulator.rig import CODE, RAM, Rig

INTEGER = (
    0xE080_0001,  # 1: add r0, r0, r1
    0xE022_2180,  # eor r2, r2, r0, lsl #3
    0xE082_3001,  # add r3, r2, r1
    0xE203_40FF,  # and r4, r3, #0xff
    0xE184_5002,  # orr r5, r4, r2
    0xE045_6000,  # sub r6, r5, r0
    0xE086_73E7,  # add r7, r6, r7, ror #7
    0xE258_8001,  # subs r8, r8, #1
    0x1AFF_FFF6,  # bne 1b
)
COPY = (
    0xE8B0_007C,  # 1: ldm r0!, {r2-r6}
    0xE8A1_007C,  # stm r1!, {r2-r6}
    0xE490_2004,  # ldr r2, [r0], #4
    0xE481_2004,  # str r2, [r1], #4
    0xE258_8001,  # subs r8, r8, #1
    0x1AFF_FFF9,  # bne 1b
)
HVC, ERET = 0xE140_0070, 0xE160_006E
CALL = (0xE280_0001, HVC, 0xE258_8001, 0x1AFF_FFFB)  # add r0, r0, #1; hvc #0; subs r8, r8, #1; bne
HANDLER = (0xE92D_000F, 0xE080_1000, 0xE8BD_000F, ERET)  # push {r0-r3}; add r1, r0, r0; pop {r0-r3}; eret


def per_second(action: Callable[[], int], runs: int) -> float:
    """The best rate of several runs; ``action`` gives how many instructions it executed."""
    best = 0.0
    for _ in range(runs):
        start = time.perf_counter()
        done = action()
        best = max(best, done / (time.perf_counter() - start))
    return best


def integer_loop(strict: bool) -> int:
    """(b): 200,000 turns."""
    rig = Rig(strict=strict)
    rig.run(INTEGER, limit=10_000_000, r1=1, r8=200_000)
    return rig.cpu.count


def two_stages(strict: bool) -> int:
    """(c): a copy in Supervisor mode, the LPAE stage 1 and stage 2 identity maps of 1 GB blocks."""
    rig = Rig(Mode.SVC, strict=strict)
    first, second = RAM + 0x20_0000, RAM + 0x20_1000
    for number in range(4):
        rig.store64(first + 8 * number, number << 30 | 0x741)
        rig.store64(second + 8 * number, number << 30 | 0x7FD)
    values = rig.values
    values |= {"TTBCR_NS": 0x8000_0000, "TTBR0_NS": first, "MAIR0_NS": 0xFF, "MAIR1_NS": 0}
    values |= {"VTCR": 0x8000_0040, "VTTBR": second, "HCR": 1, "SCTLR_NS": values["SCTLR_NS"] | 1}
    rig.cpu.system.registers_set()
    source, target = RAM + 0x40_0000, RAM + 0x60_0000
    rig.run(COPY, limit=10_000_000, r0=source, r1=target, r8=50_000)
    assert rig.cpu.r[0] == source + 50_000 * 24
    return rig.cpu.count


def switches(strict: bool) -> int:
    """(d): 20,000 calls of Hyp mode."""
    rig = Rig(Mode.SVC, strict=strict)
    rig.cpu.write_banked("SP_hyp", RAM + 0x7000)
    rig.words(rig.values["HVBAR"] + 0x14, HANDLER)
    rig.run(CALL, limit=10_000_000, r0=1, r8=20_000)
    return rig.cpu.count


def image(strict: bool) -> int:
    """(a): the default scenario of the board qemu-virt."""
    from hypgen.board.load import load_board
    from hypgen.machine.machine import Machine
    from hypgen.pipeline.building import compile_image

    board = load_board("qemu-virt")
    elf = _IMAGES.setdefault("qemu-virt", compile_image(board).elf)
    machine = Machine(board, mode="strict" if strict else "functional")
    machine.start(machine.load(elf))
    return machine.run(limit=1_000_000).instructions


_IMAGES: dict[str, bytes] = {}


def unicorn(hook: bool) -> float | None:
    """Instructions per second of (b) in Unicorn; None where it is not installed."""
    try:
        from unicorn import UC_ARCH_ARM, UC_HOOK_CODE, UC_MODE_ARM, Uc
        from unicorn.arm_const import UC_ARM_REG_R1, UC_ARM_REG_R8
    except ImportError:
        return None
    turns = 20_000 if hook else 2_000_000
    engine = Uc(UC_ARCH_ARM, UC_MODE_ARM)
    engine.mem_map(RAM, 0x10_0000)
    engine.mem_write(CODE, b"".join(word.to_bytes(4, "little") for word in INTEGER))
    engine.reg_write(UC_ARM_REG_R1, 1)
    engine.reg_write(UC_ARM_REG_R8, turns)
    if hook:
        engine.hook_add(UC_HOOK_CODE, lambda engine, address, size, data: None)
    start = time.perf_counter()
    engine.emu_start(CODE, CODE + 4 * len(INTEGER))
    return turns * len(INTEGER) / (time.perf_counter() - start)


def qemu() -> float | None:
    """Instructions per second of (b) in QEMU, its start subtracted; None where it is not installed."""
    program = shutil.which("qemu-system-arm")
    if program is None:
        return None

    def seconds(turns: int) -> float:
        off = (0xE3A0_0018, 0xE59F_1000, 0xEF12_3456, 0x0002_0026)  # SYS_EXIT
        start = (0xE3A0_1001, 0xE59F_8000, 0xEA00_0000, turns)  # mov r1, #1; ldr r8, turns
        words = (*start, *INTEGER, *off)
        with tempfile.NamedTemporaryFile(suffix=".bin") as file:
            file.write(b"".join(word.to_bytes(4, "little") for word in words))
            file.flush()
            command = [program, "-M", "virt", "-cpu", "cortex-a15", "-display", "none", "-serial", "none"]
            command += ["-semihosting-config", "enable=on,target=native"]
            command += ["-device", f"loader,file={file.name},addr={CODE + 0x80_0000:#x},cpu-num=0"]
            began = time.perf_counter()
            subprocess.run(command, check=False, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
            return time.perf_counter() - began

    turns = 20_000_000
    return turns * len(INTEGER) / max(seconds(turns) - seconds(1), 1e-6)


def main() -> None:
    """Measure and print, one line for each kind of code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    chain = max(operations_per_second(0.3) for _ in range(runs))
    print(f"{'closure chain':34} {chain / 1e6:8.2f} million a second")
    kinds = (("(a) image", image), ("(b) integer loop", integer_loop))
    kinds += (("(c) copy, two stages", two_stages), ("(d) world switches", switches))
    for name, action in kinds:
        for strict in (False, True):
            rate = per_second(lambda action=action, strict=strict: action(strict), runs)
            label = f"{name}, {'strict' if strict else 'functional'}"
            print(f"{label:34} {rate / 1e6:8.2f} million a second, ratio {rate / chain:.2f}")
    peers = {
        "(b) Unicorn": unicorn(hook=False),
        "(b) Unicorn, hook in Python": unicorn(hook=True),
        "(b) QEMU": qemu(),
    }
    for name, rate in peers.items():
        print(f"{name:34} " + ("  missing" if rate is None else f"{rate / 1e6:8.2f} million a second"))


if __name__ == "__main__":
    main()
