"""Building the Hyp stage 1 translation tables, with the interface that KVM/ARM gave to it.

The names and their meaning are those of arch/arm/kvm/mmu.c in Linux 3.9 to 4.x. There they edit
tables at run time; here they collect mappings, and :meth:`HypTables.build` turns the collection
into descriptors once it is known where the tables lie.

============================================  ====================================================
``create_hyp_mappings(from, to)``             maps kernel memory: Hyp VA = kernel VA, PA by
                                              ``virt_to_phys``, rounded out to pages
``create_hyp_io_mappings(from, to, phys)``    maps device registers at a VA outside the linear map
``create_hyp_idmap(from, to)``                maps hyp-init at VA = PA = its load address (there:
                                              ``kvm_map_idmap_text``)
``free_hyp_pmds()``                           drops every mapping; at run time legal only once no
                                              CPU has its Hyp MMU on, hence without a TLB operation
============================================  ====================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from hypgen.errors import InputError, Location
from hypgen.plan import descriptors
from hypgen.plan.descriptors import Permission
from hypgen.plan.idmap import FOUR_GIB, VMALLOC_START, LinearMap
from hypgen.units import BLOCK_SIZE, GIB, PAGE_SIZE, LoadAddr, PhysAddr, Span, VirtAddr, align_down, align_up


@dataclass(frozen=True)
class HypMapping:
    """One range of whole pages: ``virtual`` translates to ``physical`` onwards."""

    virtual: Span[VirtAddr]
    physical: PhysAddr
    permission: Permission
    purpose: str
    identity: bool = False

    @property
    def shift(self) -> int:
        """What translation adds to a VA."""
        return self.physical - self.virtual.start

    def __str__(self) -> str:
        output: Span[PhysAddr] = Span.sized(self.physical, self.virtual.size)
        return f"{self.virtual} -> {output} {self.permission} {self.purpose}"


@dataclass(frozen=True)
class TableEntry:
    """One descriptor: its index in the table, its value, and what it is for."""

    index: int
    value: int
    meaning: str


@dataclass(frozen=True)
class Table:
    """One translation table: where it lies, and the VA range that it resolves."""

    level: int
    physical: PhysAddr
    virtual: Span[VirtAddr]
    entries: tuple[TableEntry, ...]

    @property
    def length(self) -> int:
        """How many descriptors the table has, valid or not."""
        return descriptors.ROOT_ENTRIES if self.level == 1 else descriptors.ENTRIES


@dataclass(frozen=True)
class PlannedTables:
    """The finished tables: ``root`` goes to HTTBR, ``data`` are the bytes that lie there."""

    root: PhysAddr
    data: bytes
    mappings: tuple[HypMapping, ...]
    tables: tuple[Table, ...]


class HypTables:
    """Collects the mappings of a stage 1 regime and encodes them, with ``leaf`` as the regime has them."""

    def __init__(
        self, linear: LinearMap, leaf: Callable[[PhysAddr, Permission, int], int] = descriptors.leaf
    ) -> None:
        self.linear = linear
        self._leaf = leaf
        self._mappings: list[HypMapping] = []

    def virt_to_phys(self, address: int) -> PhysAddr:
        """The physical address of a linear VA; see :meth:`LinearMap.virt_to_phys`."""
        return self.linear.virt_to_phys(address)

    def virt_to_idmap(self, address: int) -> LoadAddr:
        """The load address of a linear VA; see :meth:`LinearMap.virt_to_idmap`."""
        return self.linear.virt_to_idmap(address)

    def create_hyp_mappings(
        self, from_: int, to: int, permission: Permission = "rw", purpose: str = "memory"
    ) -> None:
        """Map the pages that hold ``[from_..to)`` of the linear map at their own VA.

        KVM's Hyp mode uses the kernel's virtual addresses, and so does ours. The range is rounded out
        to whole pages. Mapping a page again in the same way is allowed, as two objects may share it.

        Raises InputError when the range is not linear, or a page is mapped already in another way.
        """
        pages = self._pages(from_, to)
        physical = self.linear.virt_to_phys(pages.start)
        self.linear.virt_to_phys(pages.end - 1)
        self._add(HypMapping(pages, physical, permission, purpose))

    def create_hyp_io_mappings(self, from_: int, to: int, phys: int, purpose: str = "device") -> None:
        """Map device registers at ``phys`` (up to 40 bits) to ``[from_..to)``, as Device, never executable.

        As in KVM the VA must lie outside the linear map (there: be a vmalloc address), and as no page
        offset can be translated ``from_`` and ``phys`` must agree in their low 12 bits.

        Raises InputError when either does not hold, or a page is mapped already.
        """
        pages = self._pages(from_, to)
        if from_ % PAGE_SIZE != phys % PAGE_SIZE:
            raise InputError.at(
                "PLAN-007",
                f"{purpose}: VA {VirtAddr(from_)} and PA {PhysAddr(phys)} differ in their low 12 bits",
                self._place,
            )
        if pages.start < VMALLOC_START:
            raise InputError.at(
                "PLAN-006",
                f"{purpose}: device registers are mapped from {VMALLOC_START} up, outside the linear map, "
                f"not at {pages}",
                self._place,
            )
        self._add(HypMapping(pages, PhysAddr(align_down(phys, PAGE_SIZE)), "device", purpose))

    def create_hyp_idmap(self, from_: LoadAddr, to: int, purpose: str = "identity") -> None:
        """Map the pages that hold ``[from_..to)`` at VA = PA = load address, to be executed only.

        The instruction that turns the Hyp MMU on or off is fetched by the same address before and
        after, so this address is the one that a CPU with its MMU off uses. Where that is an alias,
        the descriptor names the alias too: the text is never written, so that it may be.

        Raises InputError when something else has that VA.
        """
        pages = self._pages(from_, to)
        self._add(HypMapping(pages, PhysAddr(pages.start), "rx", purpose, identity=True))

    def create_hyp_trampoline(self, at: VirtAddr, code: LoadAddr, purpose: str = "trampoline") -> None:
        """Map the page at ``code``, the identity page, at the VA ``at``, to be executed only.

        Two tables that both do this may be exchanged by code that runs there. Raises InputError when
        something else has that VA.
        """
        self._add(HypMapping(Span.sized(at, PAGE_SIZE), PhysAddr(code), "rx", purpose))

    def free_hyp_pmds(self) -> tuple[HypMapping, ...]:
        """Drop every mapping and return what there was.

        In KVM this is the last step of unloading. It does no TLB maintenance, because no CPU may have
        its Hyp MMU on by then: a walk of a freed table would be a use after free.
        """
        freed = tuple(self._mappings)
        self._mappings.clear()
        return freed

    @property
    def mappings(self) -> tuple[HypMapping, ...]:
        """All mappings, by ascending VA."""
        return tuple(sorted(self._mappings, key=lambda one: one.virtual))

    def lookup(self, address: int) -> HypMapping | None:
        """The mapping that translates the VA ``address``, or None."""
        return next((one for one in self._mappings if address in one.virtual), None)

    def build(self, at: PhysAddr) -> PlannedTables:
        """Encode the mappings as tables that lie at ``at`` (page aligned): level 1, then 2, then 3.

        Each is a page of its own, the 4-entry level 1 table too. 2 MiB blocks are used where the
        alignment of VA and PA and the size allow, pages elsewhere.
        """
        leaves = tuple(self._leaves())
        level2 = sorted({align_down(va, GIB) for va, _, _ in leaves})
        level3 = sorted({align_down(va, BLOCK_SIZE) for va, level, _ in leaves if level == 3})
        places = {(1, 0): at}
        for number, key in enumerate([*((2, base) for base in level2), *((3, base) for base in level3)], 1):
            places[key] = PhysAddr(at + number * PAGE_SIZE)
        entries: dict[tuple[int, int], list[TableEntry]] = {key: [] for key in places}
        for level, base in places:
            if level > 1:
                above, span = level - 1, descriptors.ENTRY_SPAN[level - 1]
                parent = 0 if above == 1 else align_down(base, GIB)
                meaning = f"{_span(base, span)} -> level {level} table"
                entries[above, parent].append(
                    TableEntry((base - parent) // span, descriptors.table(places[level, base]), meaning)
                )
        for va, level, mapping in leaves:
            size = descriptors.ENTRY_SPAN[level]
            base = align_down(va, descriptors.ENTRY_SPAN[level - 1])
            physical = PhysAddr(va + mapping.shift)
            meaning = f"{_span(va, size)} -> {physical} {mapping.permission} {mapping.purpose}"
            value = self._leaf(physical, mapping.permission, level)
            entries[level, base].append(TableEntry((va - base) // size, value, meaning))
        tables = tuple(
            Table(
                level, place, _span(base, _resolves(level)), tuple(sorted(entries[level, base], key=_index))
            )
            for (level, base), place in places.items()
        )
        order = self.linear.board.image.endian
        data = b"".join(_encode(table, order) for table in tables)
        return PlannedTables(at, data, self.mappings, tables)

    def _leaves(self) -> Iterator[tuple[int, int, HypMapping]]:
        """Every leaf descriptor as (VA, level, mapping), by ascending VA."""
        for mapping in self.mappings:
            va = int(mapping.virtual.start)
            while va < mapping.virtual.end:
                aligned = va % BLOCK_SIZE == 0 and (va + mapping.shift) % BLOCK_SIZE == 0
                level = 2 if aligned and mapping.virtual.end - va >= BLOCK_SIZE else 3
                yield va, level, mapping
                va += descriptors.ENTRY_SPAN[level]

    def _pages(self, from_: int, to: int) -> Span[VirtAddr]:
        """``[from_..to)`` rounded out to pages."""
        if not 0 <= from_ < to <= FOUR_GIB:
            sentence = f"cannot map [0x{from_:08x}..0x{to:08x}): expected a range of virtual addresses"
            raise InputError.at("PLAN-007", sentence, self._place)
        return Span(VirtAddr(align_down(from_, PAGE_SIZE)), align_up(to, PAGE_SIZE))

    def _add(self, new: HypMapping) -> None:
        """Add what of ``new`` is not mapped yet; raises InputError when a page is mapped differently."""
        missing = [new.virtual]
        for old in self._mappings:
            if not old.virtual.overlaps(new.virtual):
                continue
            same = (old.shift, old.permission) == (new.shift, new.permission)
            if old.identity != new.identity and not same:
                one, other = (new, old) if new.identity else (old, new)
                raise InputError.at(
                    "PLAN-005",
                    f"{one.purpose} must be mapped at VA = PA, but {one.virtual} overlaps the runtime "
                    f"address {other.virtual} of {other.purpose}",
                    self._place,
                    "choose another image.virtual_base",
                )
            if not same:
                sentence = f"the Hyp mapping {new} conflicts with {old}"
                raise InputError.at("PLAN-004", sentence, self._place)
            missing = [part for span in missing for part in _without(span, old.virtual)]
        self._mappings += [
            HypMapping(part, PhysAddr(part.start + new.shift), new.permission, new.purpose, new.identity)
            for part in missing
        ]

    @property
    def _place(self) -> Location:
        return self.linear.board.locate("image.virtual_base")


def _span(base: int, size: int) -> Span[VirtAddr]:
    return Span.sized(VirtAddr(base), size)


def _resolves(level: int) -> int:
    """Bytes of VA that one table of this level resolves."""
    return FOUR_GIB if level == 1 else descriptors.ENTRY_SPAN[level - 1]


def _index(entry: TableEntry) -> int:
    return entry.index


def _without(span: Span[VirtAddr], hole: Span[VirtAddr]) -> list[Span[VirtAddr]]:
    """What is left of ``span`` when ``hole`` is cut out of it."""
    left = Span(span.start, min(span.end, hole.start))
    right = Span(VirtAddr(max(span.start, hole.end)), span.end)
    return [part for part in (left, right) if part.size > 0]


def _encode(table: Table, order: Literal["little", "big"]) -> bytes:
    """One page: the table's descriptors, and zeros (invalid descriptors) elsewhere."""
    page = bytearray(PAGE_SIZE)
    for entry in table.entries:
        page[8 * entry.index : 8 * entry.index + 8] = entry.value.to_bytes(8, order)
    return bytes(page)
