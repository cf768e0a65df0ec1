{% block about %}
@ init.S for {{ board.name }}
@
@ The identity-mapped page: the only Hyp code that runs with the MMU both off and on. In the Hyp tables
@ its VA is its load address ({{ idmap.load }}), so the instruction after the write of HSCTLR.M
@ is the same one whether the MMU is on already or not yet. Everything is relative to the PC here.
{% endblock %}

{% from "resident.inc" import resident_vectors with context %}
        .syntax unified
        .{{ isa }}

{{ equ("HSR_HVC", "HVC_INIT", "HVC_IMMEDIATES", "HVC_UNKNOWN", "HMAIR0_VALUE", "HMAIR1_VALUE", "HTCR_VALUE",
       "HSCTLR_ON", "HSCTLR_OFF") }}
{% if interfaces %}
{{ equ("STUB_LOAD") }}
{% endif %}
{% if caches == "inherit" %}
{{ equ("SCTLR_CACHES") }}
{% endif %}
{% block constants %}
{% endblock %}

        .section .idmap.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ hyp_init_vectors: HVBAR from the stub's vectors.set until hyp_init has put another there.
@ ------------------------------------------------------------------------------------------------
{{ resident_vectors("hyp_init_vectors", "hyp_init", "Prefetch Abort: the tables do not map this page") }}

{% block init_contract %}
@ ------------------------------------------------------------------------------------------------
@ hyp_init: hvc #HVC_INIT, once on each CPU
@   entry     Hyp mode, MMU off, at the load address
@             r0 = top of this CPU's Hyp stack (VA), r1 = runtime vectors (VA),
@             r3:r2 = physical address of the level 1 table: all of its 40 bits
@   exit      returns with the Hyp MMU and caches on, SP_hyp = r0, HVBAR = r1; r0 = 0
@   clobbers  r12
@ ------------------------------------------------------------------------------------------------
{% endblock %}
{{ function("hyp_init") }}
{% block is_init %}
        {{ read("HSR", "r12") }}
        eor     r12, r12, #HSR_HVC              @ leaves the immediate of an HVC
        eor     r12, r12, #HVC_INIT & 0xff00    @ in two steps: an ARM immediate has eight bits
        eors    r12, r12, #HVC_INIT & 0x00ff
        bne     hyp_init_other
{% endblock %}
{% block which_step %}
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

{% block before_mmu_on %}
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
{% if caches == "inherit" %}
        @ C and I are what PL1 has, so that both levels see memory in the same way.
        {{ read("SCTLR", "r12") }}
        ldr     r2, =SCTLR_CACHES
        and     r12, r12, r2
        ldr     r2, =HSCTLR_ON
        orr     r12, r12, r2
        {{ read("HTTBR", "r2", "r3", note="which is what the caller had there") }}
{% else %}
        ldr     r12, =HSCTLR_ON
{% endif %}
        {{ write("HSCTLR", "r12") }}
        isb                                     @ form, B3.2: from here on the MMU translates
{% endblock %}

{% block enter_runtime %}
        @ Both are virtual addresses: the MMU is on, and the runtime's tables map them.
        mov     sp, r0
        {{ write("HVBAR", "r1") }}
        mov     r0, #0
        eret                                    @ synchronises HVBAR
{% endblock %}

{% block init_other %}
        @ Not our call: r12 holds another immediate, or something above it for what is no HVC at all.
hyp_init_other:
        cmp     r12, #HVC_IMMEDIATES
        bhs     1f
        ldr     r0, =HVC_UNKNOWN
        eret
1:      b       .                               @ a trap: returning would execute the instruction again
{% endblock %}
{{ end_function("hyp_init") }}

{% block teardown_contract %}
@ ------------------------------------------------------------------------------------------------
@ hyp_teardown: the runtime branches here, to the load address, for hvc #HVC_TEARDOWN
@   entry     Hyp mode, MMU on, fetched through the identity mapping; r1 = vectors to put back
@   exit      returns to PL1 with the Hyp MMU and caches off and HVBAR = r1; r0 = 0
@   clobbers  r12
@ ------------------------------------------------------------------------------------------------
{% endblock %}
{{ function("hyp_teardown") }}
{% block to_identity %}
{% endblock %}
{% block mmu_off %}
        ldr     r12, =HSCTLR_OFF
        {{ write("HSCTLR", "r12", note="this page is the same one until it is synchronised, and after it") }}
{% endblock %}

{% block restore_vectors %}
        {{ write("HVBAR", "r1", note="after M = 0: these vectors have no VA") }}
        mov     r0, #0
        eret                                    @ synchronises both
{% endblock %}
{{ end_function("hyp_teardown") }}
{% if interfaces %}

@ ------------------------------------------------------------------------------------------------
@ hyp_unload: as hyp_teardown, for calls that name no vectors: the stub's are put back
@   entry     Hyp mode, MMU on, fetched as hyp_teardown is
@   exit      returns to PL1 with the Hyp MMU and caches off and HVBAR = the stub's; r0 = 0
@   clobbers  r12
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_unload") }}
{{ self.to_identity() }}
{{ self.mmu_off() }}
        ldr     r12, =STUB_LOAD
        {{ write("HVBAR", "r12", note="after M = 0: these vectors have no VA") }}
        mov     r0, #0
        eret                                    @ synchronises both
{{ end_function("hyp_unload") }}
{% endif %}
{% if "linux-numbered" in answers %}

@ ------------------------------------------------------------------------------------------------
@ hyp_soft_restart: the runtime branches here, as to hyp_teardown, for SOFT_RESTART
@   entry     Hyp mode, MMU on, fetched as hyp_teardown is; r1 = load address to go on at
@   exit      there, in Hyp mode, MMU and caches off, A, I and F masked
@   clobbers  r0, r12
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_soft_restart") }}
{{ self.to_identity() }}
{{ self.mmu_off() }}
        isb                                     @ from here on nothing is translated
        bx      r1
{{ end_function("hyp_soft_restart") }}
{% endif %}

        .ltorg
