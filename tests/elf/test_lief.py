import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hypgen.elf import lief
from hypgen.elf.compose import image_file
from hypgen.elf.lief import read_image, read_object, write_image, write_object
from hypgen.elf.model import Binding, ObjectFile, SymbolType
from hypgen.elf.structure import read_structure
from hypgen.errors import InternalError
from tests.elf.build import sample_image, sample_object, section


def without_places(made: ObjectFile) -> ObjectFile:
    """An object without what only the file format adds: places and section symbols."""
    symbols = [replace(one, location=None) for one in made.symbols if one.type is not SymbolType.SECTION]
    relocations = [replace(one, location=None) for one in made.relocations]
    return ObjectFile(made.name, made.sections, symbols, relocations)


def test_an_object_reads_back_as_it_was_written():
    made = sample_object()

    assert without_places(read_object(write_object(made), "sample.o")) == made


def test_an_image_reads_back_as_it_was_written():
    image = sample_image()

    assert read_image(write_image(image), "sample.elf") == replace(image, lines=())


def test_an_image_file_keeps_virtual_and_load_address_apart():
    file = read_structure(write_image(sample_image()), "sample.elf")

    assert [(one.virtual, one.physical, one.flags) for one in file.segments] == [
        (0xC000_8000, 0x8000_8000, 5),
        (0xC000_A000, 0x8000_A000, 4),
        (0xC000_B000, 0x8000_B000, 6),
    ]
    assert file.flags == 0x0500_0200
    assert file.entry == 0xC000_8000


def test_zeroed_memory_takes_no_room_in_the_file():
    last = read_structure(write_image(sample_image()), "sample.elf").segments[-1]

    assert (last.file_size, last.memory_size) == (8, 0x1100)


def test_local_symbols_come_first_even_before_globals_that_are_no_function():
    image = sample_image()
    labels = tuple(
        replace(one, type=SymbolType.NOTYPE, size=0)
        for one in sorted(image.symbols, key=lambda one: one.section is not None)
    )
    file = read_structure(write_image(replace(image, symbols=labels)), "labels.elf")

    table = next(one for one in file.sections if one.name == ".symtab")
    assert [one.info >> 4 for one in file.symbols[: table.info]] == [Binding.LOCAL] * table.info
    assert all(one.info >> 4 == Binding.GLOBAL for one in file.symbols[table.info :])


def test_the_build_id_follows_loaded_bytes_and_not_names():
    def identity(image):
        file = image_file(image)
        return next(one.data for one in file.sections if one.name == ".note.gnu.build-id")

    image = sample_image()
    renamed = replace(image, symbols=image.symbols[1:])
    patched = replace(image, sections=(replace(image.sections[0], data=bytes(12)), *image.sections[1:]))

    assert identity(renamed) == identity(image)
    assert identity(patched) != identity(image)


def test_the_same_image_gives_the_same_bytes_under_any_hash_seed():
    program = (
        "import sys, hashlib; from tests.elf.build import *; from hypgen.elf.lief import *;"
        "print(hashlib.sha256(write_image(sample_image()) + write_object(sample_object())).hexdigest())"
    )
    root = Path(__file__).parents[2]
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "77")
    }

    assert len(digests) == 1


def test_a_file_that_is_not_what_was_meant_is_an_internal_error(monkeypatch):
    def miswritten(file):
        return replace(
            file, sections=(*file.sections[:1], replace(file.sections[1], align=8), *file.sections[2:])
        )

    true_skeleton = lief.skeleton
    monkeypatch.setattr(lief, "skeleton", lambda file: true_skeleton(miswritten(file)))

    with pytest.raises(InternalError) as caught:
        write_object(sample_object())

    assert str(caught.value) == (
        "error[ELF-900]: sample.o was not written as meant, says hypgen: "
        "section 1 (.text) has align 0x8, not 0x4"
    )


def test_importing_the_module_does_not_import_lief():
    program = "import sys, hypgen.elf.lief; sys.exit('lief' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[2], check=False)

    assert done.returncode == 0


def test_a_section_of_no_bytes_is_kept():
    made = ObjectFile("empty.o", {".text": section(".text", b"")})

    assert read_object(write_object(made), "empty.o").sections == made.sections
