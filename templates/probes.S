@ probes.S for {{ board.name }}
@
@ Hyp functions for hvc #HVC_CALL: three that answer, and five that take an exception in Hyp mode on
@ purpose. They run at their VA with the Hyp MMU on, under the AAPCS.

        .syntax unified
        .{{ isa }}

{{ equ("AREA_RECOVERY", "AREA_SLOT", "HVC_PROBE", "UNMAPPED_VA") }}

        .section .hyp.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ hyp_where: returns its own address, by the PC: r0 = the VA that the caller asked for
@   entry     Hyp mode, MMU on
@   exit      r0 = the VA of hyp_here
@   clobbers  nothing else
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_where") }}
        .global hyp_here
hyp_here:                                       @ no function, so that its address has no bit 0 in T32
        adr     r0, hyp_here
        bx      lr
{{ end_function("hyp_where") }}

@ ------------------------------------------------------------------------------------------------
@ hyp_hsctlr: returns HSCTLR
@   entry     Hyp mode, MMU on
@   exit      r0 = HSCTLR
@   clobbers  nothing else
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_hsctlr") }}
        {{ read("HSCTLR", "r0") }}
        bx      lr
{{ end_function("hyp_hsctlr") }}

@ ------------------------------------------------------------------------------------------------
@ hyp_sum: returns r0 + r1 + r2
@   entry     Hyp mode, MMU on
@   exit      r0 = the sum
@   clobbers  nothing else
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_sum") }}
        add     r0, r0, r1
        add     r0, r0, r2
        bx      lr
{{ end_function("hyp_sum") }}

{% from "probe.inc" import probe with context %}
{% call probe("hyp_probe_udf", "execute an undefined instruction") %}
        udf     #0
{% endcall %}
{% call probe("hyp_probe_svc", "call the supervisor from Hyp mode") %}
        svc     #0
{% endcall %}
{% call probe("hyp_probe_hvc", "call Hyp mode from itself") %}
        hvc     #HVC_PROBE                      @ from Hyp mode: slot 0x08, not 0x14
{% endcall %}
{% call probe("hyp_probe_fetch", "branch to a VA that nothing is mapped at") %}
        ldr     r3, =UNMAPPED_VA
        mov     pc, r3
{% endcall %}
{% call probe("hyp_probe_load", "load from a VA that nothing is mapped at") %}
        ldr     r3, =UNMAPPED_VA
        ldr     r3, [r3]
{% endcall %}
@ ------------------------------------------------------------------------------------------------
@ hyp_arm: the next exception in Hyp mode on this CPU is expected
@   entry     r0 = VA to resume at
@   exit      armed
@   clobbers  r3, r12
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_arm") }}
        push    {r4, r5, r6, lr}
        bl      hyp_area                        @ r3 = the area
        str     r0, [r3, #AREA_RECOVERY]
        pop     {r4, r5, r6, pc}
{{ end_function("hyp_arm") }}

@ ------------------------------------------------------------------------------------------------
@ hyp_last_slot: r0 = slot of this CPU's last event
@   entry     Hyp mode, MMU on
@   exit      r0 = slot
@   clobbers  r3, r12
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_last_slot") }}
        push    {r4, r5, r6, lr}
        bl      hyp_area                        @ r3 = the area
        ldr     r0, [r3, #AREA_SLOT]
        pop     {r4, r5, r6, pc}
{{ end_function("hyp_last_slot") }}

        .ltorg
