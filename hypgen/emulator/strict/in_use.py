"""The translation tables that a CPU uses: where they are, and what caches may hold by them."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any, cast

from hypgen.emulator.mmu import REGISTERS
from hypgen.emulator.strict.copying import copied
from hypgen.emulator.strict.exposure import Ranges, exposed, stages, tables_of
from hypgen.emulator.strict.memory_side import MemorySide
from hypgen.emulator.strict.whole_tables import Table
from hypgen.emulator.system import System
from hypgen.emulator.translation import Regime

SETTING = frozenset(name for names in REGISTERS.values() for name in names)
"""The registers that a translation reads."""
_SETTINGS = {regime: itemgetter(*names) for regime, names in REGISTERS.items()}
"""Gives the values of all registers that a translation in a regime reads."""


class TablesInUse:
    """The tables of each regime that one CPU uses.

    A regime counts from when the CPU is in it with its MMU on, and for as long as its registers stay: what
    they hold before is nothing that the CPU looks into.
    """

    def __init__(self, system: System, side: MemorySide, told: tuple[Callable[..., None], ...]) -> None:
        self._system = system
        self._side = side
        self._told = told
        """Who is told of the tables that the CPU uses."""
        self._settings: dict[Regime, tuple[int, ...]] = {}
        self.live: dict[Regime, Ranges] = {}
        """Where the tables of each regime in use are."""
        self._tables: dict[Regime, tuple[Table, ...]] = {}
        """The same tables one by one."""
        self.changed = False
        """Whether a store to a table may have brought others into use."""
        self._changes = 0
        """How often tables in use were changed."""
        self._looked = False

    def capture(self) -> object:
        """A copy of all that is known, for a snapshot."""
        return copied((self._settings, self.live, self._tables, self.changed, self._looked), {})

    def reinstate(self, captured: object) -> None:
        """Know what :meth:`capture` copied, and nothing else."""
        known = cast("tuple[Any, ...]", copied(captured, {}))
        self._settings, self.live, self._tables, self.changed, self._looked = known

    def table_at(self, regime: Regime, address: int) -> Table | None:
        """The table in use by a regime that has a descriptor at an address."""
        found = self._tables.get(regime, ())
        return next((one for one in found if 0 <= address - one.address < one.size), None)

    def begin(self) -> None:
        """Instructions are about to be executed: look, if nothing else has made that necessary."""
        if not self._looked:
            self._looked = True
            self.look()

    def look(self) -> None:
        """Note what may be cached by the registers' values now."""
        values, here = self._system.cpu.coproc.values, self._system.regime()
        if here in self._settings:
            for regime, known in self._settings.items():
                if _SETTINGS[regime](values) != known:
                    break
            else:
                return  # as mostly: nothing was written
        changed = False
        for regime in {here, *self._settings}:
            now = _SETTINGS[regime](values)
            if self._settings.get(regime) == now:
                continue
            if regime is here:
                self._settings[regime] = now
                changed |= self._look_into(regime)
            else:
                del self._settings[regime]
                changed |= self._use(regime, (), None)
        if changed:
            self._forget_fetches()

    def look_again(self) -> None:
        """Stores to tables are complete: other tables may be in use, and other memory cacheable."""
        self.changed = False
        self._changes += 1
        for regime in tuple(self.live):
            self._look_into(regime)
        self._forget_fetches()

    def tell(self) -> None:
        """Whatever was to be written together is written: tell of the tables that the CPU uses now."""
        here = self._system.regime()
        key = self._settings.get(here)
        if key is not None:
            for told in self._told:
                told(here, (key, self._changes))

    def _look_into(self, regime: Regime) -> bool:
        """Note what may be cached by the tables of a regime, and where they are; whether it is another."""
        values = self._system.cpu.coproc.values
        mapped = stages(regime, values, self._system.memory)
        place = self._side.place
        tables = tuple([one._replace(address=place(one.address).address) for one in tables_of(mapped)])
        return self._use(regime, tables, Ranges(exposed(regime, values, mapped)))

    def _use(self, regime: Regime, tables: tuple[Table, ...], ranges: Ranges | None) -> bool:
        """A regime has tables, stores to which are told one by one from now on, and lets ``ranges`` be
        cached; whether either is another than before."""
        changed = self._side.history.change((self._system.cpu.index, regime), ranges)
        if tables == self._tables.get(regime, ()):
            return changed
        if tables:
            live = self.live[regime] = Ranges((one.address, one.address + one.size) for one in tables)
            self._tables[regime] = tables
            memory = self._system.memory
            for page in filter(None, map(memory.page, live.pages())):
                for peer in self._system.peers:
                    peer.forget_writable(page)
        else:
            del self.live[regime], self._tables[regime]
        return True

    def _forget_fetches(self) -> None:
        """What caches and TLBs may hold of tables is another: look at what is fetched through them again."""
        for peer in self._system.peers:
            peer.forget_fetches()
