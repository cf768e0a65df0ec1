"""From a script: build a board's image, look at the outputs, run it, and judge it once more.

python build_and_run.py qemu-virt out
"""

import sys

from hypgen import Machine, build, verify
from hypgen.board.load import load_board


def main(name: str, out: str) -> int:
    """Build, run and verify the image of the board ``name``; the outputs go below ``out``."""
    board = load_board(name)
    result = build(board, out=out)
    print(f"{name}: {'verified' if result.passed else 'REJECTED'}, in {result.directory}")
    for section in result.compiled.image.sections:
        places = f"VA 0x{section.virtual:08x}, loaded at 0x{section.load:08x}"
        print(f"  {section.name:<13} {places}, {section.size} bytes")

    machine = Machine(board)
    image = machine.load(result.compiled.elf, f"{name}.elf")
    stop = machine.run(until="hypgen_done")
    print(
        f"ran {stop.instructions} instructions from {image.symbolize(image.entry)}; stopped: {stop.stop.kind}"
    )
    print(f"HVBAR is 0x{machine.cpus[0].read('HVBAR'):08x}")

    verdict = verify(result.directory / f"{name}.elf", board)
    return 0 if verdict.passed else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
