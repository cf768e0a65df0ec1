@ scenarios/uses.S for {{ board.name }}
@
@ A bit of a control register or of a descriptor that nobody uses could as well be wrong. The host part uses
@ what boot.S opened to PL1, and Hyp mode what the tables allow, and tries what they do not allow. A trap that
@ should not arrive ends at the stub, for good.
@ Operations that are here for the trap which they could take, and not for what they do, say so: "probe".

{% from "host.inc" import prologue, program, begin, check, call, hyp_on, hyp_off, stub_get, done with context %}
{% from "probe.inc" import probe with context %}
{{ prologue() }}
{{ equ("UART_VIRTUAL") }}

{# Call a Hyp function with an address as its second argument, which the macro "probe" leaves alone. #}
{% macro at(address, what) %}
        ldr     r2, ={{ address }}
{{ call(what) }}
{%- endmacro %}

        .section .host.text, "ax", %progbits

{{ program("host_main", "the boot CPU's program") }}
{{ begin("pl1.registers") }}
        bl      uses_registers
        bl      uses_events
        mov     r0, #0
{{ check("pl1.registers", "0") }}

{{ begin("pl1.vectors") }}
        bl      uses_vectors
{{ check("pl1.vectors", "0x0800000c") }}

{{ begin("pl1.time") }}
        bl      uses_time
{{ check("pl1.time", "0") }}
{% if interrupts.kind != "none" %}

{{ begin("pl1.wait") }}
        bl      uses_wait
        mov     r0, #0
{{ check("pl1.wait", "0") }}

{{ begin("pl1.fiq") }}
        bl      uses_fiq
        cmp     r0, #0
        beq     1f                              @ nobody outside has sent one
{{ check("pl1.fiq", "0x1c") }}
1:
{% endif %}

{{ stub_get() }}
{{ hyp_on() }}

{{ begin("identity") }}
        {{ read("MIDR", "r1") }}
        {{ read("MPIDR", "r2") }}
{{ call("uses_identity") }}
{{ check("identity", "0") }}

{{ begin("hyp.barriers") }}
{{ call("uses_barriers") }}
{{ check("hyp.barriers", "0") }}

{{ begin("hyp.console") }}
        mov     r1, r11
{{ call("uses_console") }}
{{ check("hyp.console", "0") }}
{% for step, what, address, slot in (
    ("text.store", "uses_store", "hyp_where", "0x10"),
    ("text.load", "uses_load", "hyp_where", "0"),
    ("idmap.store", "uses_store", "hyp_init + IDMAP_OFFSET", "0x10"),
    ("idmap.load", "uses_load", "hyp_init + IDMAP_OFFSET", "0"),
    ("rodata.store", "uses_store", "cpu_mpidrs", "0x10"),
    ("rodata.load", "uses_load", "cpu_mpidrs", "0"),
    ("rodata.fetch", "uses_fetch", "cpu_mpidrs", "0x0c"),
    ("data.load", "uses_load", "hyp_records", "0"),
    ("data.fetch", "uses_fetch", "hyp_records", "0x0c"),
    ("stack.load", "uses_load", "hyp_stacks + (1 << STACK_SHIFT) - 16", "0"),
    ("stack.fetch", "uses_fetch", "hyp_stacks + (1 << STACK_SHIFT) - 16", "0x0c"),
) if not trampoline or not step.startswith("idmap.") %}

{{ begin(step) }}
{{ at(address, what) }}
{{ check(step, slot) }}
{% endfor %}

{{ begin("stack.place") }}
        ldr     r1, =0x57ac4ed0
{{ call("uses_stack") }}
        ldr     r1, =IDMAP_OFFSET               @ what it returned is a VA of Hyp mode's
        add     r0, r0, r1
        ldr     r0, [r0]
{{ check("stack.place", "0x57ac4ed0") }}

{{ begin("console.fetch") }}
{{ at("UART_VIRTUAL", "uses_fetch") }}
{{ check("console.fetch", "0x0c") }}
{{ hyp_off() }}

{{ done() }}
{{ end_function("host_main") }}

        .ltorg

        .section .hyp.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ uses_barriers: r0 = 0; HSCTLR.CP15BEN decides whether these are instructions
@   entry     Hyp mode, MMU on
@   exit      as said
@   clobbers  nothing else
@ ------------------------------------------------------------------------------------------------
{{ function("uses_barriers") }}
        {{ operate("CP15DMB", note="probe") }}
        mov     r0, #0
        bx      lr
{{ end_function("uses_barriers") }}

@ ------------------------------------------------------------------------------------------------
@ uses_console(r0): print a line of the CPU r0 in Hyp mode; r0 = 0
@   entry     Hyp mode, MMU on; no other CPU prints
@   exit      as said
@   clobbers  r1 to r3, r12 (AAPCS)
@ ------------------------------------------------------------------------------------------------
{{ function("uses_console") }}
        push    {r4, lr}
        bl      hyp_cpu
        ldr     r0, =uses_text
        bl      hyp_text
        bl      hyp_newline
        mov     r0, #0
        pop     {r4, pc}
{{ end_function("uses_console") }}

@ ------------------------------------------------------------------------------------------------
@ uses_load(-, r1): r0 = 0 if a word at r1 + 1 is made of those at r1 and at r1 + 4
@   entry     Hyp mode, MMU on
@   exit      as said, something else otherwise
@   clobbers  r2, r3 (AAPCS)
@ ------------------------------------------------------------------------------------------------
{{ function("uses_load") }}
        ldr     r0, [r1, #1]                    @ a fault, if the memory is not Normal
        ldr     r2, [r1]
        ldr     r3, [r1, #4]
{% if big %}
        lsl     r2, r2, #8                      @ the byte at r1 is the first word's highest
        orr     r2, r2, r3, lsr #24
{% else %}
        lsr     r2, r2, #8                      @ the byte at r1 is the first word's lowest
        orr     r2, r2, r3, lsl #24
{% endif %}
        eor     r0, r0, r2
        bx      lr
{{ end_function("uses_load") }}

@ ------------------------------------------------------------------------------------------------
@ uses_stack(r0): put r0 below the stack's top, clean to memory; r0 = its VA
@   entry     Hyp mode, MMU on
@   exit      as said; memory has it
@   clobbers  r1 (AAPCS)
@ ------------------------------------------------------------------------------------------------
{{ function("uses_stack") }}
        push    {r0, r1}
        mov     r0, sp
        {{ operate("DCCMVAC", "r0", note="the host part looks past the caches") }}
        dmb     nsh
        add     sp, sp, #8
        bx      lr
{{ end_function("uses_stack") }}

{% call probe("uses_store", "store a word", "its VA") %}
        str     r1, [r1]
{% endcall %}
{% call probe("uses_fetch", "branch to a VA", "the VA") %}
{% if isa == "thumb" %}
        orr     r1, r1, #1                      @ in the same instruction set
{% endif %}
        bx      r1
{% endcall %}
        .ltorg

        .section .hyp.rodata, "a", %progbits
uses_text:
        .asciz  "  this line is of Hyp mode"
