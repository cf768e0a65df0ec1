"""The manual's address translation, transcribed line by line from its pseudocode and slow.

DDI 0406C B3.19: TranslateAddressV(), TranslationTableWalkSD(), TranslationTableWalkLD(),
SecondStageTranslate(), CheckDomain(), CheckPermission(), CheckPermissionS2(), MAIRDecode(),
DefaultTEXDecode(), RemappedTEXDecode(), S2AttrDecode(), CombineS1S2Desc(). It shares nothing with
``hypgen.emulator``; bit positions are the manual's, written as ``sl(value, hi, lo)``.

What the manual leaves open is decided as the emulator documents it: reserved AP and domain values
refuse, reserved memory types are Strongly-ordered, HCR.DC and TGE turn stage 1 off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

NC, WBWA, WT, WB = 0b00, 0b01, 0b10, 0b11
"""Cacheability as pseudocode variables innerattrs and outerattrs hold it for Short-descriptors."""
SO, DEVICE, NORMAL = "Strongly-ordered", "Device", "Normal"


def sl(value: int, hi: int, lo: int) -> int:
    """``value<hi:lo>``."""
    return value >> lo & (1 << hi - lo + 1) - 1


class DataAbort(Exception):  # noqa: N818  # the pseudocode's name
    """DataAbort(): kind, level, whether stage 2, whether on a stage 1 walk, and the IPA."""

    def __init__(self, kind, level=0, second=False, s2fs1walk=False, ipa=None, domain=None):
        super().__init__(kind, level, second, s2fs1walk, ipa, domain)
        self.key = (kind, level, second, s2fs1walk)
        self.ipa = ipa
        self.domain = domain


@dataclass
class MemAttrs:
    """MemoryAttributes, with cacheability brought to NC, WT and WB."""

    type: str
    inner: str = "-"
    outer: str = "-"
    shareable: bool = True
    outershareable: bool = True


@dataclass
class Record:
    """TLBRecord and AddressDescriptor."""

    pa: int
    attrs: MemAttrs
    ap: int = 0b011
    xn: bool = False
    pxn: bool = False
    domain: int = 0
    level: int = 0
    ns: bool = True
    size: int = 1 << 32


class Manual:
    """The pseudocode over register values and memory. ``mem`` reads a word or doubleword, or gives None."""

    def __init__(self, regs: Mapping[str, int], mem: Callable[[int, int], int | None], regime: str):
        self.regs = regs
        self.mem = mem
        self.hyp = regime == "hyp"
        self.secure = regime == "secure PL1&0"
        self.bank = "_S" if self.secure else "_NS"

    def reg(self, name):
        return self.regs[name + self.bank]

    def hcr(self, position):
        """A bit of HCR as it applies to the regime."""
        return not self.hyp and not self.secure and bool(sl(self.regs["HCR"], position, position))

    # -- TranslateAddressV ---------------------------------------------------------------------------
    def translate(self, mva, ispriv, iswrite, wasaligned, isfetch):
        """TranslateAddressV(), and the execute permissions of B3.7.2 for a fetch."""
        vm, dc, tge = self.hcr(0) or self.hcr(12), self.hcr(12), self.hcr(27)
        sctlr = self.regs["HSCTLR"] if self.hyp else self.reg("SCTLR")
        if sl(sctlr, 0, 0) and not (dc or tge):
            uses_ld = self.hyp or sl(self.reg("TTBCR"), 31, 31) == 1
            if uses_ld:
                s1 = self.walk_ld(mva, mva, stage1=True, s2fs1walk=False)
                check_domain = False
            else:
                s1 = self.walk_sd(mva)
                check_domain = True
            check_perm = True
        else:
            s1 = Record(mva, self.s1_off(dc, isfetch, sctlr), ns=not self.secure)
            check_domain = check_perm = False
        if not wasaligned and s1.attrs.type != NORMAL:
            raise DataAbort("alignment")
        if check_domain:
            control = sl(self.reg("DACR"), 2 * s1.domain + 1, 2 * s1.domain)
            if control in (0b00, 0b10):
                raise DataAbort("domain", s1.level, domain=s1.domain)
            check_perm = control == 0b01
        if check_perm:
            self.check_permission(s1, sctlr, ispriv, iswrite, isfetch)
        if not vm:
            return s1
        s2 = self.walk_ld(s1.pa, mva, stage1=False, s2fs1walk=False)
        if not wasaligned and s2.attrs.type != NORMAL:
            raise DataAbort("alignment", second=True, ipa=s1.pa)
        self.check_permission_s2(s2, s1.pa, iswrite, isfetch, s2fs1walk=False)
        return Record(s2.pa, combine(s1.attrs, s2.attrs), ns=s1.ns, size=min(s1.size, s2.size))

    def s1_off(self, dc, isfetch, sctlr):
        if dc:
            return MemAttrs(NORMAL, "WB", "WB", False, False)
        if isfetch:
            if sl(sctlr, 12, 12):
                return MemAttrs(NORMAL, "WT", "WT", False, False)
            return MemAttrs(NORMAL, "NC", "NC")
        return MemAttrs(SO)

    # -- TranslationTableWalkSD ----------------------------------------------------------------------
    def walk_sd(self, mva):
        ttbcr, sctlr = self.reg("TTBCR"), self.reg("SCTLR")
        n = sl(ttbcr, 2, 0)
        if n == 0 or sl(mva, 31, 32 - n) == 0:
            ttbr, disabled = self.reg("TTBR0"), sl(ttbcr, 4, 4)
        else:
            ttbr, disabled, n = self.reg("TTBR1"), sl(ttbcr, 5, 5), 0
        if disabled:
            raise DataAbort("translation", 1)
        afe = sl(sctlr, 29, 29)
        l1desc = self.table_read(sl(ttbr, 31, 14 - n) << 14 - n | sl(mva, 31 - n, 20) << 2, 4, 1)
        kind = sl(l1desc, 1, 0)
        if kind == 0b00:
            raise DataAbort("translation", 1)
        if kind == 0b01:
            domain, pxn, ns, level = sl(l1desc, 8, 5), sl(l1desc, 2, 2), sl(l1desc, 3, 3), 2
            try:
                l2desc = self.table_read(sl(l1desc, 31, 10) << 10 | sl(mva, 19, 12) << 2, 4, 2)
            except DataAbort as abort:
                abort.domain = None if abort.key[2] else domain
                raise
            if sl(l2desc, 1, 0) == 0:
                raise DataAbort("translation", 2, domain=domain)
            s = sl(l2desc, 10, 10)
            ap = sl(l2desc, 9, 9) << 2 | sl(l2desc, 5, 4)
            if afe and not sl(l2desc, 4, 4):
                raise DataAbort("access flag", 2, domain=domain)
            if sl(l2desc, 1, 1) == 0:  # large page
                texcb = sl(l2desc, 14, 12) << 2 | sl(l2desc, 3, 2)
                xn, size = sl(l2desc, 15, 15), 0x1_0000
                pa = sl(l2desc, 31, 16) << 16 | sl(mva, 15, 0)
            else:
                texcb = sl(l2desc, 8, 6) << 2 | sl(l2desc, 3, 2)
                xn, size = sl(l2desc, 0, 0), 0x1000
                pa = sl(l2desc, 31, 12) << 12 | sl(mva, 11, 0)
        else:
            texcb = sl(l1desc, 14, 12) << 2 | sl(l1desc, 3, 2)
            s, xn, pxn = sl(l1desc, 16, 16), sl(l1desc, 4, 4), sl(l1desc, 0, 0)
            ap = sl(l1desc, 15, 15) << 2 | sl(l1desc, 11, 10)
            ns, level = sl(l1desc, 19, 19), 1
            supersection = sl(l1desc, 18, 18)
            domain = 0 if supersection else sl(l1desc, 8, 5)
            if afe and not sl(l1desc, 10, 10):
                raise DataAbort("access flag", 1, domain=domain)
            if supersection:
                size = 0x100_0000
                pa = (
                    sl(l1desc, 8, 5) << 36
                    | sl(l1desc, 23, 20) << 32
                    | sl(l1desc, 31, 24) << 24
                    | sl(mva, 23, 0)
                )
            else:
                size = 0x10_0000
                pa = sl(l1desc, 31, 20) << 20 | sl(mva, 19, 0)
        if sl(sctlr, 28, 28):
            attrs = remapped_tex_decode(self.reg("MAIR0"), self.reg("MAIR1"), texcb, s)
        else:
            attrs = default_tex_decode(texcb, s)
        return Record(pa, attrs, ap, bool(xn), bool(pxn), domain, level, bool(ns) or not self.secure, size)

    # -- TranslationTableWalkLD ----------------------------------------------------------------------
    def walk_ld(self, ia, va, stage1, s2fs1walk):
        base_found = disabled = False
        lookup_secure = False
        if stage1:
            if self.hyp:
                t0size = sl(self.regs["HTCR"], 2, 0)
                if t0size == 0 or sl(ia, 31, 32 - t0size) == 0:
                    current = 1 if sl(self.regs["HTCR"], 2, 1) == 0 else 2
                    lower = 9 * current - t0size - 4
                    base = sl(self.regs["HTTBR"], 39, lower) << lower
                    base_found, start = True, 31 - t0size
            else:
                lookup_secure = self.secure
                ttbcr = self.reg("TTBCR")
                t0size, t1size = sl(ttbcr, 2, 0), sl(ttbcr, 18, 16)
                if t0size == 0 or sl(ia, 31, 32 - t0size) == 0:
                    current = 1 if sl(ttbcr, 2, 1) == 0 else 2
                    lower = 9 * current - t0size - 4
                    base = sl(self.reg("TTBR0"), 39, lower) << lower
                    base_found, start, disabled = True, 31 - t0size, bool(sl(ttbcr, 7, 7))
                if (t1size == 0 and not base_found) or (
                    t1size > 0 and sl(ia, 31, 32 - t1size) == (1 << t1size) - 1
                ):
                    current = 1 if sl(ttbcr, 18, 17) == 0 else 2
                    lower = 9 * current - t1size - 4
                    base = sl(self.reg("TTBR1"), 39, lower) << lower
                    base_found, start, disabled = True, 31 - t1size, bool(sl(ttbcr, 23, 23))
        else:
            t0size = sl(self.regs["VTCR"], 3, 0)
            t0size = t0size - 16 if t0size >= 8 else t0size
            slevel = sl(self.regs["VTCR"], 7, 6)
            lower = 14 - t0size - 9 * slevel
            if t0size == -8 or sl(ia, 39, 32 - t0size) == 0:
                current = 2 - slevel
                base = sl(self.regs["VTTBR"], 39, lower) << lower
                base_found, start = True, 31 - t0size
        if not base_found or disabled:
            raise DataAbort("translation", 1, not stage1, s2fs1walk, None if stage1 else ia)
        table_rw, table_user, table_xn, table_pxn = True, True, False, False
        first = True
        while True:
            block = False
            offset = 9 * current
            if first:
                select = sl(ia, start, 39 - offset) << 3
            else:
                select = sl(ia, 47 - offset, 39 - offset) << 3
            first = False
            try:
                descriptor = self.table_read(base | select, 8, current, stage1)
            except DataAbort as abort:
                if not stage1:
                    raise DataAbort(abort.key[0], abort.key[1], True, s2fs1walk, ia) from abort
                raise
            abort = DataAbort("translation", current, not stage1, s2fs1walk, None if stage1 else ia)
            if sl(descriptor, 0, 0) == 0:
                raise abort
            if sl(descriptor, 1, 1) == 0:
                if current == 3:
                    raise abort
                block = True
            elif current == 3:
                block = True
            else:
                base = sl(descriptor, 39, 12) << 12
                lookup_secure = lookup_secure and not sl(descriptor, 63, 63)
                table_rw = table_rw and not sl(descriptor, 62, 62)
                table_user = table_user and not sl(descriptor, 61, 61)
                table_xn = table_xn or bool(sl(descriptor, 60, 60))
                table_pxn = table_pxn or bool(sl(descriptor, 59, 59))
            if block:
                break
            current += 1
        pa = sl(descriptor, 39, 39 - offset) << 39 - offset | sl(ia, 38 - offset, 0)
        if not sl(descriptor, 10, 10):
            raise DataAbort("access flag", current, not stage1, s2fs1walk, None if stage1 else ia)
        xn, pxn = bool(sl(descriptor, 54, 54)), bool(sl(descriptor, 53, 53))
        size = 1 << 39 - offset
        sh = sl(descriptor, 9, 8)
        if not stage1:
            attrs = s2_attr_decode(sl(descriptor, 5, 2), sh)
            return Record(pa, attrs, sl(descriptor, 7, 6), xn, level=current, size=size)
        ap = sl(descriptor, 7, 6) << 1 | 1
        if not table_rw:
            ap |= 0b100
        if not table_user:
            ap &= ~0b010
        if self.hyp:
            ap |= 0b010
            pxn = table_pxn = False
            mair = self.regs["HMAIR1"] << 32 | self.regs["HMAIR0"]
        else:
            mair = self.reg("MAIR1") << 32 | self.reg("MAIR0")
        index = sl(descriptor, 4, 2)
        attrs = mair_decode(sl(mair, 8 * index + 7, 8 * index), sh)
        ns = not self.secure or not lookup_secure or bool(sl(descriptor, 5, 5))
        return Record(pa, attrs, ap, xn or table_xn, pxn or table_pxn, 0, current, ns, size)

    def table_read(self, address, size, level, stage1=True):
        """_Mem[walkaddr2, size], after SecondStageTranslate() where a second stage is."""
        nested = stage1 and (self.hcr(0) or self.hcr(12))
        if nested:
            s2 = self.walk_ld(address, None, stage1=False, s2fs1walk=True)
            self.check_permission_s2(s2, address, False, False, s2fs1walk=True)
            if self.hcr(2) and s2.attrs.type != NORMAL:
                raise DataAbort("permission", s2.level, True, True, address)
            address = s2.pa
        found = self.mem(address, size)
        if found is None:
            raise DataAbort("external", level)
        if sl(self.regs["HSCTLR"] if self.hyp or not stage1 else self.reg("SCTLR"), 25, 25):
            found = int.from_bytes(found.to_bytes(size, "little"), "big")
        return found

    # -- permissions ---------------------------------------------------------------------------------
    def check_permission(self, record, sctlr, ispriv, iswrite, isfetch):
        ap = record.ap
        short = not self.hyp and not sl(self.reg("TTBCR"), 31, 31)
        if short and sl(sctlr, 29, 29):
            ap |= 1
        table = {
            0b000: ("--", "--"),
            0b001: ("rw", "--"),
            0b010: ("rw", "r-"),
            0b011: ("rw", "rw"),
            0b100: ("--", "--"),
            0b101: ("r-", "--"),
            0b110: ("r-", "r-"),
            0b111: ("r-", "r-"),
        }
        privileged, user = table[ap]
        mine = privileged if ispriv else user
        if isfetch:
            xn = record.xn or "r" not in mine
            xn = xn or (bool(sl(sctlr, 19, 19)) and "w" in mine)  # WXN
            if not self.hyp and ispriv:
                xn = xn or record.pxn or (bool(sl(sctlr, 20, 20)) and "w" in user)  # UWXN
            if self.secure and record.ns and sl(self.regs["SCR"], 9, 9):  # SIF
                xn = True
            abort = xn
        else:
            abort = ("w" if iswrite else "r") not in mine
        if abort:
            raise DataAbort("permission", record.level, domain=record.domain)

    def check_permission_s2(self, record, ipa, iswrite, isfetch, s2fs1walk):
        abort = (iswrite and not record.ap & 2) or (not iswrite and not record.ap & 1)
        if abort or (isfetch and record.xn):
            raise DataAbort("permission", record.level, True, s2fs1walk, ipa)


# -- attributes --------------------------------------------------------------------------------------
_SHORT = {NC: "NC", WBWA: "WB", WT: "WT", WB: "WB"}


def _normal(inner, outer, shareable, outershareable):
    if inner == outer == "NC":
        shareable = outershareable = True
    return MemAttrs(NORMAL, inner, outer, shareable, outershareable)


def default_tex_decode(texcb, s):
    s = bool(s)
    if texcb == 0b00000:
        return MemAttrs(SO)
    if texcb in (0b00001, 0b01000):
        return MemAttrs(DEVICE)
    if texcb == 0b00010:
        return _normal("WT", "WT", s, s)
    if texcb in (0b00011, 0b00111):
        return _normal("WB", "WB", s, s)
    if texcb == 0b00100:
        return _normal("NC", "NC", s, s)
    if texcb & 0b10000:
        return _normal(_SHORT[texcb & 3], _SHORT[texcb >> 2 & 3], s, s)
    return MemAttrs(SO)  # reserved


def remapped_tex_decode(prrr, nmrr, texcb, s):
    region = texcb & 7
    kind = sl(prrr, 2 * region + 1, 2 * region)
    if kind == 0b01:
        return MemAttrs(DEVICE)
    if kind != 0b10:
        return MemAttrs(SO)
    s_bit = sl(prrr, 19, 19) if s else sl(prrr, 18, 18)
    inner = _SHORT[sl(nmrr, 2 * region + 1, 2 * region)]
    outer = _SHORT[sl(nmrr, 2 * region + 17, 2 * region + 16)]
    shareable = s_bit == 1
    return _normal(inner, outer, shareable, shareable and not sl(prrr, 24 + region, 24 + region))


def mair_decode(attr, sh):
    def policy(nibble):
        if nibble == 0b0100:
            return "NC"
        return "WT" if nibble >> 2 in (0b00, 0b10) else "WB"

    if attr >> 4 == 0:
        return MemAttrs(DEVICE if attr == 0b100 else SO)
    return _normal(policy(attr & 0xF), policy(attr >> 4), bool(sh & 2), sh == 0b10)


def s2_attr_decode(attr, sh):
    if attr >> 2 == 0:
        return MemAttrs(DEVICE if attr == 1 else SO)
    policy = {0: "NC", 1: "NC", 2: "WT", 3: "WB"}
    return _normal(policy[attr & 3], policy[attr >> 2], bool(sh & 2), sh == 0b10)


def combine(s1, s2):
    for kind in (SO, DEVICE):
        if kind in (s1.type, s2.type):
            return MemAttrs(kind)
    weaker = ("NC", "WT", "WB")
    inner = min(s1.inner, s2.inner, key=weaker.index)
    outer = min(s1.outer, s2.outer, key=weaker.index)
    return _normal(inner, outer, s1.shareable or s2.shareable, s1.outershareable or s2.outershareable)
