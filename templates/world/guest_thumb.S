@ world/guest_thumb.S for {{ board.name }}
@
@ The payload of virtual CPU 1, in T32, with a stage 1 MMU in the Long-descriptor format. It is linked at
@ VAs of Hyp mode and runs at IPA GUEST_RAM: it uses only what is relative to the PC, and numbers.
@
@ It is a small operating system that tests its own world: each step ends in a report to the host.

        .syntax unified
        .thumb

{% set guest = "thumb" %}
{% from "world/guest.inc" import constants, handlers, entry, stacks, program with context %}
{{ constants() }}
        .equ    TTBCR_VALUE, 0x80803500         @ EAE; TTBR0 resolves all; EPD1; walks Write-Back, Inner Shareable
        .equ    MAIR0_VALUE, 0x000004ff         @ AttrIndx 0: Normal Write-Back; 1: Device
        .equ    BLOCK_RW, 0x701                 @ AttrIndx 0, PL1 reads, writes and executes, Inner Shareable, AF
        .equ    BLOCK_RO, 0x781                 @ the same, PL1 reads only
        .equ    BLOCK_DEVICE, 0x705             @ AttrIndx 1
        .equ    XN, 1 << 54

        .section .guest.thumb, "aw", %progbits
        .balign 4096

@ ------------------------------------------------------------------------------------------------
@ guest_thumb: the guest's vectors (VBAR), and its entry. Four bytes each: SCTLR.TE is 1.
@   entry     as the exception leaves it; at first as out of reset
@   exit      at the handler
@   clobbers  nothing
@ ------------------------------------------------------------------------------------------------
{{ function("guest_thumb") }}
        b.w     guest_thumb_start               @ 0x00 where the hypervisor enters it
        b.w     guest_thumb_stuck               @ 0x04 Undefined Instruction
        b.w     guest_thumb_svc                 @ 0x08 Supervisor Call
        b.w     guest_thumb_prefetch_abort      @ 0x0c Prefetch Abort
        b.w     guest_thumb_data_abort          @ 0x10 Data Abort
        b.w     guest_thumb_stuck               @ 0x14 not used
        b.w     guest_thumb_irq                 @ 0x18 IRQ
        b.w     guest_thumb_fiq                 @ 0x1c FIQ
{{ end_function("guest_thumb") }}

{{ handlers("guest_thumb") }}
        .balign 4
        .ltorg
@ ------------------------------------------------------------------------------------------------
@ guest_thumb_start
@   entry     Supervisor mode, Thumb state, MMU and caches off, A, I and F masked; every register as out of
@             reset
@   exit      none: the last thing that it does is hvc #GUEST_DONE
@   clobbers  everything
@ ------------------------------------------------------------------------------------------------
{{ function("guest_thumb_start") }}
{% block entry %}
{{ entry(true) }}
        b       1f
        .balign 4
        .ltorg
1:
{% endblock %}

{% block mmu_on %}
        ldr     r0, =GUEST_RAM
        {{ write("VBAR", "r0") }}
        ldr     r0, =GUEST_RAM + GUEST_TABLES
        mov     r1, #0
        ldr     r2, =TTBCR_VALUE
        {{ write("TTBCR", "r2") }}
        {{ write("TTBR0", "r0", "r1") }}
        ldr     r0, =MAIR0_VALUE
        {{ write("MAIR0", "r0") }}
        {{ write("MAIR1", "r1") }}
        @ The TLB holds nothing of this VMID: that is the hypervisor's affair (world_init, and new VMIDs).
        isb                                     @ the registers above are valid
        ldr     r0, =GUEST_SCTLR_THUMB
        {{ write("SCTLR", "r0") }}
        isb                                     @ from here on stage 1 translates
{{ stacks() }}
{% endblock %}

{{ program("thumb", 1, "0x206", "0x207", "0x210", "0x211", "0x5c000000", "0x63000000") }}
{{ end_function("guest_thumb_start") }}
        .balign 4
        .ltorg

@ ------------------------------------------------------------------------------------------------
@ The stage 1 tables: level 1 has four entries of 1 GB, level 2 entries of 2 MB from VA 0
@ ------------------------------------------------------------------------------------------------
        .org    GUEST_TABLES
{{ object("guest_thumb_tables") }}
        .quad   (GUEST_RAM + GUEST_TABLES + 0x1000) | 3
        .org    GUEST_TABLES + 0x1000
        .space  8 * 1
        .quad   GUEST_RAM | BLOCK_RW            @ [1]  VA = IPA
        .space  8 * 2
        .quad   GUEST_RAM | BLOCK_RO | XN       @ [4]  GUEST_ALIAS
        .quad   GUEST_RAM | BLOCK_RW | XN       @ [5]  GUEST_WINDOW
{% if stage2.ipa_bits == 40 %}
        .quad   GUEST_RAM | BLOCK_RO | XN | 0x80 << 32 @ [6]  GUEST_HIGH_VA: IPA 0x80_0020_0000
{% else %}
        .space  8 * 1
{% endif %}
        .quad   (GUEST_RAM + GUEST_WALKED) | 3  @ [7]  GUEST_WALKED_VA: a table of level 3
        .quad   GUEST_GIC | BLOCK_DEVICE | XN   @ [8]  the GIC and the emulated device
        .space  8 * 503
{{ end_object("guest_thumb_tables") }}
        .org    GUEST_LATER
        .space  4096, 0xa5                      @ what somebody left in this page: the guest must not see it
        .org    GUEST_WALKED
        .space  4096, 0xa5                      @ and in this one: a walker even less
        .org    GUEST_SHARED
        .space  4096
