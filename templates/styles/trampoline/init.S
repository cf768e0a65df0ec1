@ init.S for {{ board.name }}, init style trampoline
@
@ The page that runs with the MMU both off and on, where its load address ({{ idmap.load }}) is a virtual
@ address that the runtime has for something else. Boot tables map it at VA = PA, and both these and the
@ runtime's tables map it at the trampoline address ({{ trampoline }}), where HTTBR is changed.
@ Everything is relative to the PC here.

        .syntax unified
        .arm

{{ equ("HSR_HVC", "HVC_INIT", "HVC_IMMEDIATES", "HVC_UNKNOWN", "HMAIR0_VALUE", "HMAIR1_VALUE", "HTCR_VALUE",
       "HSCTLR_ON", "HSCTLR_OFF", "IDMAP_LOAD", "TRAMPOLINE_VA", "BOOT_TABLES_LOW", "BOOT_TABLES_HIGH") }}

        .section .idmap.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ hyp_init_vectors: HVBAR between the stub's vectors.set and the end of the second step.
@ ------------------------------------------------------------------------------------------------
        .balign 32                              @ HVBAR<4:0> are SBZ
{{ function("hyp_init_vectors") }}
        b       .                               @ 0x00 not used in Hyp mode
        b       .                               @ 0x04 Undefined Instruction in Hyp mode
        b       .                               @ 0x08 SVC or HVC in Hyp mode
        b       .                               @ 0x0c Prefetch Abort: the tables do not map this page
        b       .                               @ 0x10 Data Abort in Hyp mode
        b       hyp_init                        @ 0x14 Hyp Trap, or HVC from PL1
        b       .                               @ 0x18 IRQ
        b       .                               @ 0x1c FIQ
{{ end_function("hyp_init_vectors") }}

@ ------------------------------------------------------------------------------------------------
@ hyp_init: hvc #HVC_INIT, twice on each CPU
@   entry     first: Hyp mode, MMU off, at the load address; r0 = 0 (no stack has that address),
@             r3:r2 = physical address of the boot tables
@             second: MMU on, at the same address; r0 = top of this CPU's Hyp stack (VA),
@             r1 = runtime vectors (VA), r3:r2 = physical address of the runtime's tables
@   exit      returns; r0 = 0. After the first step the MMU and the caches are on; after the second also
@             SP_hyp = the stack, HVBAR = r1
@   clobbers  r12
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_init") }}
{% block is_init %}
        {{ read("HSR", "r12") }}
        eor     r12, r12, #HSR_HVC              @ leaves the immediate of an HVC
        eor     r12, r12, #HVC_INIT & 0xff00    @ in two steps: an ARM immediate has eight bits
        eors    r12, r12, #HVC_INIT & 0x00ff
        bne     3f
        cmp     r0, #0
        bne     2f
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
        isb                                     @ from here on the MMU translates
        eret                                    @ r0 is 0
{% endblock %}

{% block trampoline %}
        @ Second step. HVBAR is used when the next exception is taken, so it may name a VA that is not
        @ mapped yet; the stack likewise.
2:      mov     sp, r0
        {{ write("HVBAR", "r1") }}
        ldr     r12, =TRAMPOLINE_VA + (1f - hyp_init_vectors)
        bx      r12                             @ to the same instructions at the trampoline address
{% endblock %}

{% block to_runtime_tables %}
        @ This page has one VA and one PA in both tables, so that it does not matter when the new ones are
        @ first used; nothing else is touched meanwhile.
1:      {{ write("HTTBR", "r2", "r3") }}
        isb                                     @ before the TLB is filled anew
        {{ operate("TLBIALLH") }}
        dsb     nsh                             @ completes the invalidation
        mov     r0, #0
        eret                                    @ no later fetch uses what it removed; HVBAR is synchronised
{% endblock %}

3:      cmp     r12, #HVC_IMMEDIATES
        bhs     4f
        ldr     r0, =HVC_UNKNOWN
        eret
4:      b       .                               @ a trap: returning would execute the instruction again
{{ end_function("hyp_init") }}

{% include "trampoline_teardown.inc" %}

        .ltorg
