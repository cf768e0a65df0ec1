@ scenarios/hvc-hypervisors.S for {{ board.name }}
@
@ An image that answers as two hypervisors of the field do, besides its own calls: Xen by hvc #0xea1, Jailhouse
@ by hvc #0x4a48. The immediate says whose call it is, a register which; the stub knows neither.

{% from "host.inc" import prologue, program, begin, check, hyp_on, stub_get, stub_back, done with context %}
{{ prologue() }}
{{ equ("HVC_XEN_IMMEDIATE", "HVC_JAILHOUSE_IMMEDIATE") }}
        .equ    ENOSYS, -38
        .equ    EINVAL, -22
        .equ    NOBODY, 0x1234                  @ an immediate that nobody has taken

{% macro xen(number, argument) %}
        mov     r12, #{{ number }}
        mov     r0, #{{ argument }}
        hvc     #HVC_XEN_IMMEDIATE
{%- endmacro %}
{% macro jailhouse(number, argument) %}
        mov     r0, #{{ number }}
        mov     r1, #{{ argument }}
        hvc     #HVC_JAILHOUSE_IMMEDIATE
{%- endmacro %}

        .section .host.text, "ax", %progbits

{{ program("host_main", "the boot CPU's program") }}
{{ stub_get() }}

{{ begin("xen.stub") }}
{{ xen(17, 0) }}
{{ check("xen.stub", "HVC_UNKNOWN") }}

{{ begin("jailhouse.stub") }}
{{ jailhouse(5, 4) }}
{{ check("jailhouse.stub", "HVC_UNKNOWN") }}
{{ hyp_on() }}

{{ begin("xen.version") }}
{{ xen(17, 0) }}
{{ check("xen.version", "4 << 16") }}

{{ begin("xen.unknown") }}
{{ xen(99, 0) }}
{{ check("xen.unknown", "ENOSYS") }}

{{ begin("jailhouse.cells") }}
{{ jailhouse(5, 4) }}
{{ check("jailhouse.cells", "1") }}

{{ begin("jailhouse.info") }}
{{ jailhouse(5, 9) }}
{{ check("jailhouse.info", "EINVAL") }}

{{ begin("jailhouse.unknown") }}
{{ jailhouse(77, 0) }}
{{ check("jailhouse.unknown", "ENOSYS") }}

        @ A line whose characters Hyp mode prints, one call each; the console is this CPU's until its end.
{{ begin("jailhouse.putc") }}
        mov     r0, r11
        bl      host_cpu
        ldr     r4, =text_putc
        virt_to_idmap r4
        mov     r5, #0
1:      ldrb    r1, [r4], #1
        cmp     r1, #0
        beq     2f
        mov     r0, #8
        hvc     #HVC_JAILHOUSE_IMMEDIATE
        orr     r5, r5, r0
        b       1b
2:      bl      host_newline
        mov     r0, r5
{{ check("jailhouse.putc", "0") }}

{{ begin("nobody") }}
        hvc     #NOBODY
{{ check("nobody", "HVC_UNKNOWN") }}

{{ begin("jailhouse.disable") }}
{{ jailhouse(0, 0) }}
{{ check("jailhouse.disable", "0") }}

{{ stub_back("stub.again") }}

{{ done() }}
{{ end_function("host_main") }}

        .ltorg

        .section .host.rodata, "a", %progbits
text_putc:
        .asciz  "  hyp: by JAILHOUSE_HC_DEBUG_CONSOLE_PUTC"
