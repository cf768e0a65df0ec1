@ runtime.S for {{ board.name }}
@
@ The Hyp vectors while the hypervisor is there, at virtual addresses with the Hyp MMU on. Every slot
@ records what it was entered for. Hyp mode has no LR of its own: a handler that calls must save LR,
@ which is the interrupted code's.

        .syntax unified
        .{{ isa }}

{% from "traps.inc" import trap_classes with context %}
{% from "fatal.inc" import fatal_texts with context %}
{% from "stack.inc" import stack_check with context %}
{{ equ("HSR_HVC", "HSR_IL", "HVC_CALL", "HVC_TEARDOWN", "HVC_UNKNOWN", "MPIDR_FLAGS", "HCPTR_VFP", "PSR_T",
       "RECORD_AREA_SHIFT", "LAST_STACK_SIZE", "STACK_SIZE", "DFSC_ASYNCHRONOUS", "AREA_COUNT", "AREA_RECOVERY",
       "AREA_SLOT", "AREA_HSR", "AREA_FAR", "AREA_RECORDS", "RECORD_SHIFT", "RECORD_CAPACITY") }}
{% if interfaces %}
{{ equ("IDMAP_OFFSET", "TRAMPOLINE_OFFSET") }}
{% endif %}
{% for one in interfaces %}
{{ equ(*one.constants) }}
{% endfor %}
        .equ    FRAME_R0, 0                     @ where the handlers' PUSH leaves r0 to r3, r12 and LR
        .equ    FRAME_R1, 4
        .equ    FRAME_R2, 8
        .equ    FRAME_R3, 12
        .equ    FRAME_R12, 16
        .equ    FRAME_SIZE, 24

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

{% macro handler(name, slot, what, syndrome=none, address=none, stack_may_be_why=false) %}
@ ------------------------------------------------------------------------------------------------
@ {{ name }}: slot {{ slot }}, {{ what }}
@   entry     Hyp mode, MMU on, as the exception left it
@   exit      at the recovery address that a probe armed, all registers as they were; or a stop
@   clobbers  nothing that is returned to
@ ------------------------------------------------------------------------------------------------
{{ function(name) }}
{% if stack_may_be_why %}
{{ stack_check() }}
{% endif %}
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
@   clobbers  everything
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_reset") }}
        push    {r0-r3, r12, lr}
        mov     r0, #0x00
        mov     r1, #0                          @ nothing was taken, so there is no syndrome
        mov     r2, #0
        bl      hyp_record
        b       hyp_fatal
{{ end_function("hyp_reset") }}

{{ handler("hyp_undefined", "0x04", "Undefined Instruction in Hyp mode", syndrome="HSR") }}
{{ handler("hyp_call_in_hyp", "0x08", "SVC or HVC in Hyp mode", syndrome="HSR") }}
{{ handler("hyp_prefetch_abort", "0x0c", "Prefetch Abort in Hyp mode", syndrome="HSR", address="HIFAR") }}
{{ handler("hyp_data_abort", "0x10", "Data Abort in Hyp mode", syndrome="HSR", address="HDFAR",
           stack_may_be_why=true) }}
{% include "stack.inc" %}
{% include "interrupts/handlers.inc" %}
{% include "traps.inc" %}
{% include "calls.inc" %}
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
        add     lr, r3, #AREA_SLOT
        stm     lr, {r0-r2}                     @ the last event: slot, HSR, fault address
        mov     r5, r12
        mov     r12, r3
        ldr     r6, [r12, #AREA_COUNT]
        ldr     r7, [r12, #AREA_RECOVERY]
        cmp     r6, #RECORD_CAPACITY
        bhs     1f                              @ full: the event is counted, not kept
        mov     r4, r2
        mrs     r2, elr_hyp
        mrs     r3, spsr
        add     lr, r12, #AREA_RECORDS
        add     lr, lr, r6, lsl #RECORD_SHIFT
        stm     lr, {r0-r7}                     @ slot, HSR, ELR, SPSR, fault address, CPU, sequence, recovery
1:      add     r6, r6, #1
        str     r6, [r12, #AREA_COUNT]
        mov     r0, r7
        mov     r1, r12
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
@   exit      at the recovery address, which is disarmed; at hyp_fatal when none was armed
@   clobbers  nothing
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_recover") }}
        cmp     r0, #0
        beq     hyp_fatal
        msr     elr_hyp, r0
        mov     r0, #0
        str     r0, [r1, #AREA_RECOVERY]
        pop     {r0-r3, r12, lr}
        eret
{{ end_function("hyp_recover") }}

{% include "fatal.inc" %}

{% include "init_runtime.inc" %}
        .ltorg

        .section .hyp.rodata, "a", %progbits
        .balign 4
{{ object("cpu_mpidrs") }}
{% for mpidr in mpidrs %}
        {{ commented(".word   " ~ hex(mpidr), "affinity of CPU " ~ loop.index0) }}
{% endfor %}
{{ end_object("cpu_mpidrs") }}
{{ trap_classes() }}
{{ fatal_texts() }}

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
