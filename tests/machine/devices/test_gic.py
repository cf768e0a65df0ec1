"""The GIC register by register and wire by wire; sections are those of IHI 0048B."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from hypgen.errors import NotModelledError
from hypgen.machine.devices.base import Requester
from hypgen.machine.devices.gic import cpu_interface as gicc
from hypgen.machine.devices.gic import distributor as gicd
from hypgen.machine.devices.gic import virtual as gich
from hypgen.machine.devices.gic.gic import Gic
from hypgen.machine.devices.gic.shape import Shape


class Board:
    """A GIC with four CPUs, and a way to be each of them in each security state."""

    def __init__(self, security: bool = True, cpus: int = 4, priority_bits: int = 5) -> None:
        self.requester = Requester()
        self.gic = Gic(Shape(cpus, 160, priority_bits, security), self.requester)
        self.be(0)

    def be(self, cpu: int, secure: bool = True) -> None:
        self.requester.cpu = SimpleNamespace(index=cpu, secure=secure)

    def d(self, offset: int, value: int | None = None, size: int = 4) -> int | None:
        return self._access("distributor", offset, value, size)

    def c(self, offset: int, value: int | None = None) -> int | None:
        return self._access("cpu_interface", offset, value)

    def h(self, offset: int, value: int | None = None) -> int | None:
        return self._access("hypervisor", offset, value)

    def v(self, offset: int, value: int | None = None) -> int | None:
        return self._access("virtual_cpu", offset, value)

    def _access(self, block: str, offset: int, value: int | None, size: int = 4) -> int | None:
        device = self.gic.blocks[block]
        if value is None:
            return device.read(offset, size)
        device.write(offset, size, value)
        return None

    def on(self, groups: int = 3, control: int = 7) -> None:
        """Distributor and the current CPU's interface on, nothing masked."""
        self.d(gicd.CTLR, groups)
        self.c(gicc.CTLR, control)
        self.c(gicc.PMR, 0xFF)

    def signals(self, cpu: int = 0) -> set[str]:
        return {name for name, signal in self.gic.outputs(cpu).items() if signal.level}


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
def plain() -> Board:
    """Without the Security Extensions."""
    return Board(security=False)


# -- identification (4.3.2, 4.3.18) --------------------------------------------------------------------
def test_typer_tells_lines_cpus_and_security(board, plain):
    assert board.d(gicd.TYPER) == 1 << 10 | 3 << 5 | 4
    assert plain.d(gicd.TYPER) == 3 << 5 | 4


def test_identification_says_architecture_version_2(board):
    assert board.d(0xFE8) >> 4 == 2
    assert [board.d(offset) for offset in range(0xFF0, 0x1000, 4)] == [0x0D, 0xF0, 0x05, 0xB1]
    assert board.c(0xFC) & 0xFFF == 0x43B


def test_the_interfaces_of_a_gic_400_say_architecture_version_2_too(board):
    found = (board.d(gicd.IIDR), board.c(gicc.IIDR_OFFSET), board.v(gicc.IIDR_OFFSET))
    assert found == (0x0200_043B, 0x0202_043B, 0x0202_043B)


def test_reset_leaves_everything_off_and_sgis_enabled(board):
    assert board.d(gicd.CTLR) == board.c(gicc.CTLR) == board.c(gicc.PMR) == 0
    assert board.d(gicd.ISENABLER) == 0xFFFF
    assert board.c(gicc.IAR) == 1023
    assert board.c(gicc.RPR) == 0xFF
    assert board.signals() == set()


def test_reserved_registers_read_as_zero_and_ignore_writes(board):
    for access in (board.d, board.c, board.h, board.v):
        access(0xEF0, 0xFFFF_FFFF)
        assert access(0xEF0) == 0


@pytest.mark.parametrize(("offset", "size"), [(gicd.CTLR, 1), (gicd.ISENABLER, 1), (gicd.SGIR, 2)])
def test_widths_that_the_registers_do_not_have_are_named(board, offset, size):
    with pytest.raises(NotModelledError) as raised:
        board.d(offset, 1, size)
    assert "GIC distributor (GICD): write of 0x1" in str(raised.value)


# -- lines and the life of an interrupt (3.2.4) ----------------------------------------------------------
def enable_spi(board: Board, number: int, target: int = 1, priority: int = 0x80) -> int:
    interrupt = 32 + number
    board.d(gicd.ISENABLER + interrupt // 32 * 4, 1 << interrupt % 32)
    board.d(gicd.ITARGETSR + interrupt, target, 1)
    board.d(gicd.IPRIORITYR + interrupt, priority, 1)
    return interrupt


def test_a_level_sensitive_spi_lives_as_long_as_its_line(board):
    board.on()
    interrupt = enable_spi(board, 5)
    line = board.gic.shared_line(5)
    line(True)
    assert board.signals() == {"irq"}
    assert board.c(gicc.IAR) == interrupt
    assert board.signals() == set()
    assert board.d(gicd.ISPENDR + 4) == board.d(gicd.ISACTIVER + 4) == 1 << 5  # active and pending
    board.c(gicc.EOIR, interrupt)
    assert board.signals() == {"irq"}
    line(False)
    assert board.signals() == set()
    assert board.c(gicc.IAR) == 1023


def test_an_edge_is_remembered_until_it_is_acknowledged(board):
    board.on()
    interrupt = enable_spi(board, 5)
    board.d(gicd.ICFGR + 8, 2 << 10)
    line = board.gic.shared_line(5)
    line(True)
    line(False)
    assert board.signals() == {"irq"}
    assert board.c(gicc.IAR) == interrupt
    line(True)
    board.c(gicc.EOIR, interrupt)
    assert board.c(gicc.IAR) == interrupt


def test_an_spi_goes_to_its_targets_only(board):
    board.on()
    board.be(2)
    board.on()
    enable_spi(board, 7, target=0b0100)
    board.gic.shared_line(7)(True)
    assert (board.signals(0), board.signals(2)) == (set(), {"irq"})
    board.d(gicd.ITARGETSR + 39, 0b0001, 1)
    assert (board.signals(0), board.signals(2)) == ({"irq"}, set())
    board.d(gicd.ITARGETSR + 39, 0xFF, 1)
    assert board.d(gicd.ITARGETSR + 39, size=1) == 0x0F


def test_private_interrupts_are_banked(board):
    board.on()
    board.d(gicd.ISENABLER, 1 << 30)
    board.gic.private_line(1, 14)(True)
    assert board.signals(0) == board.signals(1) == set()
    board.be(1)
    board.on()
    assert board.d(gicd.ISPENDR) == 1 << 30
    board.d(gicd.ISENABLER, 1 << 30)
    assert board.signals(1) == {"irq"}
    assert board.d(gicd.ITARGETSR + 28) == 0x0202_0202


def test_ppis_are_level_sensitive_and_stay_so(board):
    board.d(gicd.ICFGR + 4, 0xFFFF_FFFF)
    assert board.d(gicd.ICFGR + 4) == 0
    assert board.d(gicd.ICFGR) == 0xAAAA_AAAA


# -- SGIs (4.3.15 to 4.3.17) -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "targets"), [(0b0110 << 16, {1, 2}), (1 << 24, {0, 1, 3}), (2 << 24, {2}), (3 << 24, set())]
)
def test_sgir_filters_its_targets(board, value, targets):
    board.be(2)
    board.d(gicd.SGIR, value | 3)
    hit = set()
    for cpu in range(4):
        board.be(cpu)
        if board.d(gicd.ISPENDR) & 1 << 3:
            hit.add(cpu)
            assert board.d(gicd.SPENDSGIR) == 1 << 2 + 24
    assert hit == targets


def test_an_sgi_is_acknowledged_once_for_each_cpu_that_sent_it(board):
    for sender in (3, 1):
        board.be(sender)
        board.d(gicd.SGIR, 1 << 16 | 9)
    board.be(0)
    board.on()
    assert board.c(gicc.IAR) == 1 << 10 | 9
    assert board.c(gicc.IAR) == 1023
    board.c(gicc.EOIR, 1 << 10 | 9)
    assert board.c(gicc.HPPIR) == 3 << 10 | 9
    assert board.c(gicc.IAR) == 3 << 10 | 9


# -- priorities (3.3, 3.5.3, 4.4.2, 4.4.3) ---------------------------------------------------------------
def test_priorities_keep_their_implemented_bits(board):
    board.d(gicd.IPRIORITYR + 32, 0xFFFF_FFFF)
    assert board.d(gicd.IPRIORITYR + 32) == 0xF8F8_F8F8
    board.c(gicc.PMR, 0xFF)
    assert board.c(gicc.PMR) == 0xF8
    board.c(gicc.BPR, 0)
    board.c(gicc.ABPR, 0)
    assert (board.c(gicc.BPR), board.c(gicc.ABPR)) == (2, 3)


def test_the_mask_hides_its_own_priority(board):
    board.on()
    enable_spi(board, 1, priority=0x80)
    board.gic.shared_line(1)(True)
    board.c(gicc.PMR, 0x80)
    assert board.signals() == set()
    assert board.c(gicc.IAR) == 1023
    assert board.c(gicc.HPPIR) == 33
    board.c(gicc.PMR, 0x88)
    assert board.signals() == {"irq"}


def test_the_lowest_number_is_the_highest_priority_then_the_lowest_id(board):
    board.on()
    for number, priority in ((1, 0x80), (2, 0x40), (3, 0x40)):
        enable_spi(board, number, priority=priority)
        board.gic.shared_line(number)(True)
    assert board.c(gicc.HPPIR) == 34


def test_only_a_higher_group_priority_preempts(board):
    board.on()
    board.c(gicc.BPR, 4)  # group priority is bits 7 to 5
    low = enable_spi(board, 1, priority=0xA0)
    board.gic.shared_line(1)(True)
    assert board.c(gicc.IAR) == low
    assert board.c(gicc.RPR) == 0xA0
    enable_spi(board, 2, priority=0xA0)
    board.gic.shared_line(2)(True)
    assert board.signals() == set()
    high = enable_spi(board, 3, priority=0x90)
    board.gic.shared_line(3)(True)
    assert board.c(gicc.IAR) == high
    assert board.c(gicc.RPR) == 0x80
    assert board.c(gicc.APR) == 1 << 16 | 1 << 20
    board.c(gicc.EOIR, high)
    assert board.c(gicc.RPR) == 0xA0


# -- groups and the Security Extensions (4.1.6, 4.4) -----------------------------------------------------
def test_group_0_can_be_fiq(board):
    board.on(control=0xF)
    enable_spi(board, 1)
    board.gic.shared_line(1)(True)
    assert board.signals() == {"fiq"}
    board.d(gicd.IGROUPR + 4, 1 << 1)
    assert board.signals() == {"irq"}


def test_a_secure_read_does_not_take_group_1_without_ackctl(board):
    board.on(control=3)
    board.d(gicd.IGROUPR + 4, 1 << 1)
    interrupt = enable_spi(board, 1)
    board.gic.shared_line(1)(True)
    assert board.c(gicc.IAR) == board.c(gicc.HPPIR) == 1022
    assert board.c(gicc.AIAR) == interrupt
    board.c(gicc.AEOIR, interrupt)
    assert board.d(gicd.ISACTIVER + 4) == 0


def test_non_secure_software_sees_group_1_only(board):
    board.on()
    for number in (1, 2):
        enable_spi(board, number, priority=0xC0)
        board.gic.shared_line(number)(True)
    board.d(gicd.IGROUPR + 4, 1 << 2)
    board.be(0, secure=False)
    assert board.d(gicd.IGROUPR + 4) == 0
    assert board.d(gicd.ISENABLER + 4) == board.d(gicd.ISPENDR + 4) == 1 << 2
    assert board.d(gicd.IPRIORITYR + 33, size=1) == 0
    assert board.d(gicd.IPRIORITYR + 34, size=1) == 0x80
    board.d(gicd.ICENABLER + 4, 0xFFFF_FFFF)
    board.be(0)
    assert board.d(gicd.ISENABLER + 4) == 1 << 1


def test_non_secure_priorities_are_the_lower_half(board):
    board.d(gicd.IGROUPR + 4, 1 << 2)
    board.c(gicc.PMR, 0xF0)
    board.be(0, secure=False)
    board.d(gicd.IPRIORITYR + 34, 0x40, 1)
    assert board.c(gicc.PMR) == 0xE0
    board.c(gicc.PMR, 0x20)
    board.be(0)
    assert board.d(gicd.IPRIORITYR + 34, size=1) == 0xA0
    assert board.c(gicc.PMR) == 0x90
    board.c(gicc.PMR, 0x40)
    board.be(0, secure=False)
    board.c(gicc.PMR, 0xFF)
    assert board.c(gicc.PMR) == 0
    board.be(0)
    assert board.c(gicc.PMR) == 0x40


def test_the_non_secure_control_registers_are_views(board):
    board.be(0, secure=False)
    board.d(gicd.CTLR, 1)
    board.c(gicc.CTLR, 0x201)
    assert (board.d(gicd.CTLR), board.c(gicc.CTLR)) == (1, 0x201)
    board.be(0)
    assert (board.d(gicd.CTLR), board.c(gicc.CTLR)) == (2, 0x402)


def test_a_non_secure_read_does_not_take_group_0(board):
    board.on()
    enable_spi(board, 1)
    board.gic.shared_line(1)(True)
    board.be(0, secure=False)
    assert board.c(gicc.IAR) == board.c(gicc.HPPIR) == 1023
    assert board.signals() == {"irq"}


def test_non_secure_software_sees_its_own_bits_of_ctlr_where_the_specification_has_them(board):
    board.c(gicc.CTLR, 0x1F)
    board.be(0, secure=False)
    assert board.c(gicc.CTLR) == 0x001
    board.c(gicc.CTLR, 0x7FF)
    assert board.c(gicc.CTLR) == 0x261  # EOImodeNS, IRQBypDisGrp1, FIQBypDisGrp1, EnableGrp1
    board.be(0)
    assert board.c(gicc.CTLR) == 0x59F
    board.be(0, secure=False)
    board.c(gicc.CTLR, 0x020)
    board.be(0)
    assert board.c(gicc.CTLR) == 0x09D


def test_bpr_is_banked_unless_cbpr_makes_it_common(board):
    board.c(gicc.BPR, 3)
    board.be(0, secure=False)
    board.c(gicc.BPR, 5)
    assert board.c(gicc.BPR) == 5
    board.be(0)
    assert (board.c(gicc.BPR), board.c(gicc.ABPR)) == (3, 5)
    board.c(gicc.CTLR, 0x10)
    board.be(0, secure=False)
    board.c(gicc.BPR, 7)
    assert board.c(gicc.BPR) == 4


def test_sgir_sends_by_group_when_security_matters(board):
    board.d(gicd.IGROUPR, 1 << 4)
    board.d(gicd.SGIR, 2 << 24 | 4)  # NSATT is 0 and SGI 4 is in Group 1
    assert board.d(gicd.ISPENDR) == 0
    board.d(gicd.SGIR, 2 << 24 | 1 << 15 | 4)
    assert board.d(gicd.ISPENDR) == 1 << 4
    board.be(0, secure=False)
    board.d(gicd.SGIR, 2 << 24 | 5)
    board.be(0)
    assert board.d(gicd.ISPENDR) == 1 << 4


def test_without_security_every_access_sees_everything(plain):
    plain.be(0, secure=False)
    plain.on(groups=1, control=1)
    interrupt = enable_spi(plain, 1)
    plain.gic.shared_line(1)(True)
    assert plain.c(gicc.IAR) == interrupt


# -- EOImode (4.4.1, 4.4.5, 4.4.14) ----------------------------------------------------------------------
def test_with_eoimode_the_end_only_drops_the_priority(board):
    board.on(control=0x207)
    interrupt = enable_spi(board, 1)
    board.d(gicd.ISPENDR + 4, 1 << 1)
    assert board.c(gicc.IAR) == interrupt
    board.c(gicc.EOIR, interrupt)
    assert board.c(gicc.RPR) == 0xFF
    assert board.d(gicd.ISACTIVER + 4) == 1 << 1
    board.c(gicc.DIR, interrupt)
    assert board.d(gicd.ISACTIVER + 4) == 0


# -- virtual interrupts (5) ------------------------------------------------------------------------------
def guest(board: Board, hcr: int = 1) -> None:
    board.h(gich.HCR, hcr)
    board.h(gich.VMCR, 0xF84C_0003 | 4)
    board.on()


def test_vtr_tells_four_list_registers(board):
    assert board.h(gich.VTR) == 0x9000_0003
    assert board.h(gich.ELRSR0) == 0xF


def test_a_list_register_becomes_a_virtual_interrupt(board):
    guest(board)
    board.h(gich.LR0, 1 << 28 | 0x10 << 23 | 27)
    assert board.signals() == {"virq"}
    assert board.h(gich.ELRSR0) == 0xE
    assert board.v(gicc.IAR) == 27
    assert board.signals() == set()
    assert board.h(gich.LR0) >> 28 & 3 == 2
    assert board.v(gicc.RPR) == 0x80
    assert board.h(gich.APR) == 1 << 16
    board.v(gicc.EOIR, 27)
    assert board.h(gich.LR0) >> 28 & 3 == 0
    assert board.h(gich.ELRSR0) == 0xF


def test_a_virtual_interrupt_of_group_0_can_be_fiq(board):
    guest(board)
    board.v(gicc.CTLR, 0xB)
    board.h(gich.LR0, 1 << 28 | 27)
    assert board.signals() == {"vfiq"}
    board.h(gich.LR0, 1 << 30 | 1 << 28 | 27)
    assert board.signals() == {"virq"}


def test_the_end_of_a_hardware_interrupt_ends_the_physical_one(board):
    board.on(control=0x207)
    guest_interrupt = enable_spi(board, 1)
    board.gic.shared_line(1)(True)
    guest(board)
    board.c(gicc.CTLR, 0x207)
    assert board.c(gicc.IAR) == guest_interrupt
    board.c(gicc.EOIR, guest_interrupt)
    board.h(gich.LR0, 1 << 31 | 1 << 28 | guest_interrupt << 10 | 50)
    assert board.v(gicc.IAR) == 50
    assert board.d(gicd.ISACTIVER + 4) == 1 << 1
    board.gic.shared_line(1)(False)
    board.v(gicc.EOIR, 50)
    assert board.d(gicd.ISACTIVER + 4) == 0


def test_a_virtual_sgi_tells_who_sent_it(board):
    guest(board)
    board.h(gich.LR0, 1 << 28 | 5 << 10 | 2)
    assert board.v(gicc.IAR) == 5 << 10 | 2


def test_the_end_of_what_no_list_register_holds_is_counted(board):
    guest(board)
    board.h(gich.APR, 1 << 4)
    board.v(gicc.EOIR, 77)
    assert board.h(gich.HCR) >> 27 == 1
    board.v(gicc.EOIR, 77)  # no priority to drop: not counted
    assert board.h(gich.HCR) >> 27 == 1


@pytest.mark.parametrize(
    ("hcr", "entries", "misr"),
    [
        (0x1, (1 << 19,), 0x01),
        (0x3, (1 << 28 | 30,), 0x02),
        (0x3, (1 << 28 | 30, 1 << 28 | 31), 0),
        (0x0800_0005, (), 0x04),
        (0x9, (2 << 28 | 30,), 0x08),
        (0x9, (1 << 28 | 30,), 0),
        (0x11, (), 0x10),
        (0x21, (), 0),
        (0x41, (), 0x40),
    ],
)
def test_misr_tells_why_maintenance_is_due(board, hcr, entries, misr):
    guest(board)
    board.d(gicd.ISENABLER, 1 << 25)
    for index, entry in enumerate(entries):
        board.h(gich.LR0 + 4 * index, entry)
    board.h(gich.HCR, hcr)
    assert board.h(gich.MISR) == misr
    assert bool(board.d(gicd.ISPENDR) & 1 << 25) == bool(misr)
    assert ("irq" in board.signals()) == bool(misr)
    board.h(gich.HCR, hcr & ~1)
    assert not board.d(gicd.ISPENDR) & 1 << 25


def test_vmcr_is_the_guests_view_of_its_interface(board):
    board.v(gicc.CTLR, 0x20B)
    board.v(gicc.PMR, 0xA7)
    board.v(gicc.BPR, 3)
    board.v(gicc.ABPR, 6)
    assert board.h(gich.VMCR) == 0x20B | 6 << 18 | 3 << 21 | 0x14 << 27
    board.h(gich.VMCR, 0)
    assert (board.v(gicc.CTLR), board.v(gicc.PMR), board.v(gicc.BPR), board.v(gicc.ABPR)) == (0, 0, 2, 3)


def test_each_cpu_has_its_own_virtual_interface_and_others_can_reach_it(board):
    board.be(2)
    board.h(gich.LR0, 0x123)
    board.be(0)
    assert board.h(gich.LR0) == 0
    assert board.h(0x1000 + 2 * 0x200 + gich.LR0) == 0x123


# -- interrupt signal bypass (2.3) ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("control", "passes"),
    [(0, True), (3, True), (1 << 3, True), (1 | 1 << 3, False), (1 << 5, False), (1 << 7, False)],
)
def test_the_cpus_own_fiq_input_passes_while_the_interface_signals_no_fiqs(board, control, passes):
    board.c(gicc.CTLR, control)
    line = board.gic.legacy_fiq(0)
    line(True)
    assert board.signals() == ({"fiq"} if passes else set())
    assert board.signals(1) == set()
    line(False)
    assert board.signals() == set()
