@ runtime.S for {{ board.name }}
@
@ The Hyp vectors while the hypervisor is there, at virtual addresses with the Hyp MMU on. Every slot
@ records what it was entered for. Hyp mode has no LR of its own: a handler that calls must save LR,
@ which is the interrupted code's.

        .syntax unified
        .{{ isa }}

{{ equ("HSR_HVC", "HVC_IMMEDIATES", "HVC_CALL", "HVC_TEARDOWN", "HVC_UNKNOWN", "MPIDR_FLAGS",
       "RECORD_AREA_SHIFT", "AREA_COUNT", "AREA_RECOVERY", "AREA_RECORDS", "RECORD_SHIFT", "RECORD_CAPACITY",
       "RECORD_SLOT", "RECORD_HSR", "RECORD_ELR", "RECORD_SPSR", "RECORD_FAR", "RECORD_CPU",
       "RECORD_SEQUENCE", "RECORD_RECOVERY") }}
{% if "linux-numbered" in answers %}
{{ equ("HVC_LINUX_NUMBERED_IMMEDIATE", "HVC_LINUX_NUMBERED_SOFT_RESTART", "HVC_LINUX_NUMBERED_RESET_VECTORS",
       "IDMAP_OFFSET") }}
{% endif %}
        .equ    FRAME_R0, 0                     @ where the handlers' PUSH leaves r0 to r3
        .equ    FRAME_R1, 4
        .equ    FRAME_R2, 8
        .equ    FRAME_R3, 12

        .section .hyp.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ hyp_vectors: HVBAR from the end of hyp_init to teardown.
@ ------------------------------------------------------------------------------------------------
        .balign 32                              @ HVBAR<4:0> are SBZ
{{ vector_table("hyp_vectors") }}
        {{ branch }}hyp_reset                       @ 0x00 not used in Hyp mode
        {{ branch }}hyp_undefined                   @ 0x04 Undefined Instruction in Hyp mode
        {{ branch }}hyp_call_in_hyp                 @ 0x08 SVC or HVC in Hyp mode
        {{ branch }}hyp_prefetch_abort              @ 0x0c Prefetch Abort in Hyp mode
        {{ branch }}hyp_data_abort                  @ 0x10 Data Abort in Hyp mode
        {{ branch }}hyp_trap                        @ 0x14 Hyp Trap, or HVC from PL1
        {{ branch }}hyp_irq                         @ 0x18 IRQ
        {{ branch }}hyp_fiq                         @ 0x1c FIQ
{{ end_vector_table("hyp_vectors") }}

{% macro handler(name, slot, what, syndrome=none, address=none) %}
@ ------------------------------------------------------------------------------------------------
@ {{ name }}: slot {{ slot }}, {{ what }}
@   entry     Hyp mode, MMU on, as the exception left it
@   exit      at the recovery address that a probe armed, all registers as they were; or a stop
@   clobbers  nothing that is returned to
@ ------------------------------------------------------------------------------------------------
{{ function(name) }}
        push    {r0-r3, r12, lr}                @ 24 bytes: SP stays 8-byte aligned
        mov     r0, #{{ slot }}
{% if syndrome %}
        {{ read(syndrome, "r1") }}
{% else %}
        mov     r1, #0                          @ this slot has no syndrome
{% endif %}
{% if address %}
        {{ read(address, "r2") }}
{% else %}
        mov     r2, #0                          @ and no fault address
{% endif %}
        bl      hyp_record
        b       hyp_recover
{{ end_function(name) }}
{% endmacro %}
@ ------------------------------------------------------------------------------------------------
@ hyp_reset: slot 0x00, which the architecture never takes in Hyp mode
@   entry     by a branch gone wrong; nothing is known
@   exit      none
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_reset") }}
        push    {r0-r3, r12, lr}
        mov     r0, #0x00
        mov     r1, #0                          @ nothing was taken, so there is no syndrome
        mov     r2, #0
        bl      hyp_record
        ldr     r4, =text_slot_00
        b       hyp_stop
{{ end_function("hyp_reset") }}

{{ handler("hyp_undefined", "0x04", "Undefined Instruction in Hyp mode", syndrome="HSR") }}
{{ handler("hyp_call_in_hyp", "0x08", "SVC or HVC in Hyp mode", syndrome="HSR") }}
{{ handler("hyp_prefetch_abort", "0x0c", "Prefetch Abort in Hyp mode", syndrome="HSR", address="HIFAR") }}
{{ handler("hyp_data_abort", "0x10", "Data Abort in Hyp mode", syndrome="HSR", address="HDFAR") }}
{% include "interrupts/handlers.inc" %}
@ ------------------------------------------------------------------------------------------------
@ hyp_trap: slot 0x14, a Hyp Trap or an HVC from PL1
@   entry     Hyp mode, MMU on; the calls are
@             hvc #HVC_CALL      r0 = VA of a Hyp function (AAPCS), r1 to r3 = its arguments
@             hvc #HVC_TEARDOWN  r0 = load address of hyp_teardown, r1 = vectors to put back
@   exit      returns; r0 = the function's result, or HVC_UNKNOWN for a call that is not ours
@   clobbers  r0; r12 in a teardown
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_trap") }}
        push    {r0-r3, r12, lr}
        mov     r0, #0x14
        {{ read("HSR", "r1") }}
        mov     r2, #0
        bl      hyp_record

        {{ read("HSR", "r12") }}
        eor     r12, r12, #HSR_HVC              @ leaves the immediate of an HVC
        movw    r3, #HVC_CALL
        cmp     r12, r3
        beq     1f
        movw    r3, #HVC_TEARDOWN
        cmp     r12, r3
        beq     2f
{% if "linux-numbered" in answers %}
        cmp     r12, #HVC_LINUX_NUMBERED_IMMEDIATE
        beq     hyp_numbered
{% endif %}
        cmp     r12, #HVC_IMMEDIATES
        bhs     3f
        ldr     r0, =HVC_UNKNOWN
        str     r0, [sp, #FRAME_R0]
        pop     {r0-r3, r12, lr}
        eret

        @ The function may take an exception in Hyp mode, which overwrites ELR_hyp and SPSR_hyp.
1:      ldr     r12, [sp, #FRAME_R0]
        ldr     r0, [sp, #FRAME_R1]
        ldr     r1, [sp, #FRAME_R2]
        ldr     r2, [sp, #FRAME_R3]
        mrs     r3, elr_hyp
        mrs     lr, spsr
        push    {r3, lr}
        blx     r12
        pop     {r3, lr}
        msr     elr_hyp, r3
        msr     spsr_cxsf, lr
        str     r0, [sp, #FRAME_R0]
        pop     {r0-r3, r12, lr}
        eret

        @ Only identity-mapped code can turn the MMU off; it returns to PL1 itself.
2:      pop     {r0-r3, r12, lr}
        bx      r0

3:      mov     r0, #0                          @ a trap that nothing here has asked for
        b       hyp_recover
{{ end_function("hyp_trap") }}
{% if "linux-numbered" in answers %}

@ ------------------------------------------------------------------------------------------------
@ hyp_numbered: hvc #HVC_LINUX_NUMBERED_IMMEDIATE while the hypervisor is there
@   entry     from hyp_trap, its frame on the stack
@             r0 = SOFT_RESTART, r1 = load address to go on at, in Hyp mode with the MMU off
@             r0 = RESET_VECTORS: the Hyp MMU off, and the stub back
@   exit      by hyp_soft_restart or hyp_teardown; returns r0 = HVC_UNKNOWN for another number: only the
@             stub lets its vectors be set
@   clobbers  r1, r12
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_numbered") }}
        ldr     r12, [sp, #FRAME_R0]
        cmp     r12, #HVC_LINUX_NUMBERED_SOFT_RESTART
        ldreq   r12, =hyp_soft_restart
        beq     1f
        cmp     r12, #HVC_LINUX_NUMBERED_RESET_VECTORS
        ldrne   r0, =HVC_UNKNOWN
        strne   r0, [sp, #FRAME_R0]
        popne   {r0-r3, r12, lr}
        bne     2f
        ldr     r12, =IDMAP_OFFSET
        ldr     r1, =hyp_stub_vectors
        add     r1, r1, r12                     @ what hyp_teardown puts back: a load address
        str     r1, [sp, #FRAME_R1]
        ldr     r12, =hyp_teardown

        @ Only identity-mapped code can turn the MMU off.
1:      ldr     r0, =IDMAP_OFFSET
        add     r0, r12, r0
        str     r0, [sp, #FRAME_R0]
        pop     {r0-r3, r12, lr}
        bx      r0
2:      eret
{{ end_function("hyp_numbered") }}
{% endif %}

@ ------------------------------------------------------------------------------------------------
@ hyp_record: append a record to this CPU's area
@   entry     r0 = slot, r1 = HSR or 0, r2 = fault address or 0
@   exit      r0 = the armed recovery address or 0, r1 = this CPU's record area
@   clobbers  r2, r3, r12, lr
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_record") }}
        push    {r4-r7, lr}
        sub     sp, sp, #4                      @ keeps SP 8-byte aligned
        bl      hyp_area                        @ r3 = the area, r12 = the CPU's index
        ldr     r4, [r3, #AREA_COUNT]
        ldr     r5, [r3, #AREA_RECOVERY]
        cmp     r4, #RECORD_CAPACITY
        bhs     1f                              @ full: the event is counted, not kept
        add     r6, r3, #AREA_RECORDS
        add     r6, r6, r4, lsl #RECORD_SHIFT
        str     r0, [r6, #RECORD_SLOT]
        str     r1, [r6, #RECORD_HSR]
        mrs     r7, elr_hyp
        str     r7, [r6, #RECORD_ELR]
        mrs     r7, spsr
        str     r7, [r6, #RECORD_SPSR]
        str     r2, [r6, #RECORD_FAR]
        str     r12, [r6, #RECORD_CPU]
        str     r4, [r6, #RECORD_SEQUENCE]
        str     r5, [r6, #RECORD_RECOVERY]
1:      add     r4, r4, #1
        str     r4, [r3, #AREA_COUNT]
        mov     r0, r5
        mov     r1, r3
        add     sp, sp, #4
        pop     {r4-r7, pc}
{{ end_function("hyp_record") }}

@ ------------------------------------------------------------------------------------------------
@ hyp_area: this CPU's record area
@   entry     any
@   exit      r3 = VA of the area, r12 = the CPU's index in the board's list
@   clobbers  r4, r5
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_area") }}
        {{ read("MPIDR", "r4") }}
        bic     r4, r4, #MPIDR_FLAGS
        ldr     r3, =cpu_mpidrs
        mov     r12, #0
1:      ldr     r5, [r3, r12, lsl #2]           @ boot made sure that the list has this CPU
        cmp     r5, r4
        addne   r12, r12, #1
        bne     1b
        ldr     r3, =hyp_records
        add     r3, r3, r12, lsl #RECORD_AREA_SHIFT
        bx      lr
{{ end_function("hyp_area") }}

@ ------------------------------------------------------------------------------------------------
@ hyp_recover: end of a handler that has recorded its event
@   entry     r0 = armed recovery address or 0, r1 = record area, the handler's frame on the stack
@   exit      at the recovery address, which is disarmed; a stop when none was armed
@   clobbers  nothing
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_recover") }}
        cmp     r0, #0
        ldreq   r4, =text_unexpected
        beq     hyp_stop
        msr     elr_hyp, r0
        mov     r0, #0
        str     r0, [r1, #AREA_RECOVERY]
        pop     {r0-r3, r12, lr}
        eret
{{ end_function("hyp_recover") }}

@ ------------------------------------------------------------------------------------------------
@ hyp_stop: print the last record and stop, Hyp MMU on
@   entry     r4 = VA of a text that says why
@   exit      none
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_stop") }}
        mov     r6, r4
        bl      hyp_area                        @ r3 = the area, r12 = the CPU's index
        mov     r7, r3
        mov     r0, r12
        bl      hyp_cpu
        mov     r0, r6
        bl      hyp_text
        ldr     r6, [r7, #AREA_COUNT]
        sub     r6, r6, #1
        cmp     r6, #RECORD_CAPACITY - 1
        movhs   r6, #RECORD_CAPACITY - 1
        add     r7, r7, #AREA_RECORDS
        add     r7, r7, r6, lsl #RECORD_SHIFT
{% for text, word in (("slot", "SLOT"), ("hsr", "HSR"), ("elr", "ELR"), ("far", "FAR")) %}
        ldr     r0, =text_{{ text }}
        bl      hyp_text
        ldr     r0, [r7, #RECORD_{{ word }}]
        bl      hyp_hex
{% endfor %}
        bl      hyp_newline
        b       hyp_stopped
{{ end_function("hyp_stop") }}

{{ function("hyp_stopped") }}
        b       .
{{ end_function("hyp_stopped") }}

{% include "init_runtime.inc" %}
        .ltorg

        .section .hyp.rodata, "a", %progbits
        .balign 4
{{ object("cpu_mpidrs") }}
{% for mpidr in mpidrs %}
        {{ commented(".word   " ~ hex(mpidr), "affinity of CPU " ~ loop.index0) }}
{% endfor %}
{{ end_object("cpu_mpidrs") }}
text_slot_00:
        .asciz  "hyp: came to vector slot 0x00, which the architecture never takes in Hyp mode:"
text_unexpected:
        .asciz  "hyp: unexpected exception:"
text_slot:
        .asciz  " slot "
text_hsr:
        .asciz  ", HSR "
text_elr:
        .asciz  ", ELR_hyp "
text_far:
        .asciz  ", fault address "

        .section .hyp.data, "aw", %progbits
        .balign 4
{{ object("hyp_records") }}
        .space  {{ mpidrs | length }} << RECORD_AREA_SHIFT, 0
{{ end_object("hyp_records") }}

        .section .hyp.stacks, "aw", %nobits
        .balign 8
{{ object("hyp_stacks") }}
        .space  {{ stacks_size }}
{{ end_object("hyp_stacks") }}
