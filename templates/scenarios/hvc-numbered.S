@ scenarios/hvc-numbered.S for {{ board.name }}
@
@ The numbered interface of Linux from 4.12 on: hvc #0 with a number in r0 and an address in r1. The stub and
@ the runtime both answer it, each with what it can do. At the end SOFT_RESTART leaves the Hyp MMU and goes on
@ in Hyp mode at a second image, which destroys the first one's tables and has a life of its own.

{% from "host.inc" import prologue, program, begin, check, check_r1, init, runtime_where, done with context %}
{% from "resident.inc" import resident_vectors with context %}
{{ prologue() }}
{{ equ("HVC_LINUX_NUMBERED_IMMEDIATE", "HVC_LINUX_NUMBERED_SET_VECTORS", "HVC_LINUX_NUMBERED_SOFT_RESTART",
       "HVC_LINUX_NUMBERED_RESET_VECTORS", "PSR_SVC", "PSR_MODE", "HSCTLR_OFF") }}

{% macro numbered(number) %}
        mov     r0, #HVC_LINUX_NUMBERED_{{ number }}
        hvc     #HVC_LINUX_NUMBERED_IMMEDIATE
{%- endmacro %}

        .section .host.text, "ax", %progbits

{{ program("host_main", "the boot CPU's program, with the first image",
   exit="at second_start in Hyp mode, or at hypgen_failed when a result is not as expected") }}
{{ begin("numbered.unknown") }}
        mov     r0, #7
        hvc     #HVC_LINUX_NUMBERED_IMMEDIATE
{{ check("numbered.unknown", "HVC_UNKNOWN") }}

{{ begin("numbered.set") }}
        ldr     r1, =hyp_init_vectors
        virt_to_idmap r1                        @ Hyp mode fetches from there with its MMU off
{{ numbered("SET_VECTORS") }}
{{ check("numbered.set", "0") }}

{{ init() }}

{{ runtime_where() }}

{{ begin("numbered.refused") }}
        mov     r1, #0
{{ numbered("SET_VECTORS") }}
{{ check("numbered.refused", "HVC_UNKNOWN") }}

{{ begin("numbered.reset") }}
{{ numbered("RESET_VECTORS") }}
{{ check("numbered.reset", "0") }}

{{ begin("stub.get") }}
        mvn     r0, #0                          @ -1: read
        hvc     #HVC_STUB
        ldr     r1, =hyp_stub_vectors
        virt_to_idmap r1
{{ check_r1("stub.get") }}

{{ begin("numbered.again") }}
        ldr     r1, =hyp_init_vectors
        virt_to_idmap r1
{{ numbered("SET_VECTORS") }}
{{ check("numbered.again", "0") }}

{{ init("init.again") }}

{{ begin("numbered.restart") }}
        mov     r0, #0
{{ check("numbered.restart", "0") }}
        ldr     r1, =second_start
        virt_to_idmap r1                        @ it begins with the MMU off
{{ numbered("SOFT_RESTART") }}
        b       hypgen_failed                   @ this does not return
{{ end_function("host_main") }}

@ ------------------------------------------------------------------------------------------------
@ second_host: the second image's host part
@   entry     SVC mode, as host_main; r4 = mode that second_start began in, r5 = HSCTLR.M then
@   exit      at hypgen_done, or at hypgen_failed when a result is not as expected
@   clobbers  everything
@ ------------------------------------------------------------------------------------------------
{{ function("second_host") }}
{{ begin("restart.mode") }}
        orr     r0, r4, r5, lsl #8
{{ check("restart.mode", "0x1a") }}

{{ begin("restart.poison") }}
        ldr     r0, =hyp_tables
        virt_to_idmap r0
        ldr     r0, [r0]
{{ check("restart.poison", "0xdeadbeef") }}

{{ begin("restart.stub") }}
        mvn     r0, #0                          @ -1: read
        hvc     #HVC_STUB
        ldr     r1, =second_vectors
        virt_to_idmap r1
{{ check_r1("restart.stub") }}

{{ done() }}
{{ end_function("second_host") }}

        .ltorg

        .section .stub.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ second_vectors: the second image's stub
@ ------------------------------------------------------------------------------------------------
{{ resident_vectors("second_vectors", "hyp_stub_trap") }}

@ ------------------------------------------------------------------------------------------------
@ second_start: where the second image begins
@   entry     Hyp mode, MMU and caches off, A, I and F masked; at the load address; r8, r10 and r11 kept
@   exit      at second_host
@   clobbers  everything
@ ------------------------------------------------------------------------------------------------
{{ function("second_start") }}
        mrs     r4, cpsr
        and     r4, r4, #PSR_MODE
        {{ read("HSCTLR", "r5") }}
        and     r5, r5, #1                      @ M

        @ The first image's memory is free: nothing may depend on its tables any more.
        ldr     r0, =hyp_tables
        virt_to_idmap r0
        ldr     r1, =0xdeadbeef
        mov     r2, #{{ tables_size }}
1:      subs    r2, r2, #4
        str     r1, [r0, r2]
        bne     1b

        ldr     r0, =second_vectors
        virt_to_idmap r0
        {{ write("HVBAR", "r0") }}
        ldr     r0, =PSR_SVC
        msr     spsr_cxsf, r0
        ldr     r0, =second_host
        virt_to_idmap r0
        msr     elr_hyp, r0
        eret                                    @ synchronises HVBAR
{{ end_function("second_start") }}

        .ltorg
