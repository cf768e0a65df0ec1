@ scenarios/traps.S for {{ board.name }}
@
@ The hypervisor has traps of PL1 on that it can serve: each comes to slot 0x14, HSR.EC says what it is, and the
@ program that was interrupted finds no register changed.

{% from "host.inc" import prologue, program, begin, check, check_r1, call, hyp_on, hyp_off, stub_get, done with
   context %}
{{ prologue() }}
{{ equ("HCR_WAITS", "HCPTR_TRAPS", "HCPTR_VFP", "CPACR_VFP", "FPEXC_EN") }}

        .section .host.text, "ax", %progbits

{{ program("host_main", "the boot CPU's program") }}
{{ stub_get() }}
{{ hyp_on() }}

{{ begin("traps.on") }}
        mov     r1, #HCR_WAITS
        ldr     r2, =HCPTR_TRAPS
{{ call("hyp_set_traps") }}
{{ check("traps.on", "0") }}

        @ WFI would wait for ever here: nothing interrupts this CPU.
{{ begin("trap.wfi") }}
        mov     r0, #1
        wfi
        add     r0, r0, #1                      @ once: the trapped instruction itself was skipped
{{ check("trap.wfi", "2") }}

{{ begin("trap.wfe") }}
        sev                                     @ whatever event was left over, and this one,
        wfe                                     @ are used up: or the next would not wait, nor trap
        mov     r0, #3
        wfe
        add     r0, r0, #1
{{ check("trap.wfe", "4") }}

        @ The same in Thumb state, at the end of an IT block: the IT bits advance with the PC.
{{ begin("trap.thumb") }}
        mov     r0, #0
        ldr     r1, =host_waits_in_thumb
        virt_to_idmap r1
        orr     r1, r1, #1
        blx     r1
{{ check("trap.thumb", "0x11") }}

{{ begin("trap.vfp") }}
        ldr     r0, =CPACR_VFP
        {{ write("CPACR", "r0", note="PL1's own permission") }}
        isb                                     @ before the first instruction that needs it
        ldr     r0, =0x40490fdb
        vmsr    fpexc, r1                       @ traps: executed again when Hyp mode has given the unit
        ldr     r1, =FPEXC_EN
        vmsr    fpexc, r1
        vmov    s0, r0
        vmov    r0, s0
{{ check("trap.vfp", "0x40490fdb") }}

{{ begin("traps.left") }}
{{ call("hyp_get_hcptr") }}
        ldr     r1, =HCPTR_TRAPS & ~HCPTR_VFP
{{ check_r1("traps.left") }}

{{ begin("traps.off") }}
        mov     r1, #0
        ldr     r2, =HCPTR_TRAPS & ~HCPTR_VFP
{{ call("hyp_set_traps") }}
{{ check("traps.off", "0") }}
{{ hyp_off() }}

{{ done() }}
{{ end_function("host_main") }}

        .ltorg

@ ------------------------------------------------------------------------------------------------
@ host_waits_in_thumb(): r0 = 0x11 if WFI in an IT block was skipped, and only it
@   entry     SVC mode, Thumb state; HCR.TWI = 1
@   exit      as said, in the caller's instruction set
@   clobbers  the flags
@ ------------------------------------------------------------------------------------------------
        .thumb
        .balign 4
        .thumb_func
{{ function("host_waits_in_thumb") }}
        cmp     r0, r0
        itt     eq
        addeq   r0, r0, #1
        wfieq                                   @ the last of its block
        adds    r0, #0x10                       @ clears Z: not so in an IT block, where it sets no flags
        it      eq
        addeq   r0, r0, #4                      @ not executed, unless the IT bits were left on
        bx      lr
{{ end_function("host_waits_in_thumb") }}
        .{{ isa }}

        .section .hyp.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ hyp_set_traps(r0, r1): HCR = r0, HCPTR = r1; returns 0
@   entry     Hyp mode, MMU on
@   exit      r0 = 0; PL1 finds both in effect
@   clobbers  nothing else
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_set_traps") }}
        {{ write("HCR", "r0") }}
        {{ write("HCPTR", "r1") }}
        mov     r0, #0
        bx      lr                              @ the ERET to PL1 synchronises
{{ end_function("hyp_set_traps") }}

@ ------------------------------------------------------------------------------------------------
@ hyp_get_hcptr(): returns HCPTR
@   entry     Hyp mode, MMU on
@   exit      r0 = HCPTR
@   clobbers  nothing else
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_get_hcptr") }}
        {{ read("HCPTR", "r0") }}
        bx      lr
{{ end_function("hyp_get_hcptr") }}

        .ltorg
