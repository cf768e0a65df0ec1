"""Numbers and record layouts of ELF files, as the System V gABI and AAELF32 (IHI 0044) print them.

Data only; 32-bit little-endian forms, the only ones that an ARMv7-A image has here.
"""

from __future__ import annotations

from struct import Struct

FILE_HEADER = Struct("<16sHHIIIIIHHHHHH")
"""e_ident, e_type, e_machine, e_version, e_entry, e_phoff, e_shoff, e_flags, e_ehsize, e_phentsize,
e_phnum, e_shentsize, e_shnum, e_shstrndx."""
SECTION_HEADER = Struct("<10I")
"""sh_name, sh_type, sh_flags, sh_addr, sh_offset, sh_size, sh_link, sh_info, sh_addralign, sh_entsize."""
SH_INFO_OFFSET = 28
"""Where sh_info is in a section header."""
PROGRAM_HEADER = Struct("<8I")
"""p_type, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_flags, p_align."""
SYMBOL = Struct("<IIIBBH")
"""st_name, st_value, st_size, st_info, st_other, st_shndx."""
REL = Struct("<II")
"""r_offset, r_info (symbol index in the upper 24 bits, type in the lower 8)."""

IDENT = b"\x7fELF\x01\x01\x01" + bytes(9)
"""e_ident: ELFCLASS32, ELFDATA2LSB, EV_CURRENT, no OS ABI."""

ET_REL = 1
ET_EXEC = 2
EM_ARM = 40
EV_CURRENT = 1

EF_ARM_EABI_VER5 = 0x0500_0000
EF_ARM_ABI_FLOAT_SOFT = 0x0000_0200
"""Of executables only: the base procedure call standard (AAELF32 5.2.1)."""
EF_ARM_ABI_FLOAT_HARD = 0x0000_0400
"""Of executables only: floating-point arguments in VFP registers."""

MACHINES = {3: "x86", 8: "MIPS", 20: "PowerPC", 40: "Arm", 62: "x86-64", 183: "AArch64", 243: "RISC-V"}
"""e_machine of files that a cross build may meet by mistake."""

SHT_NULL = 0
SHT_PROGBITS = 1
SHT_SYMTAB = 2
SHT_STRTAB = 3
SHT_RELA = 4
SHT_NOTE = 7
SHT_NOBITS = 8
SHT_REL = 9
SHT_GROUP = 17
SHT_SYMTAB_SHNDX = 18
SHT_ARM_EXIDX = 0x7000_0001
SHT_ARM_ATTRIBUTES = 0x7000_0003

SHF_WRITE = 0x1
SHF_ALLOC = 0x2
SHF_EXECINSTR = 0x4
SHF_INFO_LINK = 0x40
SHF_COMPRESSED = 0x800
COMPRESSION = Struct("<III")
"""ch_type, ch_size, ch_addralign, before the bytes of a compressed section."""
ELFCOMPRESS_ZLIB = 1
SHF_LINK_ORDER = 0x80
SHF_GROUP = 0x200

GRP_COMDAT = 1
"""First word of a section group: of groups with one signature only the first counts."""

SHN_UNDEF = 0
SHN_LORESERVE = 0xFF00
SHN_ABS = 0xFFF1
SHN_COMMON = 0xFFF2

PT_LOAD = 1
PT_ARM_EXIDX = 0x7000_0001
PF_X = 1
PF_W = 2
PF_R = 4

NT_GNU_BUILD_ID = 3
