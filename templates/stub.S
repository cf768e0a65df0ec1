@ stub.S for {{ board.name }}
@
@ The resident stub: the Hyp vectors while no hypervisor is there. It runs with the Hyp MMU off at its
@ load address, has no stack, and does one thing: it lets PL1 read HVBAR and change it.

{% from "resident.inc" import resident_vectors with context %}
        .syntax unified
        .{{ isa }}

{% for one in interfaces %}
{{ equ(*one.constants) }}
{% endfor %}
{{ equ("HSR_HVC", "HVC_IMMEDIATES", "HVC_STUB", "HVC_UNKNOWN", "HVBAR_ALIGNMENT") }}

        .section .stub.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ hyp_stub_vectors: HVBAR from boot to hyp-init, and again after teardown.
@ Slots that nothing may take spin in place: the PC of a stuck CPU then names the slot.
@ ------------------------------------------------------------------------------------------------
{{ resident_vectors("hyp_stub_vectors", "hyp_stub_trap") }}

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
{% for one in interfaces %}
{% import "hvc/" ~ one.name ~ ".inc" as interface with context %}
{% if interface.stub is defined %}
        eor     r12, r12, #{{ one.symbol }}_IMMEDIATE & 0xff00
        teq     r12, #{{ one.symbol }}_IMMEDIATE & 0x00ff
        beq     hyp_stub_{{ one.label }}
        eor     r12, r12, #{{ one.symbol }}_IMMEDIATE & 0xff00
{% endif %}
{% endfor %}
        cmp     r12, #HVC_IMMEDIATES
        bhs     4f
3:      ldr     r0, =HVC_UNKNOWN
        eret
4:      b       .                               @ a trap: returning would execute the instruction again
{{ end_function("hyp_stub_trap") }}
{% for one in interfaces %}
{% import "hvc/" ~ one.name ~ ".inc" as interface with context %}
{% if interface.stub is defined %}

{{ interface.stub() }}
{% endif %}
{% endfor %}

        .ltorg
