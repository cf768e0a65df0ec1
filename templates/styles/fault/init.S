{% extends "hypgen/init.S" %}
{% block about %}
@ init.S for {{ board.name }}, init style fault
@
@ The MMU comes on without an identity mapping: at the instruction after the write of HSCTLR.M the runtime's
@ tables map nothing ({{ idmap.load }}), so its fetch aborts, and HVBAR, which is a virtual address already,
@ says where Hyp mode goes on. Turning the MMU off cannot be done like that, because with M = 0 no address
@ aborts for want of a mapping: it goes by the trampoline page ({{ trampoline }}) and boot tables, which hold
@ the identity page. Everything in this page is relative to the PC.
{% endblock %}

{% block constants %}
{{ equ("IDMAP_LOAD", "BOOT_TABLES_LOW", "BOOT_TABLES_HIGH") }}
{% endblock %}

{% block init_contract %}
@ ------------------------------------------------------------------------------------------------
@ hyp_init: hvc #HVC_INIT, once on each CPU
@   entry     Hyp mode, MMU off, at the load address
@             r0 = top of this CPU's Hyp stack (VA), r1 = runtime vectors (VA),
@             r3:r2 = physical address of the level 1 table: all of its 40 bits
@   exit      at hyp_landing, MMU and caches on: SP_hyp = the stack, r0 = SPSR_hyp and HTPIDR = ELR_hyp as
@             they were, because the abort overwrites both
@   clobbers  r12
@ ------------------------------------------------------------------------------------------------
{% endblock %}

{% block before_mmu_on %}
        @ The abort takes ELR_hyp and SPSR_hyp; there is no memory to keep them in yet.
        mov     sp, r0
        mrs     r12, elr_hyp
        {{ write("HTPIDR", "r12") }}
        mrs     r0, spsr
        adr     r12, hyp_init_vectors
        ldr     r12, [r12, #landing - hyp_init_vectors]
        {{ write("HVBAR", "r12", note="a VA: only the abort after M = 1 uses it") }}

{% endblock %}

{% block enter_runtime %}
        b       .                               @ never executed: the fetch of the ISB, or of this, aborts

        .balign 4
landing:
        .word   hyp_landing_vectors             @ a VA: not used before M = 1
{% endblock %}

{% block teardown_contract %}
{% include "trampoline/contract.inc" %}
{% endblock %}

{% block to_identity %}
{% include "trampoline/to_identity.inc" %}

{% endblock %}
