{% extends "host.S" %}
{% block about %}
@ scenarios/variant-caches-inherit.S for {{ board.name }}
@
@ The program of host.S, with the caches of PL1 on from the second round. Its MMU stays off, so that its own
@ data accesses stay Strongly-ordered; what C and I are worth to it is what Hyp mode takes over from it.
{% endblock %}
{% block vectors_set %}
{{ equ("SCTLR_CACHES") }}

{{ begin("caches.pl1") }}
        ldr     r1, =SCTLR_CACHES
        {{ read("SCTLR", "r0") }}
        cmp     r10, #1
        beq     1f
        orr     r0, r0, r1
        {{ write("SCTLR", "r0", note="the next HVC synchronises it") }}
1:      and     r0, r0, r1
        cmp     r10, #1
        bne     2f
        mov     r1, #0                          @ as boot.S left them
2:
{{ check_r1("caches.pl1") }}

{{ super() }}
{% endblock %}

{% block runtime_hsctlr %}
        ldr     r1, =SCTLR_CACHES
        {{ read("SCTLR", "r2") }}
        and     r1, r1, r2
        ldr     r2, =HSCTLR_ON
        orr     r1, r1, r2
{{ check_r1("runtime.hsctlr") }}
{% endblock %}

{% block teardown %}
        cmp     r10, #1
        bne     3f
{{ begin("caches.invalidate") }}
{{ call("hyp_invalidate_records") }}
{{ check("caches.invalidate", "0") }}
3:
{{ super() }}
{% endblock %}

{% block more %}
{{ equ("RECORD_AREA_SHIFT") }}
{% from "lines.inc" import each_line with context %}

        .section .hyp.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ hyp_invalidate_records: the caches forget the record areas, which were written past them
@   entry     Hyp mode, MMU on, caches off
@   exit      r0 = 0; a cacheable load sees what is in memory
@   clobbers  r1 to r3
@
@ A line that was fetched long before would hide the newer words from the first load with C = 1. It is
@ forgotten by the address that Hyp mode uses: where memory has an alias, PL1 knows it by another one.
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_invalidate_records") }}
        ldr     r0, =hyp_records
        add     r1, r0, #CPU_COUNT << RECORD_AREA_SHIFT
{{ each_line("DCIMVAC") }}
        mov     r0, #0                          @ the DSB of the next hyp_init completes it
        bx      lr
{{ end_function("hyp_invalidate_records") }}
        .ltorg
{% endblock %}
