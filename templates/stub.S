@ stub.S for {{ board.name }}
@
@ The resident stub: the Hyp vectors while no hypervisor is there. It runs with the Hyp MMU off at its
@ load address, has no stack, and does one thing: it lets PL1 read HVBAR and change it.

        .syntax unified
        .{{ isa }}

{% if "linux-numbered" in answers %}
{{ equ("HVC_LINUX_NUMBERED_IMMEDIATE", "HVC_LINUX_NUMBERED_SET_VECTORS", "HVC_LINUX_NUMBERED_SOFT_RESTART",
       "HVC_LINUX_NUMBERED_RESET_VECTORS") }}
{% endif %}
{{ equ("HSR_HVC", "HVC_IMMEDIATES", "HVC_STUB", "HVC_UNKNOWN", "HVBAR_ALIGNMENT") }}

        .section .stub.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ hyp_stub_vectors: HVBAR from boot to hyp-init, and again after teardown.
@ Slots that nothing may take spin in place: the PC of a stuck CPU then names the slot.
@ ------------------------------------------------------------------------------------------------
        .balign 32                              @ HVBAR<4:0> are SBZ
{{ vector_table("hyp_stub_vectors") }}
        {{ branch }}.                               @ 0x00 not used in Hyp mode
        {{ branch }}.                               @ 0x04 Undefined Instruction in Hyp mode
        {{ branch }}.                               @ 0x08 SVC or HVC in Hyp mode
        {{ branch }}.                               @ 0x0c Prefetch Abort in Hyp mode
        {{ branch }}.                               @ 0x10 Data Abort in Hyp mode
        {{ branch }}hyp_stub_trap                   @ 0x14 Hyp Trap, or HVC from PL1
        {{ branch }}.                               @ 0x18 IRQ
        {{ branch }}.                               @ 0x1c FIQ
{{ end_vector_table("hyp_stub_vectors") }}

@ ------------------------------------------------------------------------------------------------
@ hyp_stub_trap: hvc #HVC_STUB
@   entry     Hyp mode, MMU off; r0 = -1: read HVBAR; otherwise r0 = load address of new vectors
@   exit      returns; r0 = HVBAR, or 0 when set, or HVC_UNKNOWN for a call that is not ours
@   clobbers  r12, flags of Hyp mode only (ERET restores PL1's)
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_stub_trap") }}
        @ The immediate tells whose call this is. EC and IL cancel out when it is an HVC from ARM state,
        @ and leave something above the immediate when it is any other trap.
        {{ read("HSR", "r12") }}
        eor     r12, r12, #HSR_HVC
        cmp     r12, #HVC_STUB
        bne     2f

        cmp     r0, #-1
        beq     1f
        tst     r0, #HVBAR_ALIGNMENT
        bne     3f                              @ not the address of a vector table
        {{ write("HVBAR", "r0") }}
        mov     r0, #0
        eret                                    @ synchronises HVBAR
1:      {{ read("HVBAR", "r0") }}
        eret

2:
{% if "linux-numbered" in answers %}
        cmp     r12, #HVC_LINUX_NUMBERED_IMMEDIATE
        beq     hyp_stub_numbered
{% endif %}
        cmp     r12, #HVC_IMMEDIATES
        bhs     4f
3:      ldr     r0, =HVC_UNKNOWN
        eret
4:      b       .                               @ a trap: returning would execute the instruction again
{{ end_function("hyp_stub_trap") }}
{% if "linux-numbered" in answers %}

@ ------------------------------------------------------------------------------------------------
@ hyp_stub_numbered: hvc #HVC_LINUX_NUMBERED_IMMEDIATE, the interface of Linux from 4.12 on
@   entry     Hyp mode, MMU off; r0 = SET_VECTORS, r1 = load address of new vectors
@             r0 = SOFT_RESTART, r1 = load address to go on at, in Hyp mode, exceptions masked
@             r0 = RESET_VECTORS: back to the stub, which is here already
@   exit      returns, but for SOFT_RESTART; r0 = 0, or HVC_UNKNOWN for another number
@   clobbers  r12
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_stub_numbered") }}
        cmp     r0, #HVC_LINUX_NUMBERED_SET_VECTORS
        bne     1f
        tst     r1, #HVBAR_ALIGNMENT
        bne     3f                              @ not the address of a vector table
        {{ write("HVBAR", "r1") }}
        b       2f
1:      cmp     r0, #HVC_LINUX_NUMBERED_SOFT_RESTART
        bxeq    r1                              @ A, I and F are masked since the exception: SCR routes none
        cmp     r0, #HVC_LINUX_NUMBERED_RESET_VECTORS
        bne     3f
2:      mov     r0, #0
        eret                                    @ synchronises HVBAR
3:      ldr     r0, =HVC_UNKNOWN
        eret
{{ end_function("hyp_stub_numbered") }}
{% endif %}

        .ltorg
