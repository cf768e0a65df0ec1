@ init.S for {{ board.name }}, init style fault
@
@ The MMU comes on without an identity mapping: at the instruction after the write of HSCTLR.M the runtime's
@ tables map nothing ({{ idmap.load }}), so its fetch aborts, and HVBAR, which is a virtual address already,
@ says where Hyp mode goes on. Turning the MMU off cannot be done like that, because with M = 0 no address
@ aborts for want of a mapping: it goes by the trampoline page ({{ trampoline }}) and boot tables, which hold
@ the identity page. Everything in this page is relative to the PC.

        .syntax unified
        .arm

{{ equ("HSR_HVC", "HVC_INIT", "HVC_IMMEDIATES", "HVC_UNKNOWN", "HMAIR0_VALUE", "HMAIR1_VALUE", "HTCR_VALUE",
       "HSCTLR_ON", "HSCTLR_OFF", "IDMAP_OFFSET", "IDMAP_LOAD", "BOOT_TABLES_LOW", "BOOT_TABLES_HIGH") }}

        .section .idmap.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ hyp_init_vectors: HVBAR between the stub's vectors.set and hyp_init.
@ ------------------------------------------------------------------------------------------------
        .balign 32                              @ HVBAR<4:0> are SBZ
{{ function("hyp_init_vectors") }}
        b       .                               @ 0x00 not used in Hyp mode
        b       .                               @ 0x04 Undefined Instruction in Hyp mode
        b       .                               @ 0x08 SVC or HVC in Hyp mode
        b       .                               @ 0x0c Prefetch Abort: before HVBAR is a VA
        b       .                               @ 0x10 Data Abort in Hyp mode
        b       hyp_init                        @ 0x14 Hyp Trap, or HVC from PL1
        b       .                               @ 0x18 IRQ
        b       .                               @ 0x1c FIQ
{{ end_function("hyp_init_vectors") }}

@ ------------------------------------------------------------------------------------------------
@ hyp_init: hvc #HVC_INIT, once on each CPU
@   entry     Hyp mode, MMU off, at the load address
@             r0 = top of this CPU's Hyp stack (VA), r1 = runtime vectors (VA),
@             r3:r2 = physical address of the level 1 table: all of its 40 bits
@   exit      at hyp_landing, MMU and caches on: SP_hyp = the stack, r0 = SPSR_hyp and HTPIDR = ELR_hyp as
@             they were, because the abort overwrites both
@   clobbers  r12
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_init") }}
{% block is_init %}
        {{ read("HSR", "r12") }}
        eor     r12, r12, #HSR_HVC              @ leaves the immediate of an HVC
        eor     r12, r12, #HVC_INIT & 0xff00    @ in two steps: an ARM immediate has eight bits
        eors    r12, r12, #HVC_INIT & 0x00ff
        bne     1f
{% endblock %}

{% block translation_registers %}
        @ With M = 0 nothing uses these yet, so they may be written in any order and without an ISB here.
        ldr     r12, =HMAIR0_VALUE
        {{ write("HMAIR0", "r12") }}
        ldr     r12, =HMAIR1_VALUE
        {{ write("HMAIR1", "r12") }}
        ldr     r12, =HTCR_VALUE                @ whole: its fields are UNKNOWN at reset
        {{ write("HTCR", "r12") }}
        {{ write("HTTBR", "r2", "r3") }}
{% endblock %}

{% block landing_vectors %}
        @ The abort takes ELR_hyp and SPSR_hyp; there is no memory to keep them in yet.
        mov     sp, r0
        mrs     r12, elr_hyp
        {{ write("HTPIDR", "r12") }}
        mrs     r0, spsr
        adr     r12, hyp_init_vectors
        ldr     r12, [r12, #landing - hyp_init_vectors]
        {{ write("HVBAR", "r12", note="a VA: only the abort after M = 1 uses it") }}
{% endblock %}

{% block invalidate_tlb %}
        @ What the Hyp TLB holds at reset, or from an earlier hypervisor, is UNKNOWN. The DSB completes
        @ the invalidation, the ISB makes later fetches see it, and with it the registers above.
        {{ operate("TLBIALLH") }}
        dsb     nsh
        isb
{% endblock %}

{% block mmu_on %}
        @ M and C together: with C first, data would be cached under attributes that no table gives.
        ldr     r12, =HSCTLR_ON
        {{ write("HSCTLR", "r12") }}
        isb                                     @ the fetch of this, or of what follows, aborts
        b       .
{% endblock %}

1:      cmp     r12, #HVC_IMMEDIATES
        bhs     2f
        ldr     r0, =HVC_UNKNOWN
        eret
2:      b       .                               @ a trap: returning would execute the instruction again
        .balign 4
landing:
        .word   hyp_landing_vectors             @ not used before M = 1
{{ end_function("hyp_init") }}

{% include "trampoline_teardown.inc" %}

        .ltorg
