{% extends "hypgen/init.S" %}
{% block about %}
@ init.S for {{ board.name }}, init style trampoline
@
@ The page that runs with the MMU both off and on, where its load address ({{ idmap.load }}) is a virtual
@ address that the runtime has for something else. Boot tables map it at VA = PA, and both these and the
@ runtime's tables map it at the trampoline address ({{ trampoline }}), where HTTBR is changed.
@ Everything is relative to the PC here.
{% endblock %}

{% block constants %}
{{ equ("IDMAP_LOAD", "TRAMPOLINE_VA", "BOOT_TABLES_LOW", "BOOT_TABLES_HIGH") }}
{% endblock %}

{% block init_contract %}
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
{% endblock %}

{% block which_step %}
        cmp     r0, #0
        bne     hyp_init_second
{% endblock %}

{% block enter_runtime %}
        eret                                    @ r0 is 0

        @ HVBAR is used when the next exception is taken, so it may name a VA that is not mapped yet; the
        @ stack likewise.
hyp_init_second:
        mov     sp, r0
        {{ write("HVBAR", "r1") }}
        ldr     r12, =TRAMPOLINE_VA + (1f - hyp_init_vectors)
        mov     pc, r12                         @ to the same instructions at the trampoline address

        @ This page has one VA and one PA in both tables, so that it does not matter when the new ones are
        @ first used; nothing else is touched meanwhile.
1:      {{ write("HTTBR", "r2", "r3") }}
        isb                                     @ before the TLB is filled anew
        {{ operate("TLBIALLH") }}
        dsb     nsh                             @ completes the invalidation
        mov     r0, #0
        eret                                    @ no later fetch uses what it removed; HVBAR is synchronised
{% endblock %}

{% block teardown_contract %}
{% include "trampoline/contract.inc" %}
{% endblock %}

{% block to_identity %}
{% include "trampoline/to_identity.inc" %}

{% endblock %}
