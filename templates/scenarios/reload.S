@ scenarios/reload.S for {{ board.name }}
@
@ One hypervisor is unloaded and another takes its place: an image of its own, which the linker put behind this
@ one (second_* are its symbols). What the first had is destroyed before: nothing may depend on its tables, its
@ vectors or its init code. (Its stacks are left alone: Hyp mode wrote them through the cache, whose dirty lines may
@ come over anything that is written past it.) The second is entered as by firmware, in Hyp mode with the MMU off, and
@ goes on alone.

{% from "host.inc" import prologue, program, begin, check, hyp_on, stub_get, runtime_where with context %}
{{ prologue() }}
{{ equ("HVC_LINUX_NUMBERED_IMMEDIATE", "HVC_LINUX_NUMBERED_SOFT_RESTART", "HVC_LINUX_NUMBERED_RESET_VECTORS",
       "HVC_XEN_IMMEDIATE", "SECOND_LOAD") }}
        .equ    POISON, 0xdeadbeef
        .equ    PAGE_SIZE, 0x1000

{# Overwrite bytes from a symbol on. #}
{% macro poison(symbol, size) %}
        ldr     r0, ={{ symbol }}
        virt_to_idmap r0
        ldr     r2, ={{ size }}
1:      subs    r2, r2, #4
        str     r1, [r0, r2]
        bne     1b
{%- endmacro %}

        .section .host.text, "ax", %progbits

{{ program("host_main", "the boot CPU's program, with the first hypervisor",
   exit="at SECOND_LOAD in Hyp mode, or at hypgen_failed when a result is not as expected") }}
{{ stub_get() }}
{{ hyp_on() }}

{{ runtime_where() }}

{{ begin("first.xen") }}
        mov     r12, #17                        @ xen_version
        mov     r0, #0
        hvc     #HVC_XEN_IMMEDIATE
{{ check("first.xen", "HVC_UNKNOWN") }}

{{ begin("first.unload") }}
        mov     r0, #HVC_LINUX_NUMBERED_RESET_VECTORS
        hvc     #HVC_LINUX_NUMBERED_IMMEDIATE
{{ check("first.unload", "0") }}

        @ Its memory is somebody else's from now on: only the stub is still needed.
{{ begin("first.poison") }}
        ldr     r1, =POISON
{{ poison("hyp_tables", tables_size) }}
{{ poison("hyp_vectors", "PAGE_SIZE") }}
{{ poison("hyp_init_vectors", "PAGE_SIZE") }}
        ldr     r0, [r0]
{{ check("first.poison", "POISON") }}

{{ begin("second.start") }}
        mov     r0, #0
{{ check("second.start", "0") }}
        mov     r0, #HVC_LINUX_NUMBERED_SOFT_RESTART
        ldr     r1, =SECOND_LOAD                @ where the other image begins, with its MMU off
        hvc     #HVC_LINUX_NUMBERED_IMMEDIATE
        b       hypgen_failed                   @ this does not return
{{ end_function("host_main") }}

        .ltorg
