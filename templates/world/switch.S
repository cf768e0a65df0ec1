@ world/switch.S for {{ board.name }}
@
@ The world switch: everything that makes a CPU the host's or a guest's, and the way from one to the other.
@ It runs in Hyp mode at its VA. There is one context for each virtual CPU and one for the host on each
@ CPU; both have the same layout, so that saving one and restoring the other are the same code.
@
@ Whose world it is, VTTBR says: the host has VMID 0, a guest never. HTPIDR holds the address of the context.
@
@     host: hvc -> world_enter ----> guest runs ----> world_trap, world_irq
@                                        ^                |        |
@                                        +- world_resume -+        v
@     host: r0 = why  <---------------------------------------- world_leave

        .syntax unified
        .{{ isa }}

{% from "stack.inc" import stack_check with context %}
{{ equ("HCPTR_NONE", "HDCR_KEEP", "CNTHCTL_PL1", "STACK_SIZE", "LAST_STACK_SIZE", "VCPU_SHIFT", "VCPU_COUNT", "VTCR_VALUE", "HCR_GUEST",
       "HSTR_GUEST", "HCPTR_GUEST", "HCPTR_VFP", "HDCR_GUEST", "CNTHCTL_GUEST", "TIMER_ENABLE",
       "TIMER_IMASK", "FPEXC_EN", "GUEST_SCTLR", "GUEST_PSR", "PSR_T", "GUEST_RAM",
       "GUEST_ACTLR", "PHYSICAL_HIGH", "HCR_VA", "DFSC_ASYNCHRONOUS") }}
{{ equ(*vcpu_symbols) }}
{% if all_cpus %}
{{ equ("CPU_COUNT") }}
        .equ    VMID_LAST, 7                    @ as if VMIDs had 3 bits, for them to run out soon; 0 is the host's
{% else %}
        .equ    VMID_LAST, 255                  @ VMIDs have 8 bits; 0 is the host's
{% endif %}
        .equ    VMIDS_GENERATION, 0             @ words of world_vmids
        .equ    VMIDS_NEXT, 4
{% if all_cpus %}
        .equ    VMIDS_LAST_ON, 8                @ by CPU: the VMID of the guest that it entered last
        .equ    VMIDS_RESERVED, VMIDS_LAST_ON + 4 * CPU_COUNT
{% endif %}

        .section .world.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ world_vectors: HVBAR from world_init to world_exit. What Hyp mode itself takes stays the runtime's.
@ ------------------------------------------------------------------------------------------------
        .balign 32                              @ HVBAR<4:0> are SBZ
{{ vector_table("world_vectors") }}
        {{ branch }}hyp_reset                       @ 0x00 not used in Hyp mode
        {{ branch }}hyp_undefined                   @ 0x04 Undefined Instruction in Hyp mode
        {{ branch }}hyp_call_in_hyp                 @ 0x08 SVC or HVC in Hyp mode
        {{ branch }}hyp_prefetch_abort              @ 0x0c Prefetch Abort in Hyp mode
        {{ branch }}world_hyp_abort                 @ 0x10 Data Abort in Hyp mode
        {{ branch }}world_trap                      @ 0x14 Hyp Trap, or HVC from PL1
        {{ branch }}world_irq                       @ 0x18 IRQ
        {{ branch }}world_fiq                       @ 0x1c FIQ
{{ end_vector_table("world_vectors") }}

{% macro exception(name, slot, theirs, then) %}
@ ------------------------------------------------------------------------------------------------
@ {{ name }}: slot {{ slot }}, from the host or from a guest
@   entry     Hyp mode, as the exception left it
@   exit      at {{ theirs }}, all registers as they were, if the host was interrupted
@             at {{ then }} with r0 = context, its core registers saved, if a guest was
@   clobbers  of a guest everything, which is saved
@ ------------------------------------------------------------------------------------------------
{{ function(name) }}
        push    {r0, r1}
        {{ read("VTTBR", "r0", "r1") }}
        ubfx    r1, r1, #16, #8                 @ VMID
        cmp     r1, #0
        popeq   {r0, r1}
        beq     {{ theirs }}

        {{ read("HTPIDR", "r0") }}
        add     r1, r0, #VCPU_R2
        stm     r1, {r2-r12}
        pop     {r2, r3}
        str     r2, [r0, #VCPU_R0]
        str     r3, [r0, #VCPU_R1]
        mrs     r1, elr_hyp
        str     r1, [r0, #VCPU_PC]
        mrs     r1, spsr
        str     r1, [r0, #VCPU_PSR]
        mrs     r1, SP_usr
        str     r1, [r0, #VCPU_SP_USR]
        str     lr, [r0, #VCPU_LR_USR]          @ Hyp mode has User mode's LR
        b       {{ then }}
{{ end_function(name) }}
{% endmacro %}
{{ exception("world_trap", "0x14", "hyp_trap", "world_dispatch") }}
{{ exception("world_irq", "0x18", "hyp_irq", "world_interrupted") }}
{{ exception("world_fiq", "0x1c", "hyp_fiq", "world_fast_interrupted") }}
@ ------------------------------------------------------------------------------------------------
@ world_hyp_abort: slot 0x10, a Data Abort in Hyp mode
@   entry     Hyp mode, as the exception left it
@   exit      back in the window of world_leave, a virtual abort pending for the guest that is left, if an
@             asynchronous abort came there; at hyp_data_abort, all registers as they were, for any other
@   clobbers  nothing
@ ------------------------------------------------------------------------------------------------
{{ function("world_hyp_abort") }}
{{ stack_check() }}
        push    {r0, r1}
        {{ read("HSR", "r0") }}
        and     r0, r0, #0x3f                   @ ISS.DFSC
        cmp     r0, #DFSC_ASYNCHRONOUS
        bne     1f
        mrs     r0, elr_hyp
        ldr     r1, =world_window
        sub     r0, r0, r1
        cmp     r0, #4                          @ at the ISB, or behind it
        bhi     1f
        {{ read("HCR", "r0") }}
        orr     r0, r0, #HCR_VA
        {{ write("HCR", "r0", note="world_leave keeps it with the guest's context") }}
        pop     {r0, r1}
        eret
1:      pop     {r0, r1}
        b       hyp_data_abort
{{ end_function("world_hyp_abort") }}

@ ------------------------------------------------------------------------------------------------
@ world_resume: the guest goes on; what the exceptions above saved is all that has changed hands
@   entry     r0 = context
@   exit      in the guest
@   clobbers  everything: all registers are the guest's
@ ------------------------------------------------------------------------------------------------
{{ function("world_resume") }}
        ldr     r1, [r0, #VCPU_PC]
        msr     elr_hyp, r1
        ldr     r1, [r0, #VCPU_PSR]
        msr     spsr_cxsf, r1
        ldr     r1, [r0, #VCPU_SP_USR]
        msr     SP_usr, r1
        ldr     lr, [r0, #VCPU_LR_USR]
        clrex                                   @ a STREX must not pair with somebody else's LDREX
        ldm     r0, {r0-r12}
        eret                                    @ synchronises every register of the guest
{{ end_function("world_resume") }}

@ ------------------------------------------------------------------------------------------------
@ world_init(r0 = index of this CPU): make the CPU ready for guests
@   entry     the Hyp MMU on, HVBAR = hyp_vectors
@   exit      HVBAR = world_vectors; r0 = 0, or 1 if GICH has too few List registers
@   clobbers  r1 to r3, r12 (AAPCS)
@ ------------------------------------------------------------------------------------------------
{{ function("world_init") }}
{% block init_context %}
        ldr     r1, =world_hosts
        add     r1, r1, r0, lsl #VCPU_SHIFT
        {{ write("HTPIDR", "r1") }}
        ldr     r1, =world_vectors
        {{ write("HVBAR", "r1") }}
{% endblock %}

{% block init_stage2 %}
        @ VTCR is UNKNOWN at reset, and so is the VMID that the host would run under.
        ldr     r1, =VTCR_VALUE
        {{ write("VTCR", "r1") }}
        mov     r1, #0
        {{ write("VTTBR", "r1", "r1", note="VMID 0: the host") }}
        @ So is what the TLB holds of guests. The ERET to the host makes VTTBR and HVBAR valid.
        {{ operate("TLBIALLNSNH") }}
        dsb     nsh
{% endblock %}

{% block init_timers %}
        @ The timers that firmware may have left running: from now on they are the hypervisor's.
        mov     r1, #0
        {{ write("CNTHP_CTL", "r1") }}
        {{ write("CNTV_CTL", "r1", note="off when the ERET lets interrupts in") }}
{% endblock %}
        b       world_interrupts_init           @ returns r0
{{ end_function("world_init") }}

@ ------------------------------------------------------------------------------------------------
@ world_exit(): the CPU is the host's alone again; teardown may follow
@   entry     called for the host (hvc #HVC_CALL)
@   exit      HVBAR = hyp_vectors, no timer of ours runs; r0 = 0
@   clobbers  r1 (AAPCS)
@ ------------------------------------------------------------------------------------------------
{{ function("world_exit") }}
        mov     r0, #0
        {{ write("CNTHP_CTL", "r0") }}
        ldr     r1, =hyp_vectors
        {{ write("HVBAR", "r1") }}
        @ What the TLB still holds of guests is under VMIDs that nobody runs under before the next world_init,
        @ which invalidates it. The ERET to the host synchronises HVBAR.
        bx      lr
{{ end_function("world_exit") }}

@ ------------------------------------------------------------------------------------------------
@ world_create(r0 = number of a virtual CPU, r1 = high word of the virtual time at which it begins)
@   entry     its memory holds its payload as the loader left it
@   exit      its context is that of a CPU out of reset; r0 = 0
@   clobbers  r1 to r3, r12 (AAPCS)
@ ------------------------------------------------------------------------------------------------
{{ function("world_create") }}
        push    {r4, r5, r6, lr}
        mov     r4, r0
        mov     r5, r1
        ldr     r6, =world_vcpus
        add     r6, r6, r0, lsl #VCPU_SHIFT

{% block create_zero %}
        @ Everything is defined, and nothing is left of the host or of the guest before.
        mov     r0, #0
        mov     r1, #1 << VCPU_SHIFT
1:      subs    r1, r1, #4
        str     r0, [r6, r1]
        bne     1b
{% endblock %}

{% block create_state %}
        ldr     r0, =GUEST_RAM
        str     r0, [r6, #VCPU_PC]
        ldr     r0, =GUEST_PSR
        cmp     r4, #1
        orreq   r0, r0, #PSR_T                  @ virtual CPU 1 has the Thumb payload
        str     r0, [r6, #VCPU_PSR]
        ldr     r0, =GUEST_SCTLR
        str     r0, [r6, #VCPU_SCTLR]
        ldr     r0, =HCR_GUEST
        str     r0, [r6, #VCPU_HCR]
        ldr     r0, =GUEST_ACTLR
        str     r0, [r6, #VCPU_ACTLR]
        {{ read("MIDR", "r0") }}
        orr     r0, r0, #0xf                    @ the CPU's own, but for its Revision: no guest mends what Hyp mode must
        str     r0, [r6, #VCPU_VPIDR]
        orr     r0, r4, #1 << 31                @ the multiprocessor format, affinity = its number
        str     r0, [r6, #VCPU_VMPIDR]
        ldr     r0, =world_roots
        ldr     r0, [r0, r4, lsl #2]
        str     r0, [r6, #VCPU_ROOT]
        mov     r0, #PHYSICAL_HIGH
        str     r0, [r6, #VCPU_ROOT + 4]
        ldr     r0, =world_level3
        ldr     r0, [r0, r4, lsl #2]
        str     r0, [r6, #VCPU_LEVEL3]
{% endblock %}

{% block create_time %}
        @ Virtual time = physical time - CNTVOFF: it begins at r5 << 32.
        {{ read("CNTPCT", "r0", "r1") }}
        sub     r1, r1, r5
        str     r0, [r6, #VCPU_CNTVOFF]
        str     r1, [r6, #VCPU_CNTVOFF + 4]
{% endblock %}

        @ The guest begins with its MMU and caches off. Its memory has its payload: as all of the image, the loader
        @ put it there, or the boot code did (hyp_mmu_off) where firmware's caches were on.
        mov     r0, #0
        pop     {r4, r5, r6, pc}
{{ end_function("world_create") }}

@ ------------------------------------------------------------------------------------------------
@ world_clean(r0 = VA, r1 = bytes): clean and invalidate memory to the point of coherency
@   entry     r0 aligned to a page
@   exit      this CPU finds in memory what the newest line had; so does another, after the DSB of world_leave
@   clobbers  r0 to r3 (AAPCS)
@ ------------------------------------------------------------------------------------------------
{{ function("world_clean") }}
        {{ read("CTR", "r2") }}
        ubfx    r2, r2, #16, #4                 @ DminLine: log2 of the words of the smallest line
        mov     r3, #4
        lsl     r2, r3, r2
        add     r1, r1, r0
1:      {{ operate("DCCIMVAC", "r0") }}
        add     r0, r0, r2
        cmp     r0, r1
        blo     1b
        dmb     nsh                             @ before what the guest loads and stores, which goes on here
        bx      lr
{{ end_function("world_clean") }}

@ ------------------------------------------------------------------------------------------------
@ world_enter(r0 = number of a virtual CPU): run it until it needs the host
@   entry     called for the host (hvc #HVC_CALL), world_init and world_create have run
@   exit      r0 = why it returns: EXIT_HVC and so on
@             the host's banked registers, CP15 context and floating-point registers as they were
@   clobbers  r1 to r3, r12 (AAPCS)
@ ------------------------------------------------------------------------------------------------
{{ function("world_enter") }}
        push    {r3-r11, lr}                    @ r3 keeps SP 8-byte aligned
        ldr     r4, =world_vcpus
        add     r4, r4, r0, lsl #VCPU_SHIFT

{% block enter_vmid %}
        mov     r0, r4
        bl      world_vmid
{% endblock %}

{% block enter_save_host %}
        {{ read("HTPIDR", "r0") }}
        str     r0, [r4, #VCPU_HOST]
        bl      world_save
        {{ write("HTPIDR", "r4") }}
{% endblock %}

{% block enter_vfp %}
        @ The guest's first floating-point instruction must trap to Hyp mode. It does only if FPEXC.EN is 1:
        @ otherwise it is UNDEFINED at PL1, where nobody knows that its registers are still the host's.
        vmrs    r1, fpexc
        str     r1, [r0, #VCPU_FPEXC]
        ldr     r1, =FPEXC_EN
        vmsr    fpexc, r1
{% endblock %}

{% block enter_traps %}
        @ No ISB for any of this: nothing at PL1 runs before the ERET of world_resume.
        ldr     r1, [r4, #VCPU_HCR]
        {{ write("HCR", "r1") }}
        ldr     r1, =HSTR_GUEST
        {{ write("HSTR", "r1") }}
        ldr     r1, =HCPTR_GUEST
        {{ write("HCPTR", "r1") }}
        {{ read("HDCR", "r1") }}
        and     r1, r1, #HDCR_KEEP
        ldr     r2, =HDCR_GUEST
        orr     r1, r1, r2
        {{ write("HDCR", "r1") }}
        ldr     r1, [r4, #VCPU_VPIDR]
        {{ write("VPIDR", "r1") }}
        ldr     r1, [r4, #VCPU_VMPIDR]
        {{ write("VMPIDR", "r1") }}
        ldr     r1, [r4, #VCPU_ROOT]
        ldr     r2, [r4, #VCPU_ROOT + 4]
        ldr     r3, [r4, #VCPU_VMID]
        orr     r2, r2, r3, lsl #16             @ VTTBR<55:48>
        {{ write("VTTBR", "r1", "r2", note="from here on exceptions are the guest's") }}
{% endblock %}

{% block enter_interrupts %}
{% if gic %}
        mov     r0, r4
        bl      world_vgic_restore
{% endif %}
{% endblock %}

{% block enter_timer %}
        ldr     r1, =CNTHCTL_GUEST
        {{ write("CNTHCTL", "r1") }}
        ldr     r1, [r4, #VCPU_CNTVOFF]
        ldr     r2, [r4, #VCPU_CNTVOFF + 4]
        {{ write("CNTVOFF", "r1", "r2") }}
        ldr     r1, [r4, #VCPU_CNTV_CVAL]
        ldr     r2, [r4, #VCPU_CNTV_CVAL + 4]
        {{ write("CNTV_CVAL", "r1", "r2") }}
        ldr     r1, [r4, #VCPU_CNTV_CTL]
        {{ write("CNTV_CTL", "r1") }}
{% endblock %}

{% block enter_guest %}
        mov     r0, r4
        bl      world_restore
        b       world_resume
{% endblock %}
{{ end_function("world_enter") }}

@ ------------------------------------------------------------------------------------------------
@ world_leave: from a guest back to the host, who called world_enter
@   entry     r0 = the guest's context, its core registers saved; r1 = why
@   exit      returns from world_enter with r0 = why
@   clobbers  r1 to r3, r12 (AAPCS), as world_enter says
@ ------------------------------------------------------------------------------------------------
{{ function("world_leave") }}
        mov     r4, r0
        mov     r5, r1
        ldr     r6, [r0, #VCPU_HOST]

{% block leave_abort %}
        @ What the guest stored last may still end in an asynchronous abort, which must not look like the host's or
        @ another guest's. Everything of this exit is in the context, so that Hyp mode can take one here.
        @ It may go on on another CPU: that one's walks, and its accesses past the caches, find complete what was
        @ stored and cleaned here for it.
        dsb                                     @ all that the guest began is complete, an abort of it pending
        cpsie   a
world_window:
        isb                                     @ it is taken here at the latest: world_hyp_abort
        cpsid   a
{% endblock %}

{% block leave_vfp %}
        @ If the guest used the floating-point unit, its registers change hands: see world_vfp.
        {{ read("HCPTR", "r7") }}
        ldr     r1, =HCPTR_NONE
        {{ write("HCPTR", "r1") }}
        isb                                     @ Hyp mode traps itself until HCPTR is synchronised
        tst     r7, #HCPTR_VFP
        bne     1f
        vmrs    r1, fpexc
        str     r1, [r4, #VCPU_FPEXC]
        mov     r0, r4
        bl      world_vfp_save
        mov     r0, r6
        bl      world_vfp_restore
1:      ldr     r1, [r6, #VCPU_FPEXC]
        vmsr    fpexc, r1
{% endblock %}

{% block leave_timer %}
        {{ read("CNTV_CTL", "r1") }}
        and     r1, r1, #TIMER_ENABLE | TIMER_IMASK
        str     r1, [r4, #VCPU_CNTV_CTL]
        mov     r1, #0
        {{ write("CNTV_CTL", "r1", note="the virtual timer runs for guests only") }}
        {{ read("CNTV_CVAL", "r1", "r2") }}
        str     r1, [r4, #VCPU_CNTV_CVAL]
        str     r2, [r4, #VCPU_CNTV_CVAL + 4]
        mov     r1, #0
        {{ write("CNTVOFF", "r1", "r1") }}
        mov     r1, #CNTHCTL_PL1
        {{ write("CNTHCTL", "r1") }}
{% endblock %}

{% block leave_interrupts %}
{% if gic %}
        mov     r0, r4
        bl      world_vgic_save
{% endif %}
{% endblock %}

{% block leave_save_guest %}
        mov     r0, r4
        bl      world_save
        @ HCR.VA is cleared when the guest takes its abort; what is still pending stays pending.
        {{ read("HCR", "r1") }}
        str     r1, [r4, #VCPU_HCR]
{% endblock %}

{% block leave_traps %}
        @ No ISB here either: the host runs after the ERET of hyp_trap.
        mov     r1, #0
        {{ write("HCR", "r1") }}
        {{ write("HSTR", "r1") }}
        {{ write("VTTBR", "r1", "r1", note="VMID 0: the host") }}
        {{ read("HDCR", "r1") }}
        and     r1, r1, #HDCR_KEEP
        {{ write("HDCR", "r1") }}
        {{ read("MIDR", "r1") }}
        {{ write("VPIDR", "r1") }}
        {{ read("MPIDR", "r1") }}
        {{ write("VMPIDR", "r1") }}
{% endblock %}

{% block leave_host %}
        {{ write("HTPIDR", "r6") }}
        mov     r0, r6
        bl      world_restore
        clrex
        mov     r0, r5
        pop     {r3-r11, pc}
{% endblock %}
{{ end_function("world_leave") }}

{% macro core(load, banked, field) %}
{% if load %}
        ldr     r1, [r0, #VCPU_{{ field }}]
        msr     {{ banked }}, r1
{% else %}
        mrs     r1, {{ banked }}
        str     r1, [r0, #VCPU_{{ field }}]
{% endif %}
{% endmacro %}
{% macro banked(load) %}
{% for mode in ("svc", "abt", "und", "irq") %}
{% for name in ("SP", "LR", "SPSR") %}
{{ core(load, name ~ "_" ~ mode, name ~ "_" ~ mode.upper()) -}}
{% endfor %}
{% endfor %}
{% for name in ("r8", "r9", "r10", "r11", "r12", "SP", "LR", "SPSR") %}
{{ core(load, name ~ "_fiq", name.upper() ~ "_FIQ") -}}
{% endfor %}
{% endmacro %}
@ ------------------------------------------------------------------------------------------------
@ world_save, world_restore: the banked registers and the CP15 context of a world
@ world_save_banked, world_restore_banked: the banked registers alone
@   entry     r0 = context
@   exit      r0 unchanged
@   clobbers  r1, r2
@
@ The host's User mode SP is saved here too; its LR and the rest are on the Hyp stack (hyp_trap, world_enter).
@ ------------------------------------------------------------------------------------------------
{{ function("world_save") }}
        mrs     r1, SP_usr
        str     r1, [r0, #VCPU_SP_USR]
{% for name in cp15_pairs %}
        {{ read(name, "r1", "r2") }}
        str     r1, [r0, #VCPU_{{ name }}]
        str     r2, [r0, #VCPU_{{ name }} + 4]
{% endfor %}
{% for name in cp15_words %}
        {{ read(name, "r1") }}
        str     r1, [r0, #VCPU_{{ name }}]
{% endfor %}
{{ end_function("world_save") }}
{{ function("world_save_banked") }}
{{ banked(false) }}
        bx      lr
{{ end_function("world_save_banked") }}

{{ function("world_restore") }}
        ldr     r1, [r0, #VCPU_SP_USR]
        msr     SP_usr, r1
{% for name in cp15_pairs %}
        ldr     r1, [r0, #VCPU_{{ name }}]
        ldr     r2, [r0, #VCPU_{{ name }} + 4]
        {{ write(name, "r1", "r2") }}
{% endfor %}
{% for name in cp15_words %}
        ldr     r1, [r0, #VCPU_{{ name }}]
        {{ write(name, "r1") }}
{% endfor %}
{{ end_function("world_restore") }}
{{ function("world_restore_banked") }}
{{ banked(true) }}
        bx      lr
{{ end_function("world_restore_banked") }}

@ ------------------------------------------------------------------------------------------------
@ world_vfp_save, world_vfp_restore: d0 to d31 and FPSCR
@   entry     r0 = context; HCPTR does not trap; FPEXC.EN may be 0 for world_vfp_save
@   exit      FPEXC.EN = 1
@   clobbers  r1
@
@ FPINST and FPINST2 are not there: the Cortex-A7's and A15's unit bounces no instruction (FPEXC.EX is 0).
@ ------------------------------------------------------------------------------------------------
{{ function("world_vfp_save") }}
        ldr     r1, =FPEXC_EN                   @ or the transfers below are UNDEFINED
        vmsr    fpexc, r1
        vmrs    r1, fpscr
        str     r1, [r0, #VCPU_FPSCR]
        add     r1, r0, #VCPU_VFP
        vstm    r1!, {d0-d15}
        vstm    r1, {d16-d31}
        bx      lr
{{ end_function("world_vfp_save") }}

{{ function("world_vfp_restore") }}
        add     r1, r0, #VCPU_VFP
        vldm    r1!, {d0-d15}
        vldm    r1, {d16-d31}
        ldr     r1, [r0, #VCPU_FPSCR]
        vmsr    fpscr, r1
        bx      lr
{{ end_function("world_vfp_restore") }}

@ ------------------------------------------------------------------------------------------------
@ world_vmid(r0 = context): give a virtual CPU a VMID that nobody else has in this generation
@   entry     HTPIDR = the host's context
@   exit      VCPU_VMID and VCPU_GENERATION are valid
@   clobbers  r0 to r3, r12 (AAPCS)
@
@ When all are used a new generation begins: every VMID may be given again, so everything that a TLB knows
@ under the old ones must go first, on all CPUs.
{% if all_cpus %}
@ A guest that runs on another CPU at that moment goes on under its old one, and fills that CPU's TLB: that
@ VMID is given to nobody as long as the generation lasts. What a CPU entered last counts as running, until
@ it enters another: so nothing has to be undone, in order, when it leaves.
{% endif %}
@ ------------------------------------------------------------------------------------------------
{{ function("world_vmid") }}
        push    {r4-r8, lr}
        mov     r4, r0
{% if all_cpus %}
        {{ read("HTPIDR", "r5") }}
        ldr     r0, =world_hosts
        sub     r5, r5, r0
        lsr     r5, r5, #VCPU_SHIFT             @ index of this CPU
        bl      world_lock
{% endif %}
        ldr     r6, =world_vmids
        ldr     r2, [r6, #VMIDS_GENERATION]
        ldr     r3, [r4, #VCPU_GENERATION]
        cmp     r2, r3
        beq     3f

{% block vmid_next %}
        ldr     r7, [r6, #VMIDS_NEXT]
1:      cmp     r7, #VMID_LAST
        blhi    world_new_generation            @ r7 = 1
{% if all_cpus %}
        bl      world_is_reserved
        addeq   r7, r7, #1
        beq     1b
{% endif %}
        add     r0, r7, #1
        str     r0, [r6, #VMIDS_NEXT]
        ldr     r2, [r6, #VMIDS_GENERATION]
        str     r2, [r4, #VCPU_GENERATION]
        str     r7, [r4, #VCPU_VMID]
{% endblock %}
3:
{% if all_cpus %}
        ldr     r7, [r4, #VCPU_VMID]
        add     r0, r6, #VMIDS_LAST_ON
        str     r7, [r0, r5, lsl #2]
        bl      world_unlock
{% endif %}
        pop     {r4-r8, pc}
{{ end_function("world_vmid") }}

@ ------------------------------------------------------------------------------------------------
@ world_new_generation: all VMIDs may be given again
@   entry     r6 = world_vmids{% if all_cpus %}, locked; r5 = index of this CPU{% endif %}

@   exit      the generation is the next one, r7 = its first VMID; no TLB holds anything of those before
@   clobbers  r0 to r3
@
@ Caches hold nothing by VMIDs: those of instructions are physically tagged (CTR.L1Ip), too.
@ ------------------------------------------------------------------------------------------------
{{ function("world_new_generation") }}
        ldr     r0, [r6, #VMIDS_GENERATION]
        add     r0, r0, #1
        str     r0, [r6, #VMIDS_GENERATION]
        mov     r7, #1
{% if all_cpus %}
        add     r1, r6, #VMIDS_LAST_ON
        add     r2, r6, #VMIDS_RESERVED
        mov     r3, #0
1:      ldr     r0, [r1, r3, lsl #2]
        cmp     r3, r5
        moveq   r0, #0                          @ this CPU runs no guest now
        str     r0, [r2, r3, lsl #2]
        add     r3, r3, #1
        cmp     r3, #CPU_COUNT
        blo     1b
{% endif %}
        {{ operate("TLBIALLNSNHIS") }}
        dsb     ish                             @ complete on every CPU; the ERET to the guest has its fetches see it
        bx      lr
{{ end_function("world_new_generation") }}
{% if all_cpus %}

@ ------------------------------------------------------------------------------------------------
@ world_is_reserved: may a VMID not be given in this generation?
@   entry     r6 = world_vmids, locked; r7 = VMID
@   exit      Z set: a guest had it on some CPU when the generation began
@   clobbers  r0 to r2
@ ------------------------------------------------------------------------------------------------
{{ function("world_is_reserved") }}
        add     r1, r6, #VMIDS_RESERVED
        mov     r2, #CPU_COUNT
1:      ldr     r0, [r1], #4
        cmp     r0, r7
        bxeq    lr
        subs    r2, r2, #1
        bne     1b
        movs    r0, #1                          @ Z clear
        bx      lr
{{ end_function("world_is_reserved") }}

@ ------------------------------------------------------------------------------------------------
@ world_lock, world_unlock: world_vmids is this CPU's alone
@   entry     Hyp MMU and caches on: LDREX and STREX need Normal memory that the CPUs share
@   exit      world_lock: no other CPU has it; world_unlock: whoever waits may take it
@   clobbers  r0 to r2
@ ------------------------------------------------------------------------------------------------
{{ function("world_lock") }}
        ldr     r0, =world_vmids_lock
        mov     r1, #1
1:      ldrex   r2, [r0]
        cmp     r2, #0
        bne     1b
        strex   r2, r1, [r0]
        cmp     r2, #0
        bne     1b
        dmb     ish                             @ what the lock guards comes after it
        bx      lr
{{ end_function("world_lock") }}

{{ function("world_unlock") }}
        ldr     r0, =world_vmids_lock
        mov     r1, #0
        dmb     ish                             @ form, D7: loads that the lock guards come before this, not only stores
        str     r1, [r0]
        bx      lr
{{ end_function("world_unlock") }}
{% endif %}

@ ------------------------------------------------------------------------------------------------
@ world_get(r0 = number of a virtual CPU, r1 = offset of a field): r0 = the field
@ world_set(r0 = number of a virtual CPU, r1 = offset of a field, r2 = value): r0 = the value before
@   entry     Hyp mode, MMU on
@   exit      as said
@   clobbers  r3 (AAPCS)
@ ------------------------------------------------------------------------------------------------
{{ function("world_get") }}
        ldr     r3, =world_vcpus
        add     r3, r3, r0, lsl #VCPU_SHIFT
        ldr     r0, [r3, r1]
        bx      lr
{{ end_function("world_get") }}

{{ function("world_set") }}
        ldr     r3, =world_vcpus
        add     r3, r3, r0, lsl #VCPU_SHIFT
        ldr     r0, [r3, r1]
        str     r2, [r3, r1]
        bx      lr
{{ end_function("world_set") }}

@ ------------------------------------------------------------------------------------------------
@ world_generation(): r0 = the present generation of VMIDs
@   entry     Hyp mode, MMU on
@   exit      as said
@   clobbers  nothing else
@ ------------------------------------------------------------------------------------------------
{{ function("world_generation") }}
        ldr     r0, =world_vmids
        ldr     r0, [r0]
        bx      lr
{{ end_function("world_generation") }}

        .ltorg

        .section .world.data, "aw", %progbits
        .balign 8
{{ object("world_vcpus") }}
        .space  VCPU_COUNT << VCPU_SHIFT, 0xa5  @ what was there before: nothing of it may come to a guest
{{ end_object("world_vcpus") }}
{{ object("world_hosts") }}
        .space  {{ mpidrs | length }} << VCPU_SHIFT
{{ end_object("world_hosts") }}
{{ object("world_vmids") }}
        .word   1                               @ generation; 0 is nobody's
        .word   1                               @ next VMID; 0 is the host's
{% if all_cpus %}
        .space  4 * CPU_COUNT                   @ by CPU, the last VMID on it
        .space  4 * CPU_COUNT                   @ by CPU, that of when this generation began
{% endif %}
{{ end_object("world_vmids") }}
{% if all_cpus %}
{{ object("world_vmids_lock") }}
        .word   0
{{ end_object("world_vmids_lock") }}
{% endif %}
{{ object("world_roots") }}
{% for guest in guests %}
        {{ commented(".word   " ~ hex(guest.root_low), "stage 2 root of virtual CPU " ~ loop.index0 ~ ", low word of its PA") }}
{% endfor %}
{{ end_object("world_roots") }}
{{ object("world_memories") }}
{% for guest in guests %}
        {{ commented(".word   " ~ hex(guest.memory), "memory of virtual CPU " ~ loop.index0 ~ ", a VA of Hyp mode") }}
{% endfor %}
{{ end_object("world_memories") }}
{{ object("world_level3") }}
{% for guest in guests %}
        {{ commented(".word   " ~ hex(guest.level3), "stage 2 level 3 table of its memory, a VA of Hyp mode") }}
{% endfor %}
{{ end_object("world_level3") }}
