@ scenarios/uses.S for {{ board.name }}
@
@ A bit of a control register or of a descriptor that nobody uses could as well be wrong. The host part uses
@ what boot.S opened to PL1, and Hyp mode what the tables allow, and tries what they do not allow. A trap that
@ should not arrive ends at the stub, for good.
@ Operations that are here for the trap which they could take, and not for what they do, say so: "probe".

{% from "host.inc" import prologue, program, begin, check, call, hyp_on, hyp_off, stub_get, done with context %}
{% from "probe.inc" import probe with context %}
{{ prologue() }}
{{ equ("UART_VIRTUAL") }}
{% if interrupts.kind != "none" %}
{% import "interrupts/" ~ interrupts.kind ~ ".inc" as driver with context %}
{{ driver.constants() }}
{% endif %}
        .equ    TICKS, 2000                     @ until the timer's interrupt
        .equ    LONG, 1000                      @ turns of a loop, in which an interrupt must come
        .equ    FPEXC_EN, 1 << 30
        .equ    CPACR_FP, 0b1111 << 20          @ cp10 and cp11, full access
        .equ    TRIES, 64                       @ readings of the counters

{# Call a Hyp function with an address as its second argument, which the macro "probe" leaves alone. #}
{% macro at(address, what) %}
        ldr     r2, ={{ address }}
{{ call(what) }}
{%- endmacro %}

        .section .host.text, "ax", %progbits

{{ program("host_main", "the boot CPU's program") }}
{{ begin("pl1.registers") }}
        bl      uses_registers
        mov     r0, #0
{{ check("pl1.registers", "0") }}

{{ begin("pl1.vectors") }}
        bl      uses_vectors
{{ check("pl1.vectors", "0x0800000c") }}

{{ begin("pl1.time") }}
        bl      uses_time
{{ check("pl1.time", "0") }}
{% if interrupts.kind != "none" %}

{{ begin("pl1.wait") }}
        bl      uses_wait
        mov     r0, #0
{{ check("pl1.wait", "0") }}

{{ begin("pl1.fiq") }}
        bl      uses_fiq
        cmp     r0, #0
        beq     1f                              @ nobody outside has sent one
{{ check("pl1.fiq", "0x1c") }}
1:
{% endif %}

{{ stub_get() }}
{{ hyp_on() }}

{{ begin("identity") }}
        {{ read("MIDR", "r1") }}
        {{ read("MPIDR", "r2") }}
{{ call("uses_identity") }}
{{ check("identity", "0") }}

{{ begin("hyp.barriers") }}
{{ call("uses_barriers") }}
{{ check("hyp.barriers", "0") }}

{{ begin("hyp.console") }}
        mov     r1, r11
{{ call("uses_console") }}
{{ check("hyp.console", "0") }}
{% for step, what, address, slot in (
    ("text.store", "uses_store", "hyp_where", "0x10"),
    ("text.load", "uses_load", "hyp_where", "0"),
    ("idmap.store", "uses_store", "hyp_init + IDMAP_OFFSET", "0x10"),
    ("idmap.load", "uses_load", "hyp_init + IDMAP_OFFSET", "0"),
    ("rodata.store", "uses_store", "cpu_mpidrs", "0x10"),
    ("rodata.load", "uses_load", "cpu_mpidrs", "0"),
    ("rodata.fetch", "uses_fetch", "cpu_mpidrs", "0x0c"),
    ("data.load", "uses_load", "hyp_records", "0"),
    ("data.fetch", "uses_fetch", "hyp_records", "0x0c"),
    ("stack.load", "uses_load", "hyp_stacks + (1 << STACK_SHIFT) - 16", "0"),
    ("stack.fetch", "uses_fetch", "hyp_stacks + (1 << STACK_SHIFT) - 16", "0x0c"),
) if not trampoline or not step.startswith("idmap.") %}

{{ begin(step) }}
{{ at(address, what) }}
{{ check(step, slot) }}
{% endfor %}

{{ begin("stack.place") }}
        ldr     r1, =0x57ac4ed0
{{ call("uses_stack") }}
        ldr     r1, =IDMAP_OFFSET               @ what it returned is a VA of Hyp mode's
        add     r0, r0, r1
        ldr     r0, [r0]
{{ check("stack.place", "0x57ac4ed0") }}

{{ begin("console.fetch") }}
{{ at("UART_VIRTUAL", "uses_fetch") }}
{{ check("console.fetch", "0x0c") }}
{{ hyp_off() }}

{{ done() }}
{{ end_function("host_main") }}

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
@ uses_barriers: r0 = 0; HSCTLR.CP15BEN decides whether these are instructions
@   entry     Hyp mode, MMU on
@   exit      as said
@   clobbers  nothing else
@ ------------------------------------------------------------------------------------------------
{{ function("uses_barriers") }}
        {{ operate("CP15DMB", note="probe") }}
        mov     r0, #0
        bx      lr
{{ end_function("uses_barriers") }}

@ ------------------------------------------------------------------------------------------------
@ uses_console(r0): print a line of the CPU r0 in Hyp mode; r0 = 0
@   entry     Hyp mode, MMU on; no other CPU prints
@   exit      as said
@   clobbers  r1 to r3, r12 (AAPCS)
@ ------------------------------------------------------------------------------------------------
{{ function("uses_console") }}
        push    {r4, lr}
        bl      hyp_cpu
        ldr     r0, =uses_text
        bl      hyp_text
        bl      hyp_newline
        mov     r0, #0
        pop     {r4, pc}
{{ end_function("uses_console") }}

@ ------------------------------------------------------------------------------------------------
@ uses_load(-, r1): r0 = 0 if a word at r1 + 1 is made of those at r1 and at r1 + 4
@   entry     Hyp mode, MMU on
@   exit      as said, something else otherwise
@   clobbers  r2, r3 (AAPCS)
@ ------------------------------------------------------------------------------------------------
{{ function("uses_load") }}
        ldr     r0, [r1, #1]                    @ a fault, if the memory is not Normal
        ldr     r2, [r1]
        ldr     r3, [r1, #4]
{% if big %}
        lsl     r2, r2, #8                      @ the byte at r1 is the first word's highest
        orr     r2, r2, r3, lsr #24
{% else %}
        lsr     r2, r2, #8                      @ the byte at r1 is the first word's lowest
        orr     r2, r2, r3, lsl #24
{% endif %}
        eor     r0, r0, r2
        bx      lr
{{ end_function("uses_load") }}

@ ------------------------------------------------------------------------------------------------
@ uses_stack(r0): put r0 below the stack's top, clean to memory; r0 = its VA
@   entry     Hyp mode, MMU on
@   exit      as said; memory has it
@   clobbers  r1 (AAPCS)
@ ------------------------------------------------------------------------------------------------
{{ function("uses_stack") }}
        push    {r0, r1}
        mov     r0, sp
        {{ operate("DCCMVAC", "r0", note="the host part looks past the caches") }}
        dsb     nsh
        add     sp, sp, #8
        bx      lr
{{ end_function("uses_stack") }}

{% call probe("uses_store", "store a word", "its VA") %}
        str     r1, [r1]
{% endcall %}
{% call probe("uses_fetch", "branch to a VA", "the VA") %}
{% if isa == "thumb" %}
        orr     r1, r1, #1                      @ in the same instruction set
{% endif %}
        bx      r1
{% endcall %}
        .ltorg

        .section .hyp.rodata, "a", %progbits
uses_text:
        .asciz  "  this line is of Hyp mode"
