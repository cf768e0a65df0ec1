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
{% include "uart/" ~ drivers[uart.compatible] ~ ".inc" %}

@ The same for a character that is known. Clobbers r2, r3.
        .macro  uart_char character
        uart_wait
        mov     r2, #\character
        uart_send
        .endm

{% set views = {"host": "SVC mode, MMU off" ~ (" or on" if host_mmu else ""), "hyp": "Hyp mode, MMU on"} %}
{% macro routines(view, section, base, converts) %}
@ r1 = the UART's base for {{ view }}_*.{{ " Clobbers r2." if host_mmu and converts }}
        .macro  {{ view }}_uart
        ldr     r1, ={{ base }}
{% if host_mmu and converts %}
        {{ read("SCTLR", "r2") }}
        tst     r2, #1                          @ M
        ldrne   r1, =UART_VIRTUAL
{% endif %}
        .endm

        .section {{ section }}, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ {{ view }}_putc: r0 = character
@   entry     {{ views[view] }}
@   exit      the UART has it
@   clobbers  r1 to r3
@ ------------------------------------------------------------------------------------------------
{{ function(view ~ "_putc") }}
        {{ view }}_uart
        uart_wait
        mov     r2, r0
        uart_send
        bx      lr
{{ end_function(view ~ "_putc") }}

@ ------------------------------------------------------------------------------------------------
@ {{ view }}_text: r0 = VA of a text that ends in NUL
@   entry     {{ views[view] }}
@   exit      the UART has all of it
@   clobbers  r0 to r3{{ ", r12" if converts }}
@ ------------------------------------------------------------------------------------------------
{{ function(view ~ "_text") }}
{% if converts %}
        here    r0
{% endif %}
        {{ view }}_uart
1:      uart_wait
        ldrb    r2, [r0], #1
        cmp     r2, #0
        bxeq    lr
        uart_send
        b       1b
{{ end_function(view ~ "_text") }}

@ ------------------------------------------------------------------------------------------------
@ {{ view }}_hex: r0 = number, printed as 0x and eight digits
@   entry     {{ views[view] }}
@   exit      the UART has it
@   clobbers  r0 to r3, r12
@ ------------------------------------------------------------------------------------------------
{{ function(view ~ "_hex") }}
        {{ view }}_uart
        uart_char '0'
        uart_char 'x'
        mov     r12, #8
1:      uart_wait
        lsr     r2, r0, #28                     @ the highest digit that is left
        lsl     r0, r0, #4
        cmp     r2, #10
        addlo   r2, r2, #'0'
        addhs   r2, r2, #'a' - 10
        uart_send
        subs    r12, r12, #1
        bne     1b
        bx      lr
{{ end_function(view ~ "_hex") }}

@ ------------------------------------------------------------------------------------------------
@ {{ view }}_cpu: r0 = index of a CPU; every line begins with it: "cpu0 "
@   entry     {{ views[view] }}
@   exit      a line has begun{{ "; no other CPU prints until host_newline" if converts }}
@   clobbers  r0 to r3{{ ", r12; the console is this CPU's until the line ends" if converts }}
@ ------------------------------------------------------------------------------------------------
{{ function(view ~ "_cpu") }}
{% if converts %}
        push    {r0, lr}
        bl      host_lock
        pop     {r0, lr}
{% endif %}
        {{ view }}_uart
        uart_char 'c'
        uart_char 'p'
        uart_char 'u'
        cmp     r0, #10                         @ no board has a hundred
        blo     1f
        uart_char '1'
        sub     r0, r0, #10
1:      uart_wait
        add     r2, r0, #'0'
        uart_send
        uart_char ' '
        bx      lr
{{ end_function(view ~ "_cpu") }}

@ ------------------------------------------------------------------------------------------------
@ {{ view }}_newline: ends the line
@   entry     {{ views[view] }}
@   exit      the line has ended{{ ", and others may print" if converts }}
@   clobbers  r0 to r3{{ ", r12" if converts }}
@ ------------------------------------------------------------------------------------------------
{{ function(view ~ "_newline") }}
        {{ view }}_uart
        uart_char 13                            @ carriage return
        uart_char 10                            @ line feed
        {{ "b       host_unlock" if converts else "bx      lr" }}
{{ end_function(view ~ "_newline") }}

        .ltorg

{% endmacro %}
{% if not embedded %}
{{ routines("host", ".host.text", "UART_PHYSICAL", true) }}
{% endif %}
{{ routines("hyp", ".hyp.text", "UART_VIRTUAL", false) }}
