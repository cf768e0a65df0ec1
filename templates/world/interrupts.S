@ world/interrupts.S for {{ board.name }}
@
{% if gic %}
@ Physical and virtual interrupts by the GIC: the distributor and the CPU interface deliver the interrupts
@ of the two timers that the hypervisor uses; GICH holds the virtual interrupts of the guest that runs. The
@ virtual timer's is linked: the physical interrupt stays active until the guest ends the virtual one.
{% else %}
@ Physical interrupts by the BCM2836's local controller, which has the timers of each core and nothing to
@ acknowledge. It has no List registers: virtual interrupts are pending by HCR.VI alone.
{% endif %}

        .syntax unified
        .{{ isa }}

{{ equ("TIMER_ENABLE", "TIMER_IMASK", "TIMER_HYP_ID", "TIMER_VIRTUAL_ID") }}
{% if gic %}
{{ equ("VCPU_GICH_VMCR", "VCPU_GICH_APR", "VCPU_GICH_LR0", "VCPU_GICH_LR1", "VCPU_GICH_LR2",
       "VCPU_GICH_LR3", "MAINTENANCE_ID", "WORLD_GICC", "WORLD_GICH", "WORLD_GICD") }}
        .equ    GICD_CTLR, 0x000
        .equ    GICD_IGROUPR0, 0x080
        .equ    GICD_ISENABLER0, 0x100
        .equ    GICD_ISACTIVER0, 0x300
        .equ    GICD_ICACTIVER0, 0x380
        .equ    GICC_CTLR, 0x00
        .equ    GICC_ON, 1 | 1 << 9             @ our group; EOImode: EOIR drops the priority, DIR deactivates
        .equ    GICC_PMR, 0x04
        .equ    GICC_IAR, 0x0c
        .equ    GICC_EOIR, 0x10
        .equ    GICC_DIR, 0x1000
        .equ    GICH_HCR, 0x00
        .equ    GICH_HCR_EN, 1
        .equ    GICH_VTR, 0x04
        .equ    GICH_VMCR, 0x08
        .equ    GICH_APR, 0xf0
        .equ    GICH_LR0, 0x100
        .equ    LR_STATE, 3 << 28               @ pending, active, or both
        .equ    LR_HW, 1 << 31                  @ linked to the physical interrupt in <19:10>
        .equ    LIST_REGISTERS, {{ list_registers }}
        .equ    ID_SPECIAL, 1020                @ IDs from here on are no interrupts
{% else %}
{{ equ("WORLD_LOCAL") }}
        .equ    LOCAL_TIMER_CONTROL, 0x40       @ a word for each core: which timers interrupt it
        .equ    LOCAL_IRQ_SOURCE, 0x60          @ a word for each core: which do now
{% endif %}

        .section .world.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ world_interrupts_init(): let the Hyp timer and the virtual timer interrupt this CPU
@   entry     both timers off
@   exit      r0 = 0, or 1 if GICH has too few List registers
@   clobbers  r1 to r3 (AAPCS)
@ ------------------------------------------------------------------------------------------------
{{ function("world_interrupts_init") }}
{% if gic %}
        @ Group 0 where the GIC has no Security Extensions; where it has, firmware gave us Group 1, and
        @ IGROUPR ignores us. Either way bit 0 of both CTLRs is the enable of the group that is ours.
        ldr     r1, =WORLD_GICD
        mov     r0, #0
        str     r0, [r1, #GICD_IGROUPR0]
        ldr     r0, =1 << TIMER_HYP_ID | 1 << TIMER_VIRTUAL_ID | 1 << MAINTENANCE_ID
        {{ to_le("r0") }}str     r0, [r1, #GICD_ISENABLER0]
        mov     r0, #1
        {{ to_le("r0") }}str     r0, [r1, #GICD_CTLR]
        ldr     r1, =WORLD_GICC
        mov     r0, #0xf0                       @ every priority that we use passes
        {{ to_le("r0") }}str     r0, [r1, #GICC_PMR]
        ldr     r0, =GICC_ON
        {{ to_le("r0") }}str     r0, [r1, #GICC_CTLR]

        ldr     r1, =WORLD_GICH
        mov     r0, #0
        str     r0, [r1, #GICH_HCR]             @ UNKNOWN: no virtual interrupt yet
        ldr     r0, [r1, #GICH_VTR]{{ from_le("r0") }}
        and     r0, r0, #0x3f                   @ ListRegs: their number less one
        cmp     r0, #LIST_REGISTERS - 1
        movhs   r0, #0
        movlo   r0, #1
        bx      lr
{% else %}
        {{ read("MPIDR", "r0", note="in Hyp mode: the real one") }}
        and     r0, r0, #3
        ldr     r1, =WORLD_LOCAL + LOCAL_TIMER_CONTROL
        mov     r2, #1 << TIMER_HYP_ID | 1 << TIMER_VIRTUAL_ID
        {{ to_le("r2") }}str     r2, [r1, r0, lsl #2]
        mov     r0, #0
        bx      lr
{% endif %}
{{ end_function("world_interrupts_init") }}

@ ------------------------------------------------------------------------------------------------
@ world_tick(r0 = ticks): take the CPU away from whoever runs when they have passed
@   entry     Hyp mode, MMU on
@   exit      r0 = 0
@   clobbers  nothing else
@ ------------------------------------------------------------------------------------------------
{{ function("world_tick") }}
        {{ write("CNTHP_TVAL", "r0") }}
        mov     r0, #TIMER_ENABLE
        {{ write("CNTHP_CTL", "r0") }}
        mov     r0, #0
        bx      lr                              @ the ERET to the host synchronises
{{ end_function("world_tick") }}

@ ------------------------------------------------------------------------------------------------
@ world_acknowledge: take the physical interrupt that is pending, and keep it from coming again
@   entry     r0 = context of the guest that it interrupted
@   exit      r0 unchanged, r1 = its number; {{ "1020 and above" if gic else "-1" }}: there was none
@   clobbers  r2 to r4
@ ------------------------------------------------------------------------------------------------
{{ function("world_acknowledge") }}
{% if gic %}
        ldr     r3, =WORLD_GICC
        ldr     r1, [r3, #GICC_IAR]{{ from_le("r1") }}
        ldr     r2, =ID_SPECIAL
        ubfx    r4, r1, #0, #10
        cmp     r4, r2
        mov     r2, r1
        mov     r1, r4
        bxhs    lr

        @ Each interrupts as long as its condition holds. The Hyp timer has done its work: off, and its line low at
        @ the latest with the return to a guest or the host, before which no interrupt is taken. GICH will be off
        @ when the guest is left, and its maintenance interrupt with it.
        cmp     r1, #TIMER_HYP_ID
        bne     1f
        mov     r4, #0
        {{ write("CNTHP_CTL", "r4") }}
1:
        {{ to_le("r2") }}str     r2, [r3, #GICC_EOIR]
        cmp     r1, #TIMER_VIRTUAL_ID           @ the guest's own: it stays active until the guest ends it
        addne   r3, r3, #GICC_DIR
        strne   r2, [r3]                        @ the same word
{% else %}
        {{ read("MPIDR", "r2", note="in Hyp mode: the real one") }}
        and     r2, r2, #3
        ldr     r3, =WORLD_LOCAL + LOCAL_IRQ_SOURCE
        ldr     r1, [r3, r2, lsl #2]{{ from_le("r1") }}
        clz     r1, r1
        rsb     r1, r1, #31                     @ the source; -1 if there is none
        @ Both timers interrupt as long as their condition holds. The Hyp timer has done its work: off. The
        @ virtual one is the guest's: masked, as it is for every guest that reads its own CTL in the handler. The
        @ lines are low at the latest with the return to a guest or the host, before which no interrupt is taken.
        cmp     r1, #TIMER_HYP_ID
        bne     1f
        mov     r2, #0
        {{ write("CNTHP_CTL", "r2") }}
1:      cmp     r1, #TIMER_VIRTUAL_ID
        bxne    lr
        {{ read("CNTV_CTL", "r2") }}
        orr     r2, r2, #TIMER_IMASK
        {{ write("CNTV_CTL", "r2") }}
{% endif %}
        bx      lr
{{ end_function("world_acknowledge") }}

{% if gic %}
{# Add to r3 the physical interrupt of the List register in r2, if it is linked and in use: a bit, as private
   interrupts have it in the Distributor. Clobbers r2 and r12. #}
{% macro linked() %}
        tst     r2, #LR_STATE
        tstne   r2, #LR_HW
        ubfxne  r12, r2, #10, #10
        movne   r2, #1
        lslne   r2, r2, r12
        orrne   r3, r3, r2
{% endmacro %}
@ ------------------------------------------------------------------------------------------------
@ world_vgic_restore, world_vgic_save: a guest's virtual interrupts
@   entry     r0 = context; its virtual timer is off
@   exit      r0 unchanged
@   clobbers  r1 to r3, r12
@
@ A linked physical interrupt is active as long as its virtual one is in use: for this guest only. All of it
@ is Device memory of one device: these accesses happen in this order without a barrier.
@ ------------------------------------------------------------------------------------------------
{{ function("world_vgic_restore") }}
        ldr     r1, =WORLD_GICH
        mov     r3, #0
{% for number in range(list_registers) %}
        ldr     r2, [r0, #VCPU_GICH_LR{{ number }}]
        {{ to_le("r2") }}str     r2, [r1, #GICH_LR0 + {{ 4 * number }}]{{ from_le("r2") }}
{{ linked() -}}
{% endfor %}
        ldr     r2, [r0, #VCPU_GICH_APR]
        {{ to_le("r2") }}str     r2, [r1, #GICH_APR]
        ldr     r2, [r0, #VCPU_GICH_VMCR]
        {{ to_le("r2") }}str     r2, [r1, #GICH_VMCR]
        ldr     r12, =WORLD_GICD
        {{ to_le("r3") }}str     r3, [r12, #GICD_ISACTIVER0]{{ from_le("r3") }}
        ldr     r2, =1 << TIMER_VIRTUAL_ID      @ active since it was acknowledged, for this guest or another
        bic     r2, r2, r3
        {{ to_le("r2") }}str     r2, [r12, #GICD_ICACTIVER0]
        mov     r2, #GICH_HCR_EN
        {{ to_le("r2") }}str     r2, [r1, #GICH_HCR]
        bx      lr
{{ end_function("world_vgic_restore") }}

{{ function("world_vgic_save") }}
        ldr     r1, =WORLD_GICH
        mov     r2, #0
        str     r2, [r1, #GICH_HCR]             @ off: nothing changes below
{% for number in range(list_registers) %}
        ldr     r2, [r1, #GICH_LR0 + {{ 4 * number }}]{{ from_le("r2") }}
        str     r2, [r0, #VCPU_GICH_LR{{ number }}]
{% endfor %}
        ldr     r2, [r1, #GICH_APR]{{ from_le("r2") }}
        str     r2, [r0, #VCPU_GICH_APR]
        ldr     r2, [r1, #GICH_VMCR]{{ from_le("r2") }}
        str     r2, [r0, #VCPU_GICH_VMCR]
        bx      lr
{{ end_function("world_vgic_save") }}

{% endif %}
        .ltorg
