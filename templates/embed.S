@ embed.S for {{ board.name }} ({{ board.title }})
@
@ The part that only the object for other people's firmware has: functions under the AAPCS by which a
@ firmware written in C installs the stub and turns the Hyp MMU on and off, and the builder of the Hyp
@ tables. It runs with the MMU off where it is linked. Only .hyp.text, .hyp.rodata, .hyp.data and
@ .hyp.stacks may be linked at another address than they are loaded at: hyp_va_offset, which the linker
@ script defines, is the difference. What a page's descriptor holds is known only to the linker, and no
@ relocation can say it; so the tables are built when the image runs.

        .syntax unified
        .{{ isa }}

{{ equ("PSR_MODE", "PSR_HYP", "PSR_SVC", "PSR_T", "MPIDR_FLAGS", "CPU_COUNT", "HSCTLR_OFF", "HCPTR_NONE",
       "HDCR_KEEP", "CNTHCTL_PL1", "SCTLR_OFF", "HVC_STUB", "HVC_INIT", "HVC_CALL", "HVC_TEARDOWN",
       "HYP_NOT_HYP", "HYP_UNKNOWN_CPU", "STACK_SHIFT", "PHYS_LOAD_LOW", "PHYS_LOAD_HIGH", "TABLES_SIZE",
       "DESCRIPTOR_TABLE", "LEAF_RX_LOW", "LEAF_RX_HIGH", "LEAF_R_LOW", "LEAF_R_HIGH", "LEAF_RW_LOW",
       "LEAF_RW_HIGH", "LEAF_DEVICE_LOW", "LEAF_DEVICE_HIGH", "UART_PHYSICAL", "UART_VIRTUAL") }}
        .equ    PAGE_SIZE, 0x1000
        .equ    PAGE_SHIFT, 12

        .section .host.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ uint32_t hyp_boot(void): install the stub and leave Hyp mode, once on each CPU
@   entry     Hyp mode, Hyp MMU and data cache off; a stack
@   exit      returns in SVC mode, A, I and F masked, on the same stack, r0 = 0; VBAR is UNKNOWN
@             in another mode: returns there, r0 = HYP_NOT_HYP, and nothing is changed
@   clobbers  r0 to r3
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_boot") }}
{% block check_mode %}
        @ Software cannot enter Hyp mode from PL1 by itself: firmware must have done so.
        mrs     r0, cpsr
        and     r0, r0, #PSR_MODE
        cmp     r0, #PSR_HYP
        ldrne   r0, =HYP_NOT_HYP
        bxne    lr
{% endblock %}

{% block install_stub %}
        @ HSCTLR decides the instruction set and the endianness in which the stub's vectors are entered, so
        @ it gets a whole value and not an edited one.
        ldr     r0, =hyp_stub_vectors
        {{ write("HVBAR", "r0") }}
        ldr     r0, =HSCTLR_OFF
        {{ write("HSCTLR", "r0") }}
{% endblock %}

{% block open_pl1 %}
{% include "open_pl1.inc" %}
{% endblock %}

{% block leave_hyp %}
        @ The Non-secure SCTLR is UNKNOWN at reset: MMU and caches off.
        ldr     r0, =SCTLR_OFF
        {{ write("SCTLR", "r0") }}

        @ Back to the caller, in its instruction set and with its stack. ERET is the context
        @ synchronisation event for every write above.
        ldr     r1, =PSR_SVC
        tst     lr, #1
{% if thumb %}
        biceq   r1, r1, #PSR_T
{% else %}
        orrne   r1, r1, #PSR_T
{% endif %}
        bic     r2, lr, #1
        msr     spsr_cxsf, r1
        msr     elr_hyp, r2
        mov     r3, sp
        msr     SP_svc, r3
        mov     r0, #0
        eret
{% endblock %}
{{ end_function("hyp_boot") }}

@ ------------------------------------------------------------------------------------------------
@ uint32_t hyp_load(void): turn the Hyp MMU on for this CPU; hyp_build_tables must have run
@   entry     SVC mode, MMU off, the stub installed
@   exit      r0 = 0, or HYP_UNKNOWN_CPU, or what the stub or hyp-init gave
@   clobbers  r1 to r3, r12
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_load") }}
        push    {r4, lr}
{% block which_cpu %}
        @ The list is in .hyp.rodata, whose load address is not where it is linked.
        {{ read("MPIDR", "r0") }}
        bic     r0, r0, #MPIDR_FLAGS
        ldr     r1, =cpu_mpidrs
        ldr     r12, =hyp_va_offset
        sub     r1, r1, r12
        mov     r4, #0
1:      ldr     r2, [r1, r4, lsl #2]
        cmp     r2, r0
        beq     2f
        add     r4, r4, #1
        cmp     r4, #CPU_COUNT
        blo     1b
        ldr     r0, =HYP_UNKNOWN_CPU
        pop     {r4, pc}
2:
{% endblock %}

        ldr     r0, =hyp_init_vectors
        hvc     #HVC_STUB
        cmp     r0, #0
        popne   {r4, pc}
        add     r4, r4, #1                      @ stacks grow down: the top
        ldr     r0, =hyp_stacks
        add     r0, r0, r4, lsl #STACK_SHIFT
        ldr     r1, =hyp_vectors
        ldr     r2, =hyp_tables
        ldr     r12, =PHYS_LOAD_LOW             @ the walker takes all 40 bits
        adds    r2, r2, r12
        ldr     r3, =PHYS_LOAD_HIGH
        adc     r3, r3, #0
        hvc     #HVC_INIT
        pop     {r4, pc}
{{ end_function("hyp_load") }}

@ ------------------------------------------------------------------------------------------------
@ uint32_t hyp_call(void *function, uint32_t, uint32_t, uint32_t): call a function in Hyp mode
@   entry     SVC mode; r0 = its VA, in .hyp.text; r1 to r3 = its arguments
@   exit      r0 = its result, or HVC_UNKNOWN
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_call") }}
        hvc     #HVC_CALL
        bx      lr
{{ end_function("hyp_call") }}

@ ------------------------------------------------------------------------------------------------
@ uint32_t hyp_unload(void): turn the Hyp MMU off for this CPU; the stub answers again
@   exit      r0 = 0, or HVC_UNKNOWN
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_unload") }}
        ldr     r0, =hyp_teardown
        ldr     r1, =hyp_stub_vectors
        hvc     #HVC_TEARDOWN
        bx      lr
{{ end_function("hyp_unload") }}

@ ------------------------------------------------------------------------------------------------
@ uint32_t hyp_vectors_get(void): HVBAR, as the stub tells it
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_vectors_get") }}
        mvn     r0, #0
        hvc     #HVC_STUB
        bx      lr
{{ end_function("hyp_vectors_get") }}

        .ltorg

@ ------------------------------------------------------------------------------------------------
@ void hyp_build_tables(void): build the Hyp tables, once, before the first hyp_load
@   entry     MMU and data cache off
@   clobbers  r0 to r3, r12
@
@   r6 = level 1 table, r7 = next free table: load addresses
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_build_tables") }}
        push    {r4-r8, lr}
        ldr     r6, =hyp_tables
        add     r7, r6, #PAGE_SIZE
        ldr     r1, =TABLES_SIZE
        mov     r0, #0
1:      subs    r1, r1, #4                      @ zero: an invalid descriptor
        str     r0, [r6, r1]
        bne     1b

{% for name, kind in (("text", "RX"), ("rodata", "R"), ("data", "RW")) %}
        ldr     r0, =hyp_{{ name }}_start
        ldr     r1, =hyp_{{ name }}_end
        ldr     r4, =LEAF_{{ kind }}_LOW
        ldr     r5, =LEAF_{{ kind }}_HIGH
        bl      hyp_map_linear
{% endfor %}
        @ Of each CPU's two pages the upper one is its stack; the lower one stays unmapped below it.
        ldr     r4, =LEAF_RW_LOW
        ldr     r5, =LEAF_RW_HIGH
{% for mpidr in mpidrs %}
        ldr     r0, =hyp_stacks + ({{ loop.index0 }} << STACK_SHIFT) + PAGE_SIZE
        add     r1, r0, #PAGE_SIZE
        bl      hyp_map_linear
{% endfor %}

        @ The identity page: VA = PA = its load address, which may be that of an alias. It is never written.
        ldr     r0, =hyp_init_vectors
        add     r1, r0, #PAGE_SIZE
        mov     r2, r0
        mov     r3, #0
        ldr     r4, =LEAF_RX_LOW
        ldr     r5, =LEAF_RX_HIGH
        bl      hyp_map

        ldr     r0, =UART_VIRTUAL & ~(PAGE_SIZE - 1)
        add     r1, r0, #PAGE_SIZE
        ldr     r2, =UART_PHYSICAL & ~(PAGE_SIZE - 1)
        mov     r3, #0
        ldr     r4, =LEAF_DEVICE_LOW
        ldr     r5, =LEAF_DEVICE_HIGH
        bl      hyp_map
        dsb                                     @ the walker is another observer
        pop     {r4-r8, pc}
{{ end_function("hyp_build_tables") }}

@ ------------------------------------------------------------------------------------------------
@ hyp_map_linear: map the pages of [r0..r1) of the runtime to where they are loaded
@ hyp_map: map them to the physical address in r3:r2
@   entry     r4 and r5 = low and high word of a level 3 descriptor without its address
@   clobbers  r0, r2, r3, r8, r12
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_map_linear") }}
        ldr     r12, =hyp_va_offset
        sub     r2, r0, r12
        ldr     r12, =PHYS_LOAD_LOW
        adds    r2, r2, r12
        ldr     r3, =PHYS_LOAD_HIGH
        adc     r3, r3, #0
{{ end_function("hyp_map_linear") }}
{{ function("hyp_map") }}
        push    {r9, r10, r11, lr}
1:      cmp     r0, r1
        pophs   {r9, r10, r11, pc}
        lsr     r9, r0, #30
        mov     r8, r6
        bl      hyp_next_level
        ubfx    r9, r0, #21, #9
        bl      hyp_next_level
        ubfx    r9, r0, #PAGE_SHIFT, #9
        add     r8, r8, r9, lsl #3
        orr     r10, r2, r4
        orr     r11, r3, r5
        strd    r10, r11, [r8]
        add     r0, r0, #PAGE_SIZE
        adds    r2, r2, #PAGE_SIZE
        adc     r3, r3, #0
        b       1b
{{ end_function("hyp_map") }}

@ ------------------------------------------------------------------------------------------------
@ hyp_next_level: the table that a descriptor names; a new one if it names none yet
@   entry     r8 = table, r9 = index
@   exit      r8 = the table below
@   clobbers  r10, r11, r12
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_next_level") }}
        ldr     r12, =PHYS_LOAD_LOW             @ tables name each other by true physical addresses
        add     r8, r8, r9, lsl #3
        ldr     r10, [r8]
        lsrs    r11, r10, #1                    @ C = the valid bit
        bcc     1f
        lsr     r10, r10, #PAGE_SHIFT
        rsb     r8, r12, r10, lsl #PAGE_SHIFT
        bx      lr
1:      adds    r10, r7, r12
        ldr     r11, =PHYS_LOAD_HIGH
        adc     r11, r11, #0
        orr     r10, r10, #DESCRIPTOR_TABLE
        strd    r10, r11, [r8]
        mov     r8, r7
        add     r7, r7, #PAGE_SIZE
        bx      lr
{{ end_function("hyp_next_level") }}

        .ltorg

        .section .hyp.tables, "aw", %nobits
        .balign 4096
{{ object("hyp_tables") }}
        .space  TABLES_SIZE
{{ end_object("hyp_tables") }}
