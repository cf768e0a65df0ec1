"""The rendered sources, made an image by GNU binutils and run by QEMU: nothing of ours but the text."""

from __future__ import annotations

import re
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hypgen.board.load import load_board
from hypgen.plan import structures
from hypgen.plan.image import ImagePlan, plan_image
from hypgen.plan.options import PlanOptions
from hypgen.plan.structures import JournalEntry, Record, read_journal, read_record_area
from hypgen.render.sources import render_sources
from hypgen.resources import directories
from tests.oracle import run, tool

pytestmark = pytest.mark.oracle
Counter = Callable[[str], Callable[[int], None]]

PROGRAM_HEADERS = "PHDRS { rx PT_LOAD FLAGS(5); r PT_LOAD FLAGS(4); rw PT_LOAD FLAGS(6); }"


def gnu_objects(plan: ImagePlan, directory: Path, templates: Path | None) -> list[Path]:
    """Assemble every rendered source; each must give no word of complaint."""
    objects = []
    for source in render_sources(plan, templates):
        file = directory / source.name
        file.write_text(source.text)
        objects.append(file.with_suffix(".o"))
        done = run(["arm-none-eabi-as", "-march=armv7ve", file, "-o", objects[-1]])
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return objects


def gnu_image(plan: ImagePlan, directory: Path, templates: Path | None = None) -> Path:
    """Link the objects at the plan's addresses."""
    placed = [
        f"  {one.name} {int(one.virtual):#x} {'(NOLOAD)' if one.nobits else ''} : AT({int(one.load):#x}) "
        f"{{ *({one.name}) }} :{one.permission}"
        for one in plan.sections
    ]
    script = directory / "image.ld"
    script.write_text(
        "\n".join([PROGRAM_HEADERS, "SECTIONS {", *placed, "  /DISCARD/ : { *(.ARM.attributes) }", "}\n"])
    )
    image = directory / "image.elf"
    entry = hex(plan.entry_address)
    objects = gnu_objects(plan, directory, templates)
    done = run(["arm-none-eabi-ld", "-T", script, "-e", entry, *objects, "-o", image])
    assert (done.returncode, done.stderr) == (0, "")
    return image


def symbols(image: Path) -> dict[str, int]:
    listed = run(["arm-none-eabi-nm", image]).stdout
    return {name: int(value, 16) for value, _, name in map(str.split, listed.splitlines())}


class Qemu:
    """A QEMU whose memory can be read when the image has come to its end."""

    def __init__(self, image: Path, machine: str, directory: Path) -> None:
        self.console, self.directory = directory / "console", directory
        self.process = subprocess.Popen(
            [tool("qemu-system-arm"), "-M", machine, "-cpu", "cortex-a15", "-display", "none", "-no-shutdown",
             "-monitor", "stdio", "-serial", f"file:{self.console}", "-kernel", image],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def text(self, last: str) -> str:
        """The console, once it has the line ``last``."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            text = self.console.read_bytes().decode() if self.console.exists() else ""
            if re.search(rf"{re.escape(last)}\r*\n", text):
                return text
            time.sleep(0.02)
        pytest.fail(f"QEMU did not print {last!r}, but:\n{text}")

    def memory(self, physical: int, size: int) -> bytes:
        file = self.directory / f"{physical:x}"
        assert self.process.stdin is not None
        self.process.stdin.write(f'pmemsave {physical:#x} {size:#x} "{file}"\n')
        self.process.stdin.flush()
        end = time.monotonic() + 10
        while not (file.exists() and file.stat().st_size == size):
            assert time.monotonic() < end, "pmemsave wrote nothing"
            time.sleep(0.01)
        return file.read_bytes()

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.kill()
        self.process.stdin.close()
        self.process.wait()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[Path, str], Qemu]]:
    running: list[Qemu] = []

    def begin(image: Path, machine: str) -> Qemu:
        running.append(Qemu(image, machine, tmp_path))
        return running[-1]

    yield begin
    for one in running:
        one.close()


HVC, HYP, SVC = 0x14, 0x1A, 0x13
SGI = 1
"""The interrupt that the image sends itself, which stands in a record where others have HSR."""
EVENTS: list[tuple[int, int, int]] = [
    *[(HVC, 0x4A00_4702, SVC)] * 3,  # where, hsctlr, sum
    (HVC, 0x4A00_4701, SVC),  # a call that the runtime does not know
    (HVC, 0x4A00_4702, SVC), (0x04, 0, HYP),  # UDF
    (HVC, 0x4A00_4702, SVC), (0x08, 0x4600_0000, HYP),  # SVC: EC 0x11
    (HVC, 0x4A00_4702, SVC), (0x08, 0x4A00_4704, HYP),  # HVC from Hyp mode
    (HVC, 0x4A00_4702, SVC), (0x0C, 0x8400_0006, HYP),  # fetch: translation fault, level 2
    (HVC, 0x4A00_4702, SVC), (0x10, 0x9400_0006, HYP),  # load: the same
    (HVC, 0x4A00_4702, SVC), (0x18, SGI, HYP),  # IRQ, waited for in Hyp mode
    (HVC, 0x4A00_4702, SVC), (0x18, SGI, SVC), (HVC, 0x4A00_4702, SVC),  # HCR.IMO on, IRQ in SVC mode, off
    (HVC, 0x4A00_4702, SVC), (0x1C, SGI, HYP),  # FIQ, as Group 0 is ours in this machine
    (HVC, 0x4A00_4703, SVC),  # teardown
]  # fmt: skip
"""(slot, HSR or interrupt, mode that it came from) of each event of a round."""
MEANINGLESS = {0x04: 1 << 25, 0x0C: 1 << 25, 0x10: 0x03FF_0000}
"""Bits of HSR by slot that say nothing here: IL, and ISV with its syndrome, which is for stage 2 aborts."""


@pytest.mark.parametrize("translation", ["virt_to_idmap", "virt_to_phys"])
def test_qemu_runs_the_whole_life_cycle_twice(
    translation: str, tmp_path: Path, start: Callable[[Path, str], Qemu], oracle_counter: Counter
):
    plan = plan_image(load_board("qemu-virt"), PlanOptions(translation))  # type: ignore[arg-type]  # as listed
    image = gnu_image(plan, tmp_path)
    found = symbols(image)
    assert {name: found[name] for name in plan.anchors} == plan.anchors

    qemu = start(image, "virt,virtualization=on")
    console = qemu.text("cpu0   gave 0x00000002, as expected")
    lines = console.splitlines()
    assert all(line.startswith("cpu0 ") for line in lines)
    announced = [line.split()[1].rstrip(":") for line in lines if not line.startswith("cpu0  ")]
    names = [step.name for step in plan.scenario.steps]
    assert announced == ["boot", *names[:-1], *names[:-1], "done"]

    def physical(name: str) -> int:
        return plan.linear.virt_to_phys(found[name])

    journal = read_journal(qemu.memory(physical("host_journal"), structures.JOURNAL_SIZE))
    assert [plan.scenario.step(entry.step) for entry in journal] == announced[1:]
    assert all(entry.got == entry.expected for entry in journal)
    assert [entry.round for entry in journal] == [1] * 18 + [2] * 18 + [2]
    assert journal[0] == JournalEntry(1, 1, plan.registers["HVBAR.stub"], plan.registers["HVBAR.stub"])

    records = read_record_area(qemu.memory(physical("hyp_records"), structures.RECORD_AREA_SIZE))
    assert [
        (one.slot, one.hsr & ~MEANINGLESS.get(one.slot, 0), one.spsr & 0x1F) for one in records
    ] == EVENTS * 2
    assert [(one.cpu, one.sequence) for one in records] == [(0, number) for number in range(2 * len(EVENTS))]
    assert [one.far for one in records if one.slot in (0x0C, 0x10)] == [plan.unmapped_virtual] * 4
    assert all(bool(one.recovery) == (one.slot < HVC) for one in records)
    oracle_counter("qemu-lifecycle")(len(lines) + len(journal) + len(records))


def test_an_image_not_entered_in_hyp_mode_says_so_and_stops(
    tmp_path: Path, start: Callable[[Path, str], Qemu], oracle_counter: Counter
):
    image = gnu_image(plan_image(load_board("qemu-virt")), tmp_path)
    assert start(image, "virt").text("cpu0 FAILED: stopping here").splitlines() == [
        "cpu0 boot: not entered in Hyp mode (0x0000001a), and nothing but firmware can go there; "
        "mode 0x00000013",
        "cpu0 FAILED: stopping here",
    ]
    oracle_counter("qemu-lifecycle")(2)


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ("udf     #0", "hyp: fatal: Undefined Instruction in Hyp mode"),
        (
            "b       hyp_vectors",
            "hyp: fatal: came to vector slot 0x00, which the architecture never takes in Hyp mode",
        ),
    ],
)
def test_what_nobody_expects_stops_with_a_message_through_the_mapped_uart(
    event: str, message: str, tmp_path: Path, start: Callable[[Path, str], Qemu], oracle_counter: Counter
):
    own = tmp_path / "templates"
    own.mkdir()
    probes = (directories("templates")[-1] / "probes.S").read_text()
    assert probes.count("        udf     #0\n") == 1
    unarmed = f"        mov     r0, #0\n        bl      hyp_arm\n        {event}\n"
    (own / "probes.S").write_text(probes.replace("        udf     #0\n", unarmed))
    image = gnu_image(plan_image(load_board("qemu-virt")), tmp_path, own)
    lines = start(image, "virt,virtualization=on").text(f"cpu0 {message}").splitlines()
    assert f"cpu0 {message}" in lines  # the registers follow
    oracle_counter("qemu-lifecycle")(1)


def test_the_boards_sources_assemble_without_a_word_and_fit_their_sections(
    tmp_path: Path, oracle_counter: Counter
):
    add = oracle_counter("gas-accepts")
    for board in ("keystone", "qemu-virt"):
        plan = plan_image(load_board(board))
        directory = tmp_path / board
        directory.mkdir()
        image = gnu_image(plan, directory).read_bytes()
        assert image[:4] == b"\x7fELF"
        (entry,) = struct.unpack_from("<I", image, 0x18)
        assert entry == plan.entry_address
        listed = run(["arm-none-eabi-objdump", "-h", directory / "image.elf"]).stdout
        sizes = {name: int(size, 16) for name, size in re.findall(r" (\.\S+) +([0-9a-f]{8}) ", listed)}
        for section in plan.sections:
            assert 0 < sizes[section.name] <= section.budget
        add(len(plan.scenario.parts))


def test_record_fields_are_those_of_a_record():
    assert Record._fields == structures.RECORD_FIELDS
