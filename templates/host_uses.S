@ host_uses.S for {{ board.name }}
@
@ Host routines that use what Hyp mode can keep from PL1: a trap that should not arrive goes to Hyp mode, where
@ nobody expects it, and an interrupt, a time or an identity that is not the host's own shows.
@ Operations that are here for the trap which they could take, and not for what they do, say so: "probe".

        .syntax unified
        .{{ isa }}

{{ equ("IDMAP_OFFSET", "AREA_COUNT") }}
{% include "address.inc" %}
{% if interrupts.kind != "none" %}
{% import "interrupts/" ~ interrupts.kind ~ ".inc" as driver with context %}
{{ driver.constants() }}
{% endif %}
        .equ    TICKS, 2000                     @ until the timer's interrupt
        .equ    LONG, 1000                      @ turns of a loop, in which an interrupt must come
        .equ    FPEXC_EN, 1 << 30
        .equ    CPACR_FP, 0b1111 << 20          @ cp10 and cp11, full access
        .equ    CNTKCTL_EVENTS, 4 << 4 | 1 << 2 @ EVNTI, EVNTEN: an event each time bit 4 of the virtual count is set
        .equ    EVENTS, 4                       @ more than can have been there before
        .equ    TRIES, 64                       @ readings of the counters

        .section .host.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ uses_registers: access what HCR, HSTR, HCPTR, HDCR and CNTHCTL could trap
@   entry     SVC mode, the stub in place: a trap would end there
@   exit      returns: nothing was trapped
@   clobbers  r0, r1, d0, d1
@ ------------------------------------------------------------------------------------------------
{{ function("uses_registers") }}
{% for name in ("MIDR", "TLBTR", "CTR", "CCSIDR", "ID_PFR0", "ACTLR", "CPACR", "TTBCR", "DACR", "DFSR", "DFAR",
                "PMCR", "L2CTLR", "MAIR0", "VBAR", "CONTEXTIDR", "CBAR", "CNTP_CTL") %}
        {{ read(name, "r0") }}
{% endfor %}
        mrrc    p15, 0, r0, r1, c14             @ CNTPCT
        {{ read("SCTLR", "r0") }}
        {{ write("SCTLR", "r0", note="as it was") }}
        ldr     r0, =host_journal
        virt_to_idmap r0
        {{ operate("DCCMVAC", "r0", note="probe") }}
        {{ operate("ICIALLU", note="probe") }}
        {{ operate("TLBIALL", note="probe") }}
        {{ operate("CP15DMB", note="probe") }}
        mov     r0, #0
        {{ operate("DCCSW", "r0", note="probe: the first line of the first way") }}
        mrc     p14, 0, r0, c0, c0, 0           @ DBGDIDR
        mrc     p14, 0, r0, c1, c0, 0           @ DBGDRAR
        mrc     p14, 0, r0, c1, c1, 4           @ DBGOSLSR
        adr     r0, 1f
{% if isa == "thumb" %}
        orr     r0, r0, #1
{% endif %}
        bxj     r0
1:      ldr     r0, =CPACR_FP                   @ whole: it is UNKNOWN at reset
        {{ write("CPACR", "r0") }}
        isb                                     @ before the first floating-point instruction
        vmrs    r0, fpsid
        mov     r0, #FPEXC_EN
        vmsr    fpexc, r0
        vorr    q0, q0, q0                      @ Advanced SIMD
        vmov    r0, s0
        bx      lr
{{ end_function("uses_registers") }}

@ ------------------------------------------------------------------------------------------------
@ uses_events: wait for events, which the virtual counter sends
@   entry     SVC mode
@   exit      returns after some of them
@   clobbers  r0 to r2
@ ------------------------------------------------------------------------------------------------
{{ function("uses_events") }}
        {{ read("CNTKCTL", "r1") }}
        mov     r0, #CNTKCTL_EVENTS
        {{ write("CNTKCTL", "r0", note="in finite time, which ends the first wait at the latest") }}
        mov     r2, #EVENTS
1:      wfe                                     @ HCR.TWE traps a WFE that really waits
        subs    r2, r2, #1
        bne     1b
        {{ write("CNTKCTL", "r1") }}
        bx      lr
{{ end_function("uses_events") }}

@ ------------------------------------------------------------------------------------------------
@ uses_vectors: exceptions of PL0 and PL1 that PL1 takes itself
@   entry     SVC mode
@   exit      r0 = 0x08000000 | 0x0c: the slots of SVC in User mode and of BKPT
@   clobbers  r1 to r4, SPSR_svc
@ ------------------------------------------------------------------------------------------------
{{ vector_table("uses_vectors") }}
        mov     r4, lr
        {{ read("VBAR", "r2") }}
        ldr     r0, =uses_table
        virt_to_idmap r0
        {{ write("VBAR", "r0") }}
        isb                                     @ before the first exception
        mov     r1, #0
        cps     #0x10                           @ User mode
        svc     #0                              @ its handler stays in SVC mode
        mov     r3, r1
        bkpt    #0
        nop                                     @ LR_abt is 4 bytes past a BKPT of 2 as well
        add     r0, r3, r1
        {{ write("VBAR", "r2") }}
        bx      r4
{{ end_vector_table("uses_vectors") }}

        .balign 32                              @ VBAR<4:0> are SBZ
{{ vector_table("uses_table") }}
        {{ branch }}host_unexpected                 @ 0x00
        {{ branch }}host_unexpected                 @ 0x04
        {{ branch }}uses_svc                        @ 0x08
        {{ branch }}uses_abort                      @ 0x0c
        {{ branch }}host_unexpected                 @ 0x10
        {{ branch }}host_unexpected                 @ 0x14
        {{ branch }}host_unexpected                 @ 0x18
        {{ branch }}uses_taken                      @ 0x1c
{{ end_vector_table("uses_table") }}

@ ------------------------------------------------------------------------------------------------
@ uses_svc: handler of SVC in User mode
@   entry     SVC mode, ARM or Thumb state as the caller
@   exit      behind the SVC, still in SVC mode; r1 = 0x08000000
@   clobbers  r1
@ ------------------------------------------------------------------------------------------------
{{ function("uses_svc") }}
        ldr     r1, =0x08000000                 @ a load: SCTLR.EE decides the order of its bytes
        mov     pc, lr                          @ in the same instruction set
{{ end_function("uses_svc") }}

@ ------------------------------------------------------------------------------------------------
@ uses_taken: handler of FIQ
@   entry     FIQ mode
@   exit      returns with F masked: what the source still asserts must not come again; r0 = 0x1c
@   clobbers  r0, r8_fiq, SPSR_fiq
@ ------------------------------------------------------------------------------------------------
{{ function("uses_taken") }}
        mrs     r8, spsr                        @ r8 to r12 are FIQ mode's own
        orr     r8, r8, #1 << 6
        msr     spsr_cxsf, r8
        mov     r0, #0x1c
        subs    pc, lr, #4
{{ end_function("uses_taken") }}

@ ------------------------------------------------------------------------------------------------
@ uses_abort: handler of BKPT
@   entry     Abort mode
@   exit      behind the BKPT; r1 = 0x0c
@   clobbers  r1
@ ------------------------------------------------------------------------------------------------
{{ function("uses_abort") }}
        ldr     r1, =0x0000000c
        subs    pc, lr, #0                      @ past the BKPT
{{ end_function("uses_abort") }}

{% if interrupts.kind != "none" %}
@ ------------------------------------------------------------------------------------------------
@ uses_wait: wait for the physical timer's interrupt, which stays masked
@   entry     SVC mode, I masked
@   exit      returns when the interrupt is pending; it is off again
@   clobbers  r0 to r2
@ ------------------------------------------------------------------------------------------------
{{ function("uses_wait") }}
{{ driver.enable_timer() }}
        ldr     r0, =TICKS
        {{ write("CNTP_TVAL", "r0") }}
        mov     r0, #1
        {{ write("CNTP_CTL", "r0") }}
        wfi                                     @ HCR.TWI traps a WFI that really waits
        mov     r0, #0
        {{ write("CNTP_CTL", "r0") }}
{{ driver.disable_timer() }}
        bx      lr
{{ end_function("uses_wait") }}

@ ------------------------------------------------------------------------------------------------
@ uses_fiq: take an FIQ in SVC mode, through VBAR
@   entry     SVC mode, F masked
@   exit      r0 = 0x1c, or 0 when none came
@   clobbers  r1 to r5, SPSR_fiq
@ ------------------------------------------------------------------------------------------------
{{ function("uses_fiq") }}
        mov     r4, lr
        {{ read("VBAR", "r5") }}
        ldr     r0, =uses_table
        virt_to_idmap r0
        {{ write("VBAR", "r0") }}
        isb                                     @ before the first exception
        bl      host_send_fiq
{% if interrupts.fast == "line" %}
        .global uses_fiq_line
uses_fiq_line:                                  @ the scenario's row has somebody outside drive the line from here
{% endif %}
        mov     r0, #0
        ldr     r1, =LONG
        cpsie   f
1:      cmp     r0, #0
        bne     2f
        subs    r1, r1, #1
        bne     1b
2:      cpsid   f
        mov     r3, r0
        bl      host_interrupts_off
        mov     r0, r3
        {{ write("VBAR", "r5") }}
        bx      r4
{{ end_function("uses_fiq") }}

{% endif %}
@ ------------------------------------------------------------------------------------------------
@ uses_time: virtual and physical counter, read until the physical one did not move meanwhile
@   entry     SVC mode
@   exit      r0 = the low word of virtual less physical time, or of the high words if these differ; 0 if the
@             physical counter always moved, and virtual time lay between its two readings
@   clobbers  r1 to r7
@ ------------------------------------------------------------------------------------------------
{{ function("uses_time") }}
        push    {r4-r7}
        mov     r7, #TRIES
1:      mrrc    p15, 0, r0, r1, c14             @ CNTPCT
        mrrc    p15, 1, r2, r3, c14             @ CNTVCT
        mrrc    p15, 0, r4, r5, c14
        cmp     r0, r4
        beq     2f
        subs    r7, r7, #1
        bne     1b
2:      sub     r2, r2, r0
        sub     r4, r4, r0
        cmp     r2, r4
        movls   r0, #0
        movhi   r0, r2
        eors    r1, r3, r1
        movne   r0, r1
        pop     {r4-r7}
        bx      lr
{{ end_function("uses_time") }}

        .ltorg

        .section .hyp.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ uses_identity(r0, r1): r0 = 0 if these are the MIDR and the MPIDR
@   entry     Hyp mode, MMU on; r0 and r1 as PL1 reads them
@   exit      as said
@   clobbers  r2, r3 (AAPCS)
@ ------------------------------------------------------------------------------------------------
{{ function("uses_identity") }}
        {{ read("MIDR", "r2") }}
        {{ read("MPIDR", "r3") }}
        eor     r0, r0, r2
        eor     r1, r1, r3
        orr     r0, r0, r1
        bx      lr
{{ end_function("uses_identity") }}

@ ------------------------------------------------------------------------------------------------
@ uses_exceptions(): r0 = how many exceptions came to Hyp mode on this CPU, this call among them
@   entry     Hyp mode, MMU on
@   exit      as said
@   clobbers  r1 to r3, r12 (AAPCS)
@ ------------------------------------------------------------------------------------------------
{{ function("uses_exceptions") }}
        push    {r4, r5, r6, lr}
        bl      hyp_area                        @ r3 = this CPU's record area
        ldr     r0, [r3, #AREA_COUNT]
        pop     {r4, r5, r6, pc}
{{ end_function("uses_exceptions") }}
