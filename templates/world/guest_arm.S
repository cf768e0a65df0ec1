@ world/guest_arm.S for {{ board.name }}
@
@ The payload of virtual CPU 0, in A32, with a stage 1 MMU in the Short-descriptor format. It is linked at
@ VAs of Hyp mode and runs at IPA GUEST_RAM: it uses only what is relative to the PC, and numbers.
@
@ It is a small operating system that tests its own world: each step ends in a report to the host.

        .syntax unified
        .arm

{% set guest = "arm" %}
{% from "world/guest.inc" import constants, handlers, entry, stacks, program with context %}
{{ constants() }}
        .equ    TTBR0_ATTRIBUTES, 0x4a          @ the walks: Normal, Write-Back, Inner Shareable
        .equ    TTBCR_VALUE, 0x27               @ N = 7: TTBR0 resolves 32 MB with 32 entries; PD1: TTBR1 none
        .equ    DACR_CLIENT, 1                  @ domain 0: as the descriptors say
        .equ    SECTION_RW, 0x1140e             @ Normal Write-Back, Shareable, PL1 reads, writes and executes
        .equ    SECTION_RO, 0x1941e             @ the same, PL1 reads only
        .equ    SECTION_DEVICE, 0x00416         @ Shareable Device, PL1 reads and writes

        .section .guest.arm, "aw", %progbits
        .balign 4096

@ ------------------------------------------------------------------------------------------------
@ guest_arm: the guest's vectors (VBAR), and its entry
@   entry     as the exception leaves it; at first as out of reset
@   exit      at the handler
@   clobbers  nothing
@ ------------------------------------------------------------------------------------------------
{{ function("guest_arm") }}
        b       guest_arm_start                 @ 0x00 where the hypervisor enters it
        b       guest_arm_stuck                 @ 0x04 Undefined Instruction
        b       guest_arm_svc                   @ 0x08 Supervisor Call
        b       guest_arm_prefetch_abort        @ 0x0c Prefetch Abort
        b       guest_arm_data_abort            @ 0x10 Data Abort
        b       guest_arm_stuck                 @ 0x14 not used
        b       guest_arm_irq                   @ 0x18 IRQ
        b       guest_arm_fiq                   @ 0x1c FIQ
{{ end_function("guest_arm") }}

{{ handlers("guest_arm") }}
        .ltorg
@ ------------------------------------------------------------------------------------------------
@ guest_arm_start
@   entry     Supervisor mode, MMU and caches off, A, I and F masked; every register as out of reset
@   exit      none: the last thing that it does is hvc #GUEST_DONE
@   clobbers  everything
@ ------------------------------------------------------------------------------------------------
{{ function("guest_arm_start") }}
{% block entry %}
{{ entry(false) }}
        b       1f
        .ltorg
1:
{% endblock %}

{% block mmu_on %}
        ldr     r0, =GUEST_RAM
        {{ write("VBAR", "r0") }}
        ldr     r0, =GUEST_RAM + GUEST_TABLES + TTBR0_ATTRIBUTES
        {{ write("TTBR0", "r0") }}
        ldr     r0, =TTBCR_VALUE
        {{ write("TTBCR", "r0") }}
        mov     r0, #DACR_CLIENT
        {{ write("DACR", "r0") }}
        @ The TLB holds nothing of this VMID: that is the hypervisor's affair (world_init, and new VMIDs).
        isb                                     @ the registers above are valid
        ldr     r0, =GUEST_SCTLR_ON
        {{ write("SCTLR", "r0") }}
        isb                                     @ from here on stage 1 translates
{{ stacks() }}
{% endblock %}

{{ program("arm", 0, "5", "7", "8", "0x406", "0xa3000000", "0x90c00000") }}
{{ end_function("guest_arm_start") }}
        .ltorg

@ ------------------------------------------------------------------------------------------------
@ The stage 1 table: a section of 1 MB for each MB from VA 0. Entries not written are translation faults.
@ ------------------------------------------------------------------------------------------------
        .org    GUEST_TABLES
{{ object("guest_arm_tables") }}
        .space  4 * 2
        .word   GUEST_RAM | SECTION_RW          @ [2]  VA = IPA
        .space  4 * 5
        .word   GUEST_RAM | SECTION_RO          @ [8]  GUEST_ALIAS
        .space  4 * 1
        .word   GUEST_RAM | SECTION_RW          @ [10] GUEST_WINDOW
        .space  4 * 3
        .word   (GUEST_RAM + GUEST_WALKED) | 1  @ [14] GUEST_WALKED_VA: a page table
        .space  4 * 1
        .word   GUEST_GIC | SECTION_DEVICE      @ [16] the GIC and the emulated device
        .space  4 * 15
{{ end_object("guest_arm_tables") }}
        .org    GUEST_LATER
        .space  4096, 0xa5                      @ what somebody left in this page: the guest must not see it
        .org    GUEST_WALKED
        .space  4096, 0xa5                      @ and in this one: a walker even less
        .org    GUEST_SHARED
        .space  4096
