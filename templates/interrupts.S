@ interrupts.S for {{ board.name }}
@
@ A program that interrupts itself: host routines that make an interrupt pending on this CPU, and Hyp functions
@ that let it in. {{
   {"gic": "The interrupt is a software-generated one of the GIC's.",
    "local": "The interrupt is that of a mailbox of the core's local controller.",
    "none": "This board has no interrupt controller that is known here: nothing is sent."}[interrupts.kind] }}
{% if interrupts.fast == "line" %}
@ An FIQ it cannot have so: the GIC's are Secure software's. What is left is the CPU's own FIQ input, which passes
@ by the GIC and which somebody outside must drive.
{% endif %}

        .syntax unified
        .{{ isa }}

{{ equ("AREA_COUNT", "HVC_CALL") }}
{% if interrupts.kind != "none" %}
{% import "interrupts/" ~ interrupts.kind ~ ".inc" as driver with context %}
{{ driver.constants() }}
{% endif %}
        .equ    PATIENCE, 1000                  @ how often to look whether an interrupt came

{% if interrupts.kind != "none" %}
        .section .host.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ host_send_irq: an IRQ is pending for this CPU when this returns, or has been taken
@   entry     PL1, MMU off
@   exit      it is pending, unless it was taken
@   clobbers  r0 to r2
@ ------------------------------------------------------------------------------------------------
{{ function("host_send_irq") }}
{{ driver.enable(false) }}
{{ driver.send() }}
        bx      lr
{{ end_function("host_send_irq") }}

@ ------------------------------------------------------------------------------------------------
@ host_send_fiq: the same with an FIQ{{ ", if somebody outside sends one" if interrupts.fast == "line" }}
@   entry     as host_send_irq
@   exit      as host_send_irq
@   clobbers  r0 to r2
@ ------------------------------------------------------------------------------------------------
{{ function("host_send_fiq") }}
{% if interrupts.fast != "line" %}
{{ driver.enable(true) }}
{{ driver.send() }}
{% endif %}
        bx      lr
{{ end_function("host_send_fiq") }}

@ ------------------------------------------------------------------------------------------------
@ host_await_irq: wait until Hyp mode has taken the IRQ
@   entry     PL1; HCR.IMO = 1 sends it to Hyp mode
@   exit      r0 = 0: it is not pending any more
@   clobbers  r1 to r3
@ ------------------------------------------------------------------------------------------------
{{ function("host_await_irq") }}
        ldr     r3, =PATIENCE
1:
{{ driver.pending() }}
        cmp     r0, #0
        bxeq    lr
        subs    r3, r3, #1
        bne     1b
        bx      lr
{{ end_function("host_await_irq") }}

@ ------------------------------------------------------------------------------------------------
@ host_interrupts_off: nothing interrupts any more
@   entry     PL1
@   exit      neither the IRQ nor the FIQ of host_send_irq and host_send_fiq can come
@   clobbers  r0 to r2
@ ------------------------------------------------------------------------------------------------
{{ function("host_interrupts_off") }}
{{ driver.disable() }}
        bx      lr
{{ end_function("host_interrupts_off") }}

        .ltorg

        .section .hyp.text, "ax", %progbits

{% macro await(name, mask, what, from_line=false) %}
@ ------------------------------------------------------------------------------------------------
@ {{ name }}: let {{ what }}s in until one was taken, in Hyp mode
@   entry     Hyp mode, MMU on, A, I and F masked
@   exit      r0 = slot of the last record, or -1: none came
@   clobbers  r1 to r3, r12 (AAPCS)
@ ------------------------------------------------------------------------------------------------
{{ function(name) }}
{% if from_line %}
        .global hyp_fiq_line
hyp_fiq_line:                                   @ the scenario's row has somebody outside drive the line from here
{% endif %}
        push    {r4, r5, r6, lr}
        bl      hyp_area                        @ r3 = this CPU's record area
        ldr     r0, [r3, #AREA_COUNT]
        ldr     r1, =PATIENCE
        cpsie   {{ mask }}
1:      ldr     r2, [r3, #AREA_COUNT]
        cmp     r2, r0
        bne     2f
        subs    r1, r1, #1
        bne     1b
2:      cpsid   {{ mask }}
        cmp     r2, r0
        mvneq   r0, #0
        popeq   {r4, r5, r6, pc}
        pop     {r4, r5, r6, lr}
        b       hyp_last_slot
{{ end_function(name) }}

{% endmacro %}
{{ await("hyp_await_irq", "i", "IRQ") }}
{{ await("hyp_await_fiq", "f", "FIQ", from_line=interrupts.fast == "line") }}
@ ------------------------------------------------------------------------------------------------
@ hyp_route(r0): HCR = r0, which decides what of PL1's comes to Hyp mode
@   entry     Hyp mode, MMU on
@   exit      returns; PL1 finds it in effect
@   clobbers  nothing
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_route") }}
        {{ write("HCR", "r0") }}
        bx      lr                              @ the ERET to PL1 synchronises
{{ end_function("hyp_route") }}

        .ltorg
{% endif %}
