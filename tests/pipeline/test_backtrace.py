"""gdb on a built image: backtraces through the runtime's handlers, with the lines of source and template."""

import re
import subprocess
import threading

import pytest

from hypgen.machine.debugger import Debugger
from hypgen.machine.gdb.server import Server
from hypgen.machine.machine import Machine
from hypgen.pipeline.building import build
from tests import images
from tests.oracle import tool

pytestmark = pytest.mark.oracle
MARK = "@@"


def session(directory, board, *commands):
    """What gdb prints for each command, in the directory of the build's outputs."""
    elf = directory / f"{board}.elf"
    machine = Machine(images.board(board), mode="functional")
    machine.load(elf.read_bytes(), elf.name)
    with Server("127.0.0.1", 0) as server:
        thread = threading.Thread(target=lambda: server.serve(Debugger(machine)), daemon=True)
        thread.start()
        host, port = server.address
        arguments = [tool("gdb-multiarch"), "-nx", "-batch", "-ex", f"target remote {host}:{port}"]
        for command in commands:
            arguments += ["-ex", f"echo {MARK}", "-ex", command]
        done = subprocess.run(
            [*arguments, elf.name],
            cwd=directory,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        thread.join(10)
    return [one.strip() for one in done.stdout.split(MARK)[1:]]


def test_a_backtrace_goes_through_handlers_and_shows_both_lines(tmp_path, oracle_counter):
    result = build(images.board("qemu-virt"), out=tmp_path)
    source = (result.directory / "src" / "runtime.S").read_text().splitlines()

    _, _, area, *_, called = session(
        result.directory,
        "qemu-virt",
        "break hyp_area",
        "continue",
        "backtrace",
        "delete",
        "break hyp_sum",
        "continue",
        "backtrace",
    )

    frames = re.findall(r"^#(\d+) .*?(?:in )?(\S+) \(\) at (\S+):(\d+)$", area, re.MULTILINE)
    assert [frame[1] for frame in frames] == [
        "hyp_area",
        "(rendered)",
        "hyp_record",
        "(rendered)",
        "hyp_trap",
    ]
    for number, text in ((1, "bl      hyp_area"), (3, "bl      hyp_record")):
        _, _, file, line = frames[number]
        assert file == "src/runtime.S"
        assert text in source[int(line) - 1]
        _, _, file, line = frames[number + 1]
        assert file.startswith("src/templates/hypgen/")
        assert text in (result.directory / file).read_text().splitlines()[int(line) - 1]

    names = re.findall(r"^#\d+ .*?(?:in )?(\S+) \(\)", called, re.MULTILINE)
    assert names[:3] == ["hyp_sum", "(rendered)", "hyp_trap_call"]
    back = re.search(r"^#3 +(0x[0-9a-f]+) in \?\? \(\)", called, re.MULTILINE)
    host = next(one for one in result.compiled.image.sections if one.name == ".host.text")
    assert back
    assert host.load < int(back[1], 16) < host.load + host.size
    oracle_counter("unwinding")(9)
