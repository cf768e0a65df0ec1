@ host_mmu.S for {{ board.name }}
@
@ The host part's own MMU, as a kernel has it. The image is loaded at one address and linked at another, so the
@ MMU goes on through an identity mapping: the page .host.idmap has VA = load address ({{ host_mmu.load }}) in the
@ tables. {% if host_mmu.moves %}What the tables name first is the alias through which the image was loaded; host_move
@ goes on in the memory's own window, where other masters see it and from where Hyp mode's tables map it.
@ A line of one window is not a line of the other, so the order is: clean, off, re-point, invalidate, on.{% else %}Memory has one window only, so that the load address is the physical address.{% endif %}


        .syntax unified
        .{{ isa }}

{{ equ("IDMAP_OFFSET", "MAIR0_VALUE", "TTBCR_VALUE", "SCTLR_ON", "HOST_ROOT_LOW", "HOST_ROOT_HIGH",
       "IMAGE_END") }}
{% if host_mmu.moves %}
{{ equ("SCTLR_OFF", "HOST_TABLES_BYTES", "HOST_IDENTITY", "WINDOW_START", "WINDOW_BYTES", "WINDOW_DISTANCE_LOW",
       "WINDOW_DISTANCE_HIGH") }}
{% endif %}

{% include "address.inc" %}
{% from "lines.inc" import each_line with context %}
{# A cache operation on each line of what the host part writes. Clobbers r0 to r3. #}
{% macro written(operation) %}
        ldr     r0, =host_journal
        ldr     r1, =IMAGE_END
{{ each_line(operation) }}
{%- endmacro %}

        .section .host.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ host_mmu_first: the boot CPU's MMU and caches on
@   entry     SVC mode, MMU and caches off, at the load address; r8 = load address of this CPU's journal
@   exit      returns at the VA; SP and r8 are VAs
@   clobbers  r0 to r3, r12
@ ------------------------------------------------------------------------------------------------
{{ function("host_mmu_first") }}
{% block first %}
        ldr     r12, =IDMAP_OFFSET
        sub     sp, sp, r12
        sub     r8, r8, r12
        sub     lr, lr, r12
        ldr     r0, =host_mmu_settle
        ldr     r2, =host_tables
        virt_to_idmap r2                        @ the tables name each other by load addresses, too
        mov     r3, #0
        ldr     r1, =host_mmu_on
        virt_to_idmap r1
        bx      r1
{% endblock %}
{{ end_function("host_mmu_first") }}

@ ------------------------------------------------------------------------------------------------
@ host_mmu_settle: the first instructions at the VA
@   entry     SVC mode, MMU and caches on; nothing has been loaded or stored yet
@   exit      to lr
@   clobbers  r0 to r3
@ ------------------------------------------------------------------------------------------------
{{ function("host_mmu_settle") }}
{% block settle %}
        @ What was stored past the caches{{ " or through the other window" if host_mmu.moves }} is in memory, and a cache may hold any of its lines
        @ as they were before, from before this image began. No line here is dirty, so none is lost.
        @ Loads of a line come after operations on it in program order; other CPUs are started behind a DSB.
{{ written("DCIMVAC") }}
        bx      lr
{% endblock %}
{{ end_function("host_mmu_settle") }}

{% if host_mmu.moves %}
@ ------------------------------------------------------------------------------------------------
@ host_move: from the alias to the memory's own window; no other CPU has its MMU on yet
@   entry     SVC mode, MMU on at the VA, the tables name load addresses
@   exit      returns at the same VA, the tables name physical addresses
@   clobbers  r0 to r3, r12
@ ------------------------------------------------------------------------------------------------
{{ function("host_move") }}
        push    {r4-r7}                         @ the last store through the alias
{% block clean %}
        @ The newest copy of every byte must be in memory before it is read through the other window.
{{ written("DCCMVAC") }}
        @ The DSB of host_mmu_on completes it; nothing is stored until then.
{% endblock %}
        mov     r7, lr
        ldr     r0, =host_moved
        ldr     r1, =host_repoint
        virt_to_idmap r1                        @ the MMU goes off under it
        bx      r1
{{ end_function("host_move") }}
@ ------------------------------------------------------------------------------------------------
@ host_moved: where host_repoint goes on
@   entry     SVC mode, MMU and caches on at the VA, the tables name physical addresses; r7 = host_move's LR
@   exit      returns from host_move
@   clobbers  r0 to r3
@ ------------------------------------------------------------------------------------------------
{{ function("host_moved") }}
        bl      host_mmu_settle
        mov     lr, r7
        pop     {r4-r7}
        bx      lr
{{ end_function("host_moved") }}

{% endif %}
{% if all_cpus %}
@ ------------------------------------------------------------------------------------------------
@ host_mmu_other: another CPU's MMU and caches on, before it stores anything
@   entry     SVC mode, MMU and caches off, at the load address; the boot CPU's tables are in their final state;
@             r0 = VA of the text that host_started prints, r11 = CPU index
@   exit      at host_started, at its VA
@   clobbers  r1 to r3, r7, r12
@ ------------------------------------------------------------------------------------------------
{{ function("host_mmu_other") }}
{% block other %}
        mov     r7, r0
        ldr     r0, =host_mmu_others
        ldr     r2, =HOST_ROOT_LOW
        ldr     r3, =HOST_ROOT_HIGH
        ldr     r1, =host_mmu_on
        virt_to_idmap r1
        bx      r1
{% endblock %}
{{ end_function("host_mmu_other") }}
@ ------------------------------------------------------------------------------------------------
@ host_mmu_others: where host_mmu_on goes on for another CPU
@   entry     SVC mode, MMU and caches on at the VA; r7, r11 = what host_mmu_other had in r0 and r11
@   exit      at host_started
@   clobbers  r0
@ ------------------------------------------------------------------------------------------------
{{ function("host_mmu_others") }}
{% block others %}
        @ It has stored nothing past the caches, so there is nothing to invalidate: the boot CPU did that, and
        @ now has lines there that must not be lost.
        mov     r0, r7
        b       host_started
{% endblock %}
{{ end_function("host_mmu_others") }}

{% endif %}
@ ------------------------------------------------------------------------------------------------
@ host_frame: translate a VA as PL1 does
@   entry     r0 = VA
@   exit      r0 = physical address >> 12, or -1 where nothing is mapped
@   clobbers  r1
@ ------------------------------------------------------------------------------------------------
{{ function("host_frame") }}
        {{ operate("ATS1CPR", "r0") }}
        isb                                     @ PAR has the result from here on
        {{ read("PAR", "r0", "r1") }}
        tst     r0, #1                          @ F
        lsr     r0, r0, #12
        orr     r0, r0, r1, lsl #20
        bic     r0, r0, #0xf0000000             @ the attributes, PAR<63:56>
        mvnne   r0, #0
        bx      lr
{{ end_function("host_frame") }}

        .ltorg

        .section .host.idmap, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ host_mmu_on: the PL1 MMU and the caches on
@   entry     SVC mode, MMU and data cache off, at the load address of this page;
@             r3:r2 = physical address of the level 1 table: all of its 40 bits; r0 = VA to go on at
@   exit      there, everything translated; VBAR = host_vectors, a VA
@   clobbers  r12
@ ------------------------------------------------------------------------------------------------
{{ function("host_mmu_on") }}
{% block translation_registers %}
        @ With M = 0 nothing uses these yet. TTBCR.EAE comes first: it decides what the others' bits mean.
        ldr     r12, =TTBCR_VALUE               @ whole: of its fields only EAE, N and PD0/1 are known at reset
        {{ write("TTBCR", "r12") }}
        ldr     r12, =MAIR0_VALUE
        {{ write("MAIR0", "r12") }}
        {{ write("TTBR0", "r2", "r3") }}
        ldr     r12, =host_vectors
        {{ write("VBAR", "r12", note="a VA: of use when the MMU is on") }}
{% endblock %}

{% block invalidate_tlb %}
        @ What the TLB holds of PL1 at reset, or from other tables, is UNKNOWN or old. The DSB completes the
        @ invalidation, the ISB makes later fetches see it, and with it the registers above.
        {{ operate("TLBIALL") }}
        dsb     nsh{{ "                             @ and what host_move cleaned, and stored to the tables" if host_mmu.moves }}
        isb
{% endblock %}

{% block mmu_on %}
        ldr     r12, =SCTLR_ON
        {{ write("SCTLR", "r12") }}
        isb                                     @ from here on the MMU translates
        bx      r0
{% endblock %}
{{ end_function("host_mmu_on") }}

{% if host_mmu.moves %}
{# LDRD and STRD have the word at the lower address in the first register: of a descriptor its low word, and
   its high word where data are big-endian. #}
{% set low, high = ("r3", "r2") if big else ("r2", "r3") %}
@ ------------------------------------------------------------------------------------------------
@ host_repoint: MMU off, every address in the tables moved to the memory's own window, MMU on
@   entry     SVC mode, MMU on, fetched through the identity mapping; what the caches hold is in memory, too;
@             r0 = VA to go on at
@   exit      there, the tables and TTBR0 name physical addresses
@   clobbers  r1 to r6, r12
@ ------------------------------------------------------------------------------------------------
{{ function("host_repoint") }}
{% block host_mmu_off %}
        @ A live descriptor must not get another address, and no address above 4 GiB can be written to while
        @ the MMU is off: the tables are edited through the alias, with nothing that looks at them.
        ldr     r12, =SCTLR_OFF
        {{ write("SCTLR", "r12") }}
        isb                                     @ from here on nothing is translated, and no data is cached
{% endblock %}

{% block repoint %}
        ldr     r4, =host_tables
        virt_to_idmap r4
        ldr     r5, =HOST_TABLES_BYTES
        add     r5, r4, r5
        ldr     r6, =HOST_IDENTITY
        virt_to_idmap r6
1:      ldrd    r2, r3, [r4]
        tst     {{ low }}, #1
        beq     2f                              @ it names nothing
        cmp     r4, r6
        beq     2f                              @ the identity page keeps VA = PA
        ldr     r12, =WINDOW_START
        sub     r1, {{ low }}, r12
        ldr     r12, =WINDOW_BYTES
        cmp     r1, r12
        bhs     2f                              @ a device
        ldr     r12, =WINDOW_DISTANCE_LOW
        adds    {{ low }}, {{ low }}, r12
        ldr     r12, =WINDOW_DISTANCE_HIGH
        adc     {{ high }}, {{ high }}, r12
        strd    r2, r3, [r4]
2:      add     r4, r4, #8
        cmp     r4, r5
        blo     1b
{% endblock %}

        ldr     r2, =HOST_ROOT_LOW
        ldr     r3, =HOST_ROOT_HIGH
        b       host_mmu_on
{{ end_function("host_repoint") }}
{% endif %}

        .ltorg
