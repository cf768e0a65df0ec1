"""Strict rules that gather what may come of each access, ask a chooser, and have it come so."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

from hypgen.arch.register import Register
from hypgen.emulator.address_operations import ADDRESS_TRANSLATIONS, address_translate, answer, translated
from hypgen.emulator.faults import Fault
from hypgen.emulator.memory import OFFSET_MASK, PAGE_SHIFT, DeviceWindow
from hypgen.emulator.strict.anything import Anything
from hypgen.emulator.strict.choices import Alternative, Arrived, Choice, Chooser, Ground, Seen
from hypgen.emulator.strict.contract import Contract
from hypgen.emulator.strict.findings import Finding, Rule
from hypgen.emulator.strict.lines import Line
from hypgen.emulator.strict.memory_side import MemorySide
from hypgen.emulator.strict.observer import StrictRules
from hypgen.emulator.system import System
from hypgen.emulator.translation import Translation

LOOSE = "loose"
"""The key in :attr:`PlayingRules.single` while anything is loose."""
_AHEAD = 256
"""Bytes that a block of instructions reaches at most."""


class PlayingRules(StrictRules):
    """The strict rules of a CPU, which have what they find played."""

    playing = True

    def __init__(
        self,
        system: System,
        findings: list[Finding],
        contract: Contract,
        side: MemorySide,
        chooser: Chooser,
    ) -> None:
        super().__init__(system, findings, contract, side)
        self._chooser = chooser
        self._offered: list[Alternative] = []
        self._old: dict[str, tuple[int, int]] = {}
        """Registers that have old values for one instruction: the new value, and the old."""
        self._answer: Translation | Fault | None = None
        """What the address translation operation that is about to be performed comes to, if not the usual."""
        self.single: dict[str, object] = {}
        """Not empty while instructions are executed one at a time."""
        self.unsettled: Mapping[str, object] = ChainMap(
            cast("dict[str, object]", self.unsettled), self.single
        )
        self.storing = 0, 0
        """Size and value of the store that is being made."""
        self._behind: Arrived | None = None
        self._ever: dict[Hashable, bool] = {}
        """Outcomes that came and come again (:attr:`Alternative.ever`)."""
        self.reported: dict[Hashable, Finding] = {}
        """The findings by what they were reported once for."""

    def report(self, finding: Finding, once: Hashable) -> None:
        """Note a finding, unless one with the same key was noted."""
        before = len(self.findings)
        super().report(finding, once)
        if len(self.findings) > before:
            self.reported.setdefault(once, finding)

    # -- what is offered, and chosen ------------------------------------------------------------------------
    def offer(
        self,
        rule: Rule,
        once: Hashable,
        what: str,
        result: object,
        key: Hashable,
        *,
        if_reported: bool = False,
        ever: Hashable = None,
    ) -> bool:
        """An access may come out in another way: keep it until the access is decided."""
        self.doubts += 1
        self._offered.append(Alternative((Ground(rule.id, once),), what, result, key, if_reported, ever))
        return True

    def loose(self) -> None:
        """An access is evaluated under more than one state that the machine may be in."""
        self.doubts += 1
        self._chooser.looked(self.system.cpu.index, self.system.current_pc())

    @property
    def offers(self) -> bool:
        """Whether anything was offered that is not decided."""
        return bool(self._offered)

    def decide(self, use: str, usual: bool = True) -> Alternative | None:
        """What an access comes to: one of the alternatives that were offered, or None for the usual outcome.

        ``usual`` tells whether that is possible at all; if not, and one alternative is all there is, nobody
        is asked.
        """
        offered, self._offered = self._offered, []
        if not offered:
            return None
        for one in offered:
            if one.ever in self._ever:
                return one
        distinct: dict[str, Alternative] = {}
        for one in offered:
            same = distinct.setdefault(repr(one.key), one)
            if same is not one:
                distinct[repr(one.key)] = replace(same, grounds=(*same.grounds, *one.grounds))
        alternatives = tuple(distinct[name] for name in sorted(distinct))
        choice = Choice(self.system.cpu.index, self.system.current_pc(), use, alternatives, usual)
        if choice.outcomes == 1:
            return choice.outcome(0)
        made = choice.outcome(self._chooser.choose(choice))
        if made is not None and made.ever is not None:
            self._ever[made.ever] = True
        return made

    def _known(self) -> dict[str, dict[Any, Any]]:
        return super()._known() | {"ever": self._ever}

    def ask_to_stop(self, kind: str) -> None:
        """Have the run end after the current instruction, unless something else ends it."""
        if self.system.stop is None:
            self.system.request_stop(kind, "")

    def exclusive(self, va: int, size: int, load: bool) -> None:
        """LDREX or STREX of a location: a STREX may pass by the LDREX of somebody else."""
        super().exclusive(va, size, load)
        if not load and self.decide(f"STREX to {va:#010x}") is not None:
            self.system.monitor.tag(va, size)

    def woken(self, address: int) -> bool:
        """Firmware looks at a word after an event: it may see what was there before, and wait again."""
        super().woken(address)
        return self.decide(f"firmware's load of {address:#010x}") is not None

    def device_stored(self, va: int) -> None:
        """A store to a device is about to be made: one that another CPU made may arrive after it."""
        super().device_stored(va)
        made = self.decide(f"store to the device at {va:#010x}")
        seen, me = self.side.locks.seen, self.system.cpu.index
        if made is not None:
            self._behind = seen[made.result]
            self._behind.put_back()
        outcome = self.system.translate(va) if seen or me in self.side.locks.stores else None
        window = self.system.memory.device(outcome.pa) if isinstance(outcome, Translation) else None
        if isinstance(window, DeviceWindow) and isinstance(outcome, Translation):
            for cpu in [cpu for cpu, one in seen.items() if one.window is window]:
                del seen[cpu]
            if me in self.side.locks.stores:
                back, offset = self._chooser.keep(window.device), outcome.pa - window.span.start
                seen[me] = Arrived(window, offset, *self.storing, back)

    def store_made(self) -> None:
        """A store was made: whatever was to arrive behind it does."""
        behind, self._behind = self._behind, None
        if behind is not None:
            behind.arrive()

    # -- registers that an instruction goes by ----------------------------------------------------------
    def _registers(self, use: str) -> None:
        made = self.decide(use)
        if made is None:
            return
        values = self.system.cpu.coproc.values
        for name, old in made.result.items():
            self._old[name] = (values[name], old)
            values[name] = old

    @contextmanager
    def going_by(self, over: Mapping[str, int]) -> Iterator[None]:
        """Registers have old values for one access."""
        values = self.system.cpu.coproc.values
        new = {name: values[name] for name in over}
        values.update(over)
        try:
            yield
        finally:
            values.update(new)

    def settle_registers(self) -> None:
        """The instruction is over: registers have their new values again."""
        values = self.system.cpu.coproc.values
        for name, (new, old) in self._old.items():
            if values[name] == old:  # the instruction may have written it itself
                values[name] = new
        self._old.clear()

    def vectoring(self, stored: str) -> None:
        """An exception takes its vector base from a register."""
        super().vectoring(stored)
        self._registers(f"exception entry by {stored}")

    def unaligned(self, va: int, write: bool) -> None:
        """An access that is not aligned is about to be made."""
        super().unaligned(va, write)
        self._registers(f"unaligned access of {va:#010x}")

    def register_read(self, name: str) -> None:
        """A system register is read, or an instruction asks for access, while something is pending."""
        super().register_read(name)
        self._registers(f"use of {name}")

    def register_accessed(self, row: Register) -> None:
        """A CP15 access is authorised, while something is pending."""
        super().register_accessed(row)
        self._registers(f"access of {row.name}")

    def addressed(self, name: str, value: int) -> None:
        """A system operation is about to be performed: one of address translation may come to another result,
        and maintenance by address may reach another line, or abort."""
        super().addressed(name, value)
        made = self.decide(f"{name} of {value:#010x}")
        result = made.result if made is not None else None
        outcome = result.outcome if isinstance(result, Anything) else result
        if name in ADDRESS_TRANSLATIONS:
            self._answer = outcome
        else:
            self.system.reached = outcome

    def operation(self, row: Register, value: int) -> None:
        """A TLB, cache, predictor or address translation operation was performed: it may have gone by old
        values of registers, which families are told in turn."""
        if self._answer is not None:
            _, regime, long = translated(self.system, self.system.cpu.coproc.values, row.name, value)
            answer(self.system, row.name, self._answer, regime, long)
            self._answer = None
        for told in self._told["operation"]:
            told(row.name, value)
            if self._offered:
                self._registers(row.name)
                if row.name in ADDRESS_TRANSLATIONS:
                    address_translate(self.system, row.name, value)
        self.system.reached = None

    def exception_taken(self, kind: str) -> None:
        """An exception was taken."""
        self.system.reached = None
        self.settle_registers()
        super().exception_taken(kind)

    def synchronised(self) -> None:
        """ISB, exception entry or exception return."""
        self.settle_registers()
        super().synchronised()
        self._chooser.synchronised()

    # -- bytes that are read ---------------------------------------------------------------------------------
    def seen(self, va: int, content: bytes, outcome: Translation, access: str, cached: bool) -> bytes:
        """The bytes that an access sees, where ``content`` are stored; the caches are then as that has it."""
        if not self._offered:
            return content
        place = self.side.place(outcome.pa)
        line = self.side.lines.get(place.address >> self.side.shift)
        offset = place.address & (self.side.size - 1)
        within = slice(offset, min(offset + len(content), self.side.size))
        possible = True
        if line is not None and line.size - offset >= len(content):
            possible = any(
                not one or one[within] == content
                for one in (each.seen(place.view) if cached else each.memory for each in line.conditions)
            )
        stuck = self.side.shared.stuck if self.side.shared is not None else {}
        usual = possible and (self.system.cpu.index, place.address) not in stuck
        made = self.decide(f"{access} of {va:#010x}", usual)
        result = bytearray(content)
        if made is not None:
            at, other, ever = cast("Seen", made.result)
            start = at - place.address
            result[start : start + len(other)] = other
            if ever:
                stuck.update(((self.system.cpu.index, at + index), byte) for index, byte in enumerate(other))
        if line is not None and (made is None or any(one.rule.startswith("CACHE") for one in made.grounds)):
            self._narrow(line, place.view, cached, within, bytes(result[: line.size - offset]))
        return bytes(result)

    def _narrow(self, line: Line, view: int, cached: bool, within: slice, content: bytes) -> None:
        """Only conditions are possible any more in which an access saw ``content``. One past the caches may
        have hit a line there, too, as the manual leaves it (A3.5.7)."""
        current = self.side.content(line.key << self.side.shift)
        kept = [
            one
            for one in line.conditions
            if (one.seen(view) or current)[within] == content
            or (not cached and (one.memory or current)[within] == content)
        ]
        if kept:
            line.conditions = frozenset(kept)
            line.hot = None
            self.side.settle(line)

    def uncertain(self, pa: int, cached: bool) -> bool:
        """Whether a block of instructions from a physical address on may be executed otherwise."""
        side = self.side
        place = side.place(pa)
        if side.uncertain.get((place.address >> PAGE_SHIFT, place.view, cached)):
            return True
        end = min(place.address + _AHEAD, (place.address | OFFSET_MASK) + 1)
        keys = range(place.address >> side.shift, (end - 1 >> side.shift) + 1)
        return any(
            key in side.fresh and side.fresh[key].old != side.content(key << side.shift) for key in keys
        )
