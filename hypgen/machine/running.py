"""What ``hypgen run`` asks for, as values: where to stop, which registers to set, where an image goes.

Everything here that a user wrote is refused with a sentence that says what was expected.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace

from hypgen.arch import registers as cp15
from hypgen.emulator.cp15 import NON_SECURE, SECURE
from hypgen.emulator.cpu import BANKED_NAMES
from hypgen.emulator.extension import NAMES as VFP_NAMES
from hypgen.emulator.unknown import ZEROS, Seed
from hypgen.errors import Diagnostic, InputError, Location
from hypgen.machine.boot import flat_image
from hypgen.machine.devices.signals import Signal
from hypgen.machine.loader import LoadedImage, read_image
from hypgen.machine.machine import Machine
from hypgen.machine.state import CORE_NAMES, system_registers
from hypgen.units import LoadAddr

ELF_MAGIC = b"\x7fELF"
_NUMBER = re.compile(r"(?i)0x[0-9a-f_]+|0b[01_]+|[0-9][0-9_]*")


def parse_number(option: str, text: str, bits: int = 32) -> int:
    """A number of ``bits`` bits; ``option`` is how it was given, as a whole. Raises InputError RUN-006."""
    if not _NUMBER.fullmatch(text):
        raise InputError.at(
            "RUN-006", f"{option}: {text!r} is not a number", hint="write it as 0x40008000 or 1024"
        )
    value = int(text, 0 if text[:2].lower() in ("0x", "0b") else 10)
    if value >> bits:
        raise InputError.at("RUN-006", f"{option}: the number does not fit into {bits} bits")
    return value


def parse_seed(option: str, text: str) -> Seed:
    """A seed of the UNKNOWN filling: a number, or "zeros". Raises InputError RUN-006."""
    return ZEROS if text == ZEROS else parse_number(option, text)


def read_any(data: bytes, name: str, load: str | None, entry: str | None) -> LoadedImage:
    """The image in a file: an ELF executable, or a flat binary if ``load`` says where it goes.

    Raises InputError RUN-003 for what can be neither, RUN-006 for a wrong option.
    """
    if data.startswith(ELF_MAGIC):
        if load is not None:
            raise InputError.at(
                "RUN-006", f"--load {load}: an ELF file says itself where it goes", Location(name)
            )
        return entered_at(read_image(data, name), entry)
    if load is None:
        raise InputError.at(
            "RUN-003", "this is no ELF file", Location(name), "to run it as a flat binary, give --load ADDR"
        )
    address = parse_number(f"--load {load}", load)
    return flat_image(data, name, address, None if entry is None else parse_number(f"--entry {entry}", entry))


def entered_at(image: LoadedImage, entry: str | None) -> LoadedImage:
    """The image with the entry that a symbol or a number gives, or its own.

    Raises InputError for an entry where the image has nothing: RUN-006, or RUN-003 for its own.
    """
    if entry is not None:
        return replace(image, entry=entry_of(image, entry))
    if not image.loaded_at(image.entry & ~1):
        raise _outside(image, "RUN-003", "e_entry", image.entry & ~1, "give --entry {near}")
    return image


def entry_of(image: LoadedImage, text: str) -> int:
    """The load address that ``--entry`` gives as a symbol or a number; bit 0 selects Thumb."""
    symbol = image.symbols.get(text)
    if symbol is not None:
        return image.to_load(symbol.address) | int(symbol.thumb)
    if not _NUMBER.fullmatch(text):
        raise _no_symbol(image, "--entry", text)
    given = parse_number(f"--entry {text}", text)
    address = image.to_load(given & ~1)
    if not image.loaded_at(address):
        hint = "give an address in it, as {near}, or leave the option out"
        raise _outside(image, "RUN-006", f"--entry {text}", address, hint)
    return address | given & 1


def _outside(image: LoadedImage, code: str, what: str, address: int, hint: str) -> InputError:
    """The refusal of an entry where the image has nothing; ``{near}`` in the hint is where it has some."""
    spans = ", ".join(str(segment.load_span) for segment in image.segments)
    near = min(
        (segment.load_span.start for segment in image.segments), key=lambda start: abs(start - address)
    )
    sentence = f"{what}: the image has nothing at {LoadAddr(address)}; it is loaded at {spans}"
    return InputError(
        Diagnostic(code, sentence, Location(image.name), hint.format(near=image.symbolize(near)))
    )


def stops(image: LoadedImage, texts: Iterable[str]) -> tuple[int, ...]:
    """The addresses that ``--until`` gives as symbols or numbers: virtual ones, and the load address of each
    that is the image's. Raises InputError RUN-006."""
    found: list[int] = []
    for text in texts:
        symbol = image.symbols.get(text)
        if symbol is not None:
            address = symbol.address
        elif _NUMBER.fullmatch(text):
            address = parse_number(f"--until {text}", text) & ~1
        else:
            raise _no_symbol(image, "--until", text)
        found += [address, image.to_load(address)]
    return tuple(dict.fromkeys(found))


def _no_symbol(image: LoadedImage, option: str, text: str) -> InputError:
    near = difflib.get_close_matches(text, image.symbols, 3, cutoff=0.6)
    if near:
        hint = f"did you mean {' or '.join(near)}?"
    elif image.symbols:
        hint = "give a symbol or an address"
    else:
        hint = "the image has no symbols: give an address"
    sentence = f"{option} {text}: the image has no symbol {text!r}"
    return InputError(Diagnostic("RUN-006", sentence, Location(image.name), hint))


def register_names() -> tuple[str, ...]:
    """Every name that ``--set`` takes."""
    plain = (name.removesuffix(SECURE).removesuffix(NON_SECURE) for name, _ in system_registers())
    stored = (name for name, _ in system_registers())
    return tuple(
        dict.fromkeys(
            (
                *CORE_NAMES,
                "r13",
                "r14",
                "r15",
                "CPSR",
                "SPSR",
                *BANKED_NAMES,
                *stored,
                *plain,
                *sorted(VFP_NAMES),
            )
        )
    )


def parse_setting(text: str) -> tuple[str, int]:
    """``REG=VALUE`` as a register's name and a value that fits. Raises InputError RUN-007."""
    given, equals, value = text.partition("=")
    names = {name.lower(): name for name in register_names()}
    name = names.get(given.lower())
    if not equals:
        raise InputError.at("RUN-007", f"--set {text}: this is not REG=VALUE", hint="as in --set r0=0x10")
    if name is None:
        near = difflib.get_close_matches(given.lower(), names, 3, cutoff=0.5)
        hint = (
            f"did you mean {' or '.join(names[one] for one in near)}?"
            if near
            else "name it as the manual does"
        )
        raise InputError.at("RUN-007", f"--set {text}: there is no register {given!r}", hint=hint)
    row = cp15.BY_NAME.get(name) or cp15.BY_NAME.get(name.removesuffix(SECURE).removesuffix(NON_SECURE))
    vfp = {"s": 32, "d": 64, "q": 128}.get(name[0], 32) if name in VFP_NAMES else None
    bits = vfp or (row.width if row is not None else 32)
    return name, parse_number(f"--set {text}", value, bits)


def awaits_input(machine: Machine) -> bool:
    """Whether a byte that arrived at the console now would interrupt: tried out on a copy of the device."""
    console = machine.bus.console
    line = Signal()
    probe = deepcopy(console, {id(console.irq): line, id(console.output): bytearray()})
    probe.receive(b"\r")
    return line.level
