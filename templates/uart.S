@ uart.S for {{ board.name }}: messages through the UART ({{ uart.compatible }} at {{ uart.physical }}).
@
{% if embedded %}
@ They run with the Hyp MMU on, at the VA that hyp_build_tables gives it. Only the boot CPU prints.
{% elif host_mmu %}
@ The same routines twice: host_* with the PL1 MMU off or on, at the UART's physical address or the VA that
@ the host part's tables give it, and hyp_* with the Hyp MMU on, at the same VA. A line of host_* has the
@ console to itself; Hyp mode prints while the host part has it, or last words.
{% else %}
@ The same routines twice: host_* with the MMU off, at the UART's physical address, and hyp_* with
@ the Hyp MMU on, at the VA that create_hyp_io_mappings gave it. A line of host_* has the console to itself;
@ Hyp mode prints while the host part has it, or last words.
{% endif %}

        .syntax unified
        .{{ isa }}

{% if embedded %}
{{ equ("UART_VIRTUAL", "UART_REG_SHIFT") }}
{% else %}
{{ equ("UART_PHYSICAL", "UART_VIRTUAL", "UART_REG_SHIFT", "IDMAP_OFFSET") }}

{% include "address.inc" %}
{% endif %}

{% set drivers = {"arm,pl011": "pl011", "fsl,imx21-uart": "imx", "ns16550a": "ns16550", "renesas,scif": "scif",
                  "samsung,exynos4210-uart": "samsung", "snps,dw-apb-uart": "ns16550"} %}
{% set file = "uart/" ~ drivers[uart.compatible] ~ ".inc" %}
{% include file %}
{% import file as driver with context %}

{% set views = {"host": "SVC mode, MMU off" ~ (" or on" if host_mmu else ""), "hyp": "Hyp mode, MMU on"} %}
{% macro address(base, converts) %}
        ldr     r1, ={{ base }}
{% if host_mmu and converts %}
        {{ read("SCTLR", "r2") }}
        tst     r2, #1                          @ M
        ldrne   r1, =UART_VIRTUAL
{% endif %}
{%- endmacro %}
{% macro routines(view, section, base, converts) %}
        .section {{ section }}, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ {{ view }}_putc: r0 = character
@   entry     {{ views[view] }}
@   exit      the UART has it
@   clobbers  r1, r2
@ ------------------------------------------------------------------------------------------------
{{ function(view ~ "_putc") }}
{{ driver.putc(address(base, converts)) }}
{{ end_function(view ~ "_putc") }}

@ ------------------------------------------------------------------------------------------------
@ {{ view }}_text: r0 = VA of a text that ends in NUL
@   entry     {{ views[view] }}
@   exit      the UART has all of it
@   clobbers  r0 to r2{{ ", r12" if converts }}
@ ------------------------------------------------------------------------------------------------
{{ function(view ~ "_text") }}
        push    {r4, lr}
{% if converts %}
        here    r0
{% endif %}
        mov     r4, r0
1:      ldrb    r0, [r4], #1
        cmp     r0, #0
        popeq   {r4, pc}
        bl      {{ view }}_putc
        b       1b
{{ end_function(view ~ "_text") }}

@ ------------------------------------------------------------------------------------------------
@ {{ view }}_hex: r0 = number, printed as 0x and eight digits
@   entry     {{ views[view] }}
@   exit      the UART has it
@   clobbers  r0 to r2
@ ------------------------------------------------------------------------------------------------
{{ function(view ~ "_hex") }}
        push    {r4, r5, r6, lr}
        mov     r4, r0
        mov     r0, #'0'
        bl      {{ view }}_putc
        mov     r0, #'x'
        bl      {{ view }}_putc
        mov     r5, #28
1:      lsr     r0, r4, r5
        and     r0, r0, #15
        cmp     r0, #10
        addlo   r0, r0, #'0'
        addhs   r0, r0, #'a' - 10
        bl      {{ view }}_putc
        subs    r5, r5, #4
        bpl     1b
        pop     {r4, r5, r6, pc}
{{ end_function(view ~ "_hex") }}

@ ------------------------------------------------------------------------------------------------
@ {{ view }}_cpu: r0 = index of a CPU; every line begins with it: "cpu0 "
@   entry     {{ views[view] }}
@   exit      a line has begun{{ "; no other CPU prints until host_newline" if converts }}
@   clobbers  r0 to r2{{ ", r3, r12; the console is this CPU's until the line ends" if converts }}
@ ------------------------------------------------------------------------------------------------
{{ function(view ~ "_cpu") }}
        push    {r4, lr}
        mov     r4, r0
{% if converts %}
        bl      host_lock
{% endif %}
        mov     r0, #'c'
        bl      {{ view }}_putc
        mov     r0, #'p'
        bl      {{ view }}_putc
        mov     r0, #'u'
        bl      {{ view }}_putc
        cmp     r4, #10                         @ no board has a hundred
        movhs   r0, #'1'
        blhs    {{ view }}_putc
        cmp     r4, #10
        subhs   r4, r4, #10
        add     r0, r4, #'0'
        bl      {{ view }}_putc
        mov     r0, #' '
        bl      {{ view }}_putc
        pop     {r4, pc}
{{ end_function(view ~ "_cpu") }}

@ ------------------------------------------------------------------------------------------------
@ {{ view }}_newline: ends the line
@   entry     {{ views[view] }}
@   exit      the line has ended{{ ", and others may print" if converts }}
@   clobbers  r0 to r2
@ ------------------------------------------------------------------------------------------------
{{ function(view ~ "_newline") }}
        push    {r4, lr}
        mov     r0, #13                         @ carriage return
        bl      {{ view }}_putc
        mov     r0, #10                         @ line feed
        bl      {{ view }}_putc
{% if converts %}
        bl      host_unlock
{% endif %}
        pop     {r4, pc}
{{ end_function(view ~ "_newline") }}

        .ltorg

{% endmacro %}
{% if not embedded %}
{{ routines("host", ".host.text", "UART_PHYSICAL", true) }}
{% endif %}
{{ routines("hyp", ".hyp.text", "UART_VIRTUAL", false) }}
