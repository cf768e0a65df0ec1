@ world/exits.S for {{ board.name }}
@
@ What a guest leaves its world for. Some of it Hyp mode settles itself, and the guest goes on
@ (world_resume); for the rest it returns to the host (world_leave). Every guest register is in the
@ context; the banked ones are only after world_save_banked.

{% from "it_advance.inc" import it_advance with context %}
        .syntax unified
        .{{ isa }}

{{ equ("PSR_MODE", "PHYS_OFFSET_LOW", "PHYS_OFFSET_HIGH", "VCPU_SHIFT", "VCPU_R0", "VCPU_PC", "VCPU_PSR",
       "VCPU_SP_USR", "VCPU_SP_SVC", "VCPU_SP_ABT", "VCPU_LR_ABT", "VCPU_SPSR_ABT", "VCPU_SP_UND",
       "VCPU_SP_IRQ", "VCPU_R8_FIQ", "VCPU_SCTLR", "VCPU_TTBCR", "VCPU_IFSR", "VCPU_IFAR", "VCPU_DFSR",
       "VCPU_DFAR", "VCPU_VBAR",
       "VCPU_FPEXC", "VCPU_HOST", "VCPU_ROOT", "VCPU_LEVEL3", "VCPU_VMID", "VCPU_ACTLR", "VCPU_DEVICE",
       "VCPU_EXIT_HSR", "VCPU_EXIT_FAR", "VCPU_EXIT_FIPA", "VCPU_EXIT_IRQ", "EXIT_HVC", "EXIT_WAIT",
       "EXIT_ABORT", "EXIT_FETCH", "EXIT_IRQ", "EXIT_FIQ", "EXIT_UNKNOWN", "HCPTR_VFP", "PSR_T", "PSR_E",
       "PSR_ABORT", "PSR_LOST", "SCTLR_TE", "SCTLR_EE", "TTBCR_EAE", "FSR_EXTERNAL_SHORT",
       "FSR_EXTERNAL_LONG", "DFSR_WNR", "GUEST_RAM", "GUEST_SIZE", "GUEST_DEVICE", "STAGE2_GIVEN_LOW",
       "STAGE2_GIVEN_HIGH", "EC_WAIT", "HCR_VA", "DFSC_ASYNCHRONOUS", "EC_CP15", "EC_PAIR", "EC_CP14", "EC_VFP", "EC_HVC", "EC_SMC",
       "EC_FETCH", "EC_DATA", "HSR_IL", "CNTP_CVAL_ISS", "PAIR_MASK", "EMULATED_COUNT", "EMULATED_SET_WAY",
       "EMULATED_ZERO") }}
        .equ    PAR_F, 1 << 0                   @ the translation failed
        .equ    COND_AL, 14

        .section .world.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ world_interrupted, world_fast_interrupted: a physical interrupt came while a guest ran
@   entry     r0 = context, saved by world_irq or world_fiq
@   exit      at world_leave, or back in the guest when there was nothing to acknowledge
@   clobbers  what the context holds
@ ------------------------------------------------------------------------------------------------
{{ function("world_interrupted") }}
        bl      world_acknowledge
        str     r1, [r0, #VCPU_EXIT_IRQ]
{% if gic %}
        cmp     r1, #1020                       @ a special ID: it is gone again
        bhs     world_resume
{% else %}
        cmn     r1, #1                          @ no source: it is gone again
        beq     world_resume
{% endif %}
        mov     r1, #EXIT_IRQ
        b       world_leave
{{ end_function("world_interrupted") }}

{{ function("world_fast_interrupted") }}
        mov     r1, #EXIT_FIQ
        b       world_leave
{{ end_function("world_fast_interrupted") }}

@ ------------------------------------------------------------------------------------------------
@ world_dispatch: a guest came to slot 0x14; HSR.EC says why
@ world_unknown: nothing here settles it: the host is told
@   entry     r0 = context, saved by world_trap
@   exit      at one of the handlers below: r0 = context, r1 = HSR
@   clobbers  what the context holds
@ ------------------------------------------------------------------------------------------------
{{ function("world_dispatch") }}
        {{ read("HSR", "r1") }}
        str     r1, [r0, #VCPU_EXIT_HSR]
        lsr     r2, r1, #26                     @ EC
{% for class, handler in (
    ("EC_VFP", "world_vfp"),
    ("EC_HVC", "world_hvc"),
    ("EC_DATA", "world_data_abort"),
    ("EC_FETCH", "world_fetch_abort"),
    ("EC_WAIT", "world_wait"),
    ("EC_CP15", "world_cp15"),
    ("EC_PAIR", "world_pair"),
    ("EC_CP14", "world_cp14"),
    ("EC_SMC", "world_smc"),
) %}
        cmp     r2, #{{ class }}
        beq     {{ handler }}
{% endfor %}
{{ end_function("world_dispatch") }}
{{ function("world_unknown") }}
        mov     r1, #EXIT_UNKNOWN
        b       world_leave
{{ end_function("world_unknown") }}

@ ------------------------------------------------------------------------------------------------
@ world_hvc: a call of the guest. ELR_hyp is behind it already.
@   entry     r0 = context, r1 = HSR
@   exit      at world_leave
@   clobbers  what the context holds
@ ------------------------------------------------------------------------------------------------
{{ function("world_hvc") }}
        mov     r1, #EXIT_HVC
        b       world_leave
{{ end_function("world_hvc") }}

@ ------------------------------------------------------------------------------------------------
@ world_wait: WFI or WFE, HCR.TWI and TWE. The host decides who runs; the guest goes on behind it.
@   entry     r0 = context, r1 = HSR
@   exit      at world_leave; in the guest behind the instruction, if its condition failed
@   clobbers  what the context holds
@ ------------------------------------------------------------------------------------------------
{{ function("world_wait") }}
        bl      world_condition
        bl      world_skip
        beq     world_resume                    @ its condition failed: it was a NOP
        mov     r1, #EXIT_WAIT
        b       world_leave
{{ end_function("world_wait") }}

@ ------------------------------------------------------------------------------------------------
@ world_vfp: the guest's first floating-point instruction since it was entered (HCPTR.TCP10 and TCP11)
@   entry     r0 = context, r1 = HSR
@   exit      at that same instruction, the floating-point unit now the guest's
@   clobbers  what the context holds; HCPTR, FPEXC and d0 to d31 are the guest's from here on
@ ------------------------------------------------------------------------------------------------
{{ function("world_vfp") }}
        mov     r4, r0
        {{ read("HCPTR", "r1") }}
        bic     r1, r1, #HCPTR_VFP
        {{ write("HCPTR", "r1") }}
        isb                                     @ Hyp mode's own accesses trap until then
        ldr     r0, [r4, #VCPU_HOST]
        bl      world_vfp_save
        mov     r0, r4
        bl      world_vfp_restore
        ldr     r1, [r4, #VCPU_FPEXC]
        vmsr    fpexc, r1
        b       world_resume
{{ end_function("world_vfp") }}

@ ------------------------------------------------------------------------------------------------
@ world_cp15: MCR or MRC to CP15 that HCR, HSTR, HDCR or CNTHCTL traps. world_emulated has those that are
@ known. The guest reads a value of its own, or zero; what it writes is ignored, but maintenance by set/way.
@   entry     r0 = context, r1 = HSR
@   exit      in the guest behind the instruction; at world_unknown for any other register
@   clobbers  what the context holds
@ ------------------------------------------------------------------------------------------------
{{ function("world_cp15") }}
        ldr     r4, =world_emulated
        mov     r6, #0                          @ the row
1:      ldrd    r2, r3, [r4], #8
        and     r2, r2, r1
        cmp     r2, r3
        beq     2f
        add     r6, r6, #1
        cmp     r6, #EMULATED_COUNT
        blo     1b
        b       world_unknown

2:      cmp     r6, #EMULATED_SET_WAY
        ldrlo   r7, [r0, #VCPU_ACTLR]           @ what a read gives
        movhs   r7, #0
        blo     world_answer
        cmp     r6, #EMULATED_ZERO
        bhs     world_answer
{{ end_function("world_cp15") }}
@ ------------------------------------------------------------------------------------------------
@ world_set_way: maintenance by set/way (HCR.TSW). It reaches the caches of one CPU, where a guest does not
@ know to be, and lines that are not its own: all memory that it has is cleaned and invalidated by address
@ instead, which is what it can have meant.
@   entry     r0 = context, r1 = HSR
@   exit      in the guest behind the instruction
@   clobbers  what the context holds
@ ------------------------------------------------------------------------------------------------
{{ function("world_set_way") }}
        bl      world_condition
        bl      world_skip
        beq     world_resume
        mov     r6, r0
        ldr     r1, =world_vcpus
        sub     r1, r0, r1
        lsr     r1, r1, #VCPU_SHIFT             @ number of the virtual CPU
        ldr     r0, =world_memories
        ldr     r0, [r0, r1, lsl #2]
        ldr     r1, =GUEST_SIZE
        bl      world_clean
        mov     r0, r6
        b       world_resume
{{ end_function("world_set_way") }}

@ ------------------------------------------------------------------------------------------------
@ world_cp14: MCR or MRC to a debug register (HDCR.TDA, TDRA, TDOSA): reads as zero, ignores writes
@   entry     r0 = context, r1 = HSR
@   exit      in the guest behind the instruction
@   clobbers  what the context holds
@ ------------------------------------------------------------------------------------------------
{{ function("world_cp14") }}
        mov     r7, #0
{{ end_function("world_cp14") }}
@ ------------------------------------------------------------------------------------------------
@ world_answer: the answer to a trapped MRC; an MCR is ignored
@   entry     r0 = context, r1 = HSR, r7 = the value
@   exit      in the guest behind the instruction
@   clobbers  what the context holds
@ ------------------------------------------------------------------------------------------------
{{ function("world_answer") }}
        bl      world_condition
        bl      world_skip
        beq     world_resume                    @ it may trap even if its condition fails (B1.14)
        tst     r1, #1                          @ ISS.Direction: 1 is MRC
        beq     world_resume
        bl      world_save_banked               @ Rt may be a banked one; clobbers r1
        ldr     r1, [r0, #VCPU_EXIT_HSR]
        ubfx    r2, r1, #5, #4                  @ ISS.Rt
        bl      world_register
        str     r7, [r2]
        bl      world_restore_banked
        b       world_resume
{{ end_function("world_answer") }}

@ ------------------------------------------------------------------------------------------------
@ world_pair: MCRR or MRRC to CP15: CNTP_CVAL, the host's (CNTHCTL.PL1PCEN). Reads as zero, ignores writes.
@   entry     r0 = context, r1 = HSR
@   exit      in the guest behind the instruction; at world_unknown for any other register
@   clobbers  what the context holds
@ ------------------------------------------------------------------------------------------------
{{ function("world_pair") }}
        ldr     r2, =PAIR_MASK
        and     r2, r2, r1
        ldr     r3, =CNTP_CVAL_ISS
        cmp     r2, r3
        bne     world_unknown
        bl      world_condition
        bl      world_skip
        beq     world_resume
        tst     r1, #1                          @ ISS.Direction: 1 is MRRC
        beq     world_resume
        bl      world_save_banked
        ldr     r1, [r0, #VCPU_EXIT_HSR]
        mov     r7, #0
        ubfx    r2, r1, #5, #4                  @ ISS.Rt
        bl      world_register
        str     r7, [r2]
        ubfx    r2, r1, #10, #4                 @ ISS.Rt2
        bl      world_register
        str     r7, [r2]
        bl      world_restore_banked
        b       world_resume
{{ end_function("world_pair") }}

@ ------------------------------------------------------------------------------------------------
@ world_smc: SMC (HCR.TSC). Firmware is the host's to call: the guest is told that there is none.
@   entry     r0 = context, r1 = HSR; ELR_hyp is at the SMC. It passed its condition, of which HSR says nothing.
@   exit      in the guest behind the instruction, r0 = -1, the SMC calling convention's NOT_SUPPORTED
@   clobbers  what the context holds
@ ------------------------------------------------------------------------------------------------
{{ function("world_smc") }}
        bl      world_skip
        mvn     r2, #0
        str     r2, [r0, #VCPU_R0]
        b       world_resume
{{ end_function("world_smc") }}

@ ------------------------------------------------------------------------------------------------
@ world_serror: a physical asynchronous abort came while a guest ran (HCR.AMO; CPSR.A masks it no more)
@   entry     r0 = context
@   exit      in the guest at the instruction, with a virtual abort pending: what went wrong was something that
@             the guest had begun, as far as anybody can tell, and it may have masked aborts
@   clobbers  what the context holds
@ ------------------------------------------------------------------------------------------------
{{ function("world_serror") }}
        {{ read("HCR", "r1") }}
        orr     r1, r1, #HCR_VA
        {{ write("HCR", "r1") }}
        b       world_resume
{{ end_function("world_serror") }}

@ ------------------------------------------------------------------------------------------------
@ world_data_abort: stage 2 refuses a load or store
@   entry     r0 = context, r1 = HSR
@   exit      at world_serror, if no instruction is at fault
@             in the guest behind the instruction, if it was one to the emulated device and its syndrome
@             says enough; in the guest at the instruction, if the fault is gone; else at world_leave
@   clobbers  what the context holds
@ ------------------------------------------------------------------------------------------------
{{ function("world_data_abort") }}
        and     r3, r1, #0x3f                   @ ISS.DFSC
        cmp     r3, #DFSC_ASYNCHRONOUS
        beq     world_serror
        {{ read("HDFAR", "r2") }}
        bl      world_fault
        ldr     r1, [r0, #VCPU_EXIT_HSR]
        ldr     r2, [r0, #VCPU_EXIT_FIPA]
        ldr     r3, =GUEST_DEVICE >> 8          @ as HPFAR has it
        cmp     r2, r3
        movne   r1, #EXIT_ABORT
        bne     world_leave
        tst     r1, #1 << 24                    @ ISS.ISV
        beq     world_blind
{{ end_function("world_data_abort") }}
@ ------------------------------------------------------------------------------------------------
@ world_device: emulate one access to the device, four words that keep what is written to them
@   entry     r0 = context, r1 = HSR with a valid instruction syndrome
@   exit      in the guest behind the instruction
@   clobbers  what the context holds
@ ------------------------------------------------------------------------------------------------
{{ function("world_device") }}
        bl      world_skip
        bl      world_save_banked               @ clobbers r1
        ldr     r1, [r0, #VCPU_EXIT_HSR]
        ldr     r4, [r0, #VCPU_EXIT_FAR]
        and     r4, r4, #0xf                    @ the page repeats every 16 bytes
        add     r4, r4, r0
        add     r4, r4, #VCPU_DEVICE
        ubfx    r2, r1, #16, #4                 @ ISS.SRT
        bl      world_register
        ubfx    r3, r1, #22, #2                 @ ISS.SAS: log2 of the bytes
        tst     r1, #1 << 6                     @ ISS.WnR
        beq     1f

        ldr     r5, [r2]
        bl      world_order
        cmp     r3, #1
        strblo  r5, [r4]
        strheq  r5, [r4]
        strhi   r5, [r4]
        b       3f

1:      cmp     r3, #1
        ldrblo  r5, [r4]
        ldrheq  r5, [r4]
        ldrhi   r5, [r4]
        bl      world_order
        tst     r1, #1 << 21                    @ ISS.SSE: sign-extend what is shorter than a word
        beq     2f
        cmp     r3, #1
        sxtblo  r5, r5
        sxtheq  r5, r5
2:      str     r5, [r2]
3:      bl      world_restore_banked
        b       world_resume
{{ end_function("world_device") }}

@ ------------------------------------------------------------------------------------------------
@ world_blind: an access to the device of which the syndrome says nothing: LDM, LDRD, writeback and so on
@   entry     r0 = context
@   exit      at world_leave
@   clobbers  what the context holds
@ ------------------------------------------------------------------------------------------------
{{ function("world_blind") }}
        mov     r1, #EXIT_ABORT
        b       world_leave
{{ end_function("world_blind") }}

@ ------------------------------------------------------------------------------------------------
@ world_order: what a guest loads or stores, between its register and memory as Hyp mode accesses it
@   entry     r0 = context, r3 = log2 of the bytes, r5 = data, zero above them
@   exit      r5 with its bytes turned round, if the guest's data have the other byte order (CPSR.E)
@   clobbers  r6
@ ------------------------------------------------------------------------------------------------
{{ function("world_order") }}
        ldr     r6, [r0, #VCPU_PSR]
        tst     r6, #PSR_E
        bx{{ "ne" if big else "eq" }}    lr                              @ {{ "big" if big else "little" }}-endian, as this code's
        cmp     r3, #1
        rev16eq r5, r5
        revhi   r5, r5
        bx      lr
{{ end_function("world_order") }}

@ ------------------------------------------------------------------------------------------------
@ world_fetch_abort: stage 2 refuses a fetch
@   entry     r0 = context, r1 = HSR
@   exit      at world_leave, or in the guest at the instruction, if the fault is gone
@   clobbers  what the context holds
@ ------------------------------------------------------------------------------------------------
{{ function("world_fetch_abort") }}
        {{ read("HIFAR", "r2") }}
        bl      world_fault
        mov     r1, #EXIT_FETCH
        b       world_leave
{{ end_function("world_fetch_abort") }}

@ ------------------------------------------------------------------------------------------------
@ world_fault: which IPA did stage 2 refuse?
@   entry     r0 = context, r1 = HSR, r2 = the VA
@   exit      VCPU_EXIT_FAR = the VA, VCPU_EXIT_FIPA = the IPA as HPFAR has it
@             or not here: in the guest at the instruction, if its own tables no longer lead there
@   clobbers  r1 to r5
@
@ HPFAR is valid for translation and access flag faults, and whenever the fault was on a walk of stage 1
@ (ISS.S1PTW). For a permission fault it is UNKNOWN: then stage 1 is asked again what the VA means.
@ ------------------------------------------------------------------------------------------------
{{ function("world_fault") }}
        str     r2, [r0, #VCPU_EXIT_FAR]
{% block fault_ipa %}
        tst     r1, #1 << 7                     @ ISS.S1PTW
        bne     1f
        and     r3, r1, #0x3c                   @ fault status without its level
        cmp     r3, #0x0c                       @ permission fault
        bne     1f

        {{ read("PAR", "r4", "r5", note="the guest's: keep it") }}
        {{ operate("ATS1CPR", "r2", note="stage 1 of the present VMID, PL1, read") }}
        isb                                     @ PAR is valid only then
        {{ read("PAR", "r2", "r3") }}
        {{ write("PAR", "r4", "r5") }}
        tst     r2, #PAR_F
        bne     world_resume                    @ the guest changed its tables: let it find out
        lsr     r2, r2, #12                     @ IPA<31:12>
        lsl     r2, r2, #4
        and     r3, r3, #0xff                   @ IPA<39:32>
        orr     r2, r2, r3, lsl #24
        b       2f
1:      {{ read("HPFAR", "r2") }}
2:      bic     r2, r2, #0xf
        str     r2, [r0, #VCPU_EXIT_FIPA]
        bx      lr
{% endblock %}
{{ end_function("world_fault") }}

@ ------------------------------------------------------------------------------------------------
@ world_condition: would the trapped instruction have passed its condition check?
@   entry     r0 = context, r1 = HSR
@   exit      Z clear: it passes; Z set: it fails. r0, r1 unchanged
@   clobbers  r2 to r5
@
@ ISS.CV = 0, which only Thumb instructions report, means that the condition is in ITSTATE.
@ ------------------------------------------------------------------------------------------------
{{ function("world_condition") }}
        ldr     r3, [r0, #VCPU_PSR]
        ubfx    r2, r1, #20, #4                 @ ISS.COND
        tst     r1, #1 << 24                    @ ISS.CV
        bne     1f
        mov     r2, #COND_AL
        tst     r3, #PSR_T
        beq     1f
        ubfx    r4, r3, #12, #4                 @ ITSTATE<7:4>: the present condition
        ubfx    r5, r3, #10, #2                 @ ITSTATE<3:0>: all zero outside an IT block
        lsl     r5, r5, #2
        tst     r3, #3 << 25
        orrne   r5, r5, #1
        cmp     r5, #0
        movne   r2, r4
1:      ldr     r4, =world_conditions           @ for each condition: a bit for each value of NZCV
        lsl     r2, r2, #1
        ldrh    r2, [r4, r2]
        lsr     r3, r3, #28                     @ NZCV
        mov     r5, #1
        lsl     r5, r5, r3
        tst     r2, r5
        bx      lr
{{ end_function("world_condition") }}

@ ------------------------------------------------------------------------------------------------
@ world_skip: the guest goes on behind the trapped instruction
@   entry     r0 = context, r1 = HSR
@   exit      VCPU_PC and the IT bits of VCPU_PSR advanced. r0, r1 and the flags unchanged
@   clobbers  r2 to r5
@ ------------------------------------------------------------------------------------------------
{{ function("world_skip") }}
        mrs     r5, cpsr                        @ keeps the answer of world_condition
        ldr     r2, [r0, #VCPU_PC]
        tst     r1, #HSR_IL
        addne   r2, r2, #4
        addeq   r2, r2, #2
        str     r2, [r0, #VCPU_PC]

        ldr     r2, [r0, #VCPU_PSR]
        tst     r2, #PSR_T
        beq     1f
{{ it_advance("r2", "r3", "r4") }}
        str     r2, [r0, #VCPU_PSR]
1:      msr     cpsr_f, r5
        bx      lr
{{ end_function("world_skip") }}

@ ------------------------------------------------------------------------------------------------
@ world_register: where a guest's register is in its context
@   entry     r0 = context, r2 = number, 0 to 14, as its present mode sees it; world_save_banked has run
@   exit      r2 = address. r0, r1 unchanged
@   clobbers  r3, r5
@ ------------------------------------------------------------------------------------------------
{{ function("world_register") }}
        ldr     r3, [r0, #VCPU_PSR]
        and     r3, r3, #PSR_MODE
        mov     r5, #VCPU_R0                    @ r0 to r12 of all modes but FIQ
        cmp     r2, #8
        blo     2f
        cmp     r3, #0x11
        moveq   r5, #VCPU_R8_FIQ - 8 * 4        @ r8 to r14 of FIQ mode
        beq     2f
        cmp     r2, #13
        blo     2f
        mov     r5, #VCPU_SP_USR - 13 * 4       @ SP and LR of User and System mode
{% for mode, name in (("0x12", "IRQ"), ("0x13", "SVC"), ("0x17", "ABT"), ("0x1b", "UND")) %}
        cmp     r3, #{{ mode }}
        moveq   r5, #VCPU_SP_{{ name }} - 13 * 4
{% endfor %}
2:      add     r2, r0, r2, lsl #2
        add     r2, r2, r5
        bx      lr
{{ end_function("world_register") }}

@ ------------------------------------------------------------------------------------------------
@ world_give(r0 = number of a virtual CPU): let it read and write the page of its last fault
@   entry     VCPU_EXIT_FIPA is an IPA of its memory, in a table of level 3
@   exit      r0 = 0; 1 if there is no such table
@   clobbers  r1 to r3, r12 (AAPCS)
@
@ A page that was not mapped gets its descriptor and a content; one that was mapped otherwise is
@ unmapped first and forgotten by every TLB: two descriptors for one page must never be seen (B3.10.1).
@ ------------------------------------------------------------------------------------------------
{# LDRD and STRD have the word at the lower address in the first register: of a descriptor its low word, and
   its high word where data are big-endian. #}
{% set low, high = ("r1", "r0") if big else ("r0", "r1") %}
{{ function("world_give") }}
        push    {r4-r8, lr}
        ldr     r4, =world_vcpus
        add     r4, r4, r0, lsl #VCPU_SHIFT
        ldr     r5, [r4, #VCPU_EXIT_FIPA]
        ldr     r6, =world_memories
        ldr     r6, [r6, r0, lsl #2]            @ VA of the guest's memory
        ldr     r0, =GUEST_RAM >> 8
        sub     r5, r5, r0
        lsl     r5, r5, #8                      @ offset of the page in it
        ldr     r0, =GUEST_SIZE
        cmp     r5, r0
        movhs   r0, #1
        pophs   {r4-r8, pc}
        add     r6, r6, r5                      @ VA of the page
        ldr     r7, [r4, #VCPU_LEVEL3]
        add     r7, r7, r5, lsr #9              @ VA of its descriptor: 8 bytes for 4096
        ldrd    r0, r1, [r7]
        tst     {{ low }}, #1
        beq     1f

{% block break_before_make %}
        mov     r0, #0
        mov     r1, #0
        strd    r0, r1, [r7]
        @ No walk reads it before the DSB below, which completes the store, too: stage 2 is off here (HCR.VM), and
        @ no other CPU runs this guest.
        ldr     r2, [r4, #VCPU_VMID]
        lsl     r2, r2, #16                     @ VTTBR<55:48>; no table is needed
        {{ write("VTTBR", "r1", "r2", note="the operation is for the present VMID") }}
        isb                                     @ which is the guest's only then
        {{ operate("TLBIALLIS", note="ARMv7 has none for one IPA") }}
        dsb     ish                             @ no CPU uses the old descriptor any more
        mov     r1, #0
        {{ write("VTTBR", "r1", "r1", note="the host's again: synchronised by the ERET to it") }}
        b       3f
{% endblock %}

{% block clear_page %}
        @ A page that the guest never had must hold nothing of whoever had it before, not even in memory
        @ behind a cache: the guest may read it with its caches off.
1:      add     r3, r6, #4096
        mov     r0, #0
        mov     r1, #0
        mov     r2, r6
2:      strd    r0, r1, [r2], #8
        cmp     r2, r3
        blo     2b
        mov     r0, r6
        mov     r1, #4096
        bl      world_clean
{% endblock %}

{% block make %}
3:      ldr     {{ low }}, =PHYS_OFFSET_LOW            @ PA - VA
        ldr     {{ high }}, =PHYS_OFFSET_HIGH
        adds    {{ low }}, {{ low }}, r6
        adc     {{ high }}, {{ high }}, #0
        ldr     r2, =STAGE2_GIVEN_LOW
        orr     {{ low }}, {{ low }}, r2
        ldr     r2, =STAGE2_GIVEN_HIGH
        orr     {{ high }}, {{ high }}, r2
        strd    r0, r1, [r7]
        dsb     nshst                           @ the walker sees it; ERET synchronises
        mov     r0, #0
        pop     {r4-r8, pc}
{% endblock %}
{{ end_function("world_give") }}

@ ------------------------------------------------------------------------------------------------
@ world_refuse(r0 = number of a virtual CPU): its fetch or access failed, and so it shall see it
@   entry     its last exit was EXIT_FETCH or EXIT_ABORT
@   exit      it goes on in its Prefetch or Data Abort handler, as if memory had answered with an external
@             abort; r0 = 0
@   clobbers  r1 to r3, r12 (AAPCS)
@
@ TakePrefetchAbortException() and TakeDataAbortException() (B1.9.7, B1.9.8), played on the context.
@ ------------------------------------------------------------------------------------------------
{{ function("world_refuse") }}
        ldr     r1, =world_vcpus
        add     r1, r1, r0, lsl #VCPU_SHIFT
        ldr     r2, [r1, #VCPU_PSR]
        str     r2, [r1, #VCPU_SPSR_ABT]
        ldr     r0, =PSR_LOST
        bic     r2, r2, r0
        ldr     r0, =PSR_ABORT
        orr     r2, r2, r0
        ldr     r3, [r1, #VCPU_SCTLR]
        tst     r3, #SCTLR_TE
        orrne   r2, r2, #PSR_T
        tst     r3, #SCTLR_EE
        orrne   r2, r2, #PSR_E
        str     r2, [r1, #VCPU_PSR]
        ldr     r2, [r1, #VCPU_TTBCR]
        tst     r2, #TTBCR_EAE
        moveq   r2, #FSR_EXTERNAL_SHORT
        movne   r2, #FSR_EXTERNAL_LONG
        ldr     r0, [r1, #VCPU_PC]
        ldr     r3, [r1, #VCPU_EXIT_FAR]
        ldr     r12, [r1, #VCPU_EXIT_HSR]
        cmp     r12, #EC_DATA << 26             @ EC 0x20 is a fetch, EC 0x24 an access
        blo     1f

        tst     r12, #1 << 6                    @ ISS.WnR
        orrne   r2, r2, #DFSR_WNR
        str     r2, [r1, #VCPU_DFSR]
        str     r3, [r1, #VCPU_DFAR]
        add     r0, r0, #8                      @ LR_abt: 8 from the instruction
        mov     r3, #0x10
        b       2f

1:      str     r2, [r1, #VCPU_IFSR]
        str     r3, [r1, #VCPU_IFAR]
        add     r0, r0, #4                      @ LR_abt: 4 from the instruction
        mov     r3, #0x0c
2:      str     r0, [r1, #VCPU_LR_ABT]
        ldr     r2, [r1, #VCPU_VBAR]
        add     r2, r2, r3
        str     r2, [r1, #VCPU_PC]
        mov     r0, #0
        bx      lr
{{ end_function("world_refuse") }}

        .ltorg

        .section .world.rodata, "a", %progbits
        .balign 4
{{ object("world_conditions") }}
{% for flags in condition_flags %}
        {{ commented(".hword  " ~ hex(flags, 4), "cond " ~ loop.index0) }}
{% endfor %}
{{ end_object("world_conditions") }}
        .balign 8                               @ for LDRD
{{ object("world_emulated") }}
{% for mask, value, meaning in emulated_cp15 %}
        {{ commented(".word   " ~ hex(mask) ~ ", " ~ hex(value), meaning) }}
{% endfor %}
{{ end_object("world_emulated") }}
