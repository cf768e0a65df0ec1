@ boot.S for {{ board.name }} ({{ board.title }})
@
@ From firmware's hand-over in Hyp mode to the host part in SVC mode. The image is linked at virtual
@ addresses and runs here at its load address: every address of a symbol is converted before use.
@ {{ "Each CPU comes here: firmware starts the others at the same address." if all_cpus else
   "Only the boot CPU comes here: this image does not start the others." }}

        .syntax unified
        .arm

{% if way.mode == "secure-svc" %}
{{ equ("PSR_HYP_MASKED", "PSR_MON", "SCR_NONSECURE", "NSACR_ALL", "ACTLR_SMP", "VIRTUALIZATION",
       "HOST_STACK_SHIFT") }}
{% if way.has_gic %}
{{ equ("GICD_BASE", "GICC_BASE") }}
{% endif %}
{% if way.has_frequency %}
{{ equ("COUNTER_FREQUENCY") }}
{% endif %}
{% endif %}
{% if way.hyp_mmu %}
{{ equ("IMAGE_BYTES") }}
{% endif %}
{{ equ("PSR_MODE", "PSR_HYP", "PSR_SVC", "MPIDR_FLAGS", "CPU_COUNT", "IDMAP_OFFSET",
       "HSCTLR_OFF", "HCPTR_NONE", "HDCR_KEEP", "CNTHCTL_PL1", "SCTLR_OFF") }}

{% include "address.inc" %}

        .section .boot.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ _start: where firmware jumps to, at the load address {{ entry }}
{% if way.mode == "secure-svc" %}
@   entry     Secure SVC mode, ARM state, MMU and data cache off; no register holds anything known
{% elif way.hyp_mmu %}
@   entry     Hyp mode, ARM state, Hyp MMU and caches on, this code at VA = PA; no register holds anything known
{% else %}
@   entry     Hyp mode, ARM state, Hyp MMU and data cache off; no register holds anything known
{% endif %}@   exit      SVC mode at host_start, A, I and F masked, r11 = index of this CPU in the board's list
@   clobbers  everything
@ ------------------------------------------------------------------------------------------------
{{ function("_start") }}
{% include "enter.inc" %}
{% block which_cpu %}
        @ Which CPU is this? The list is in the order of the board file, the boot CPU first.
        {{ read("MPIDR", "r0") }}
        bic     r0, r0, #MPIDR_FLAGS
        ldr     r1, =cpu_mpidrs
        virt_to_idmap r1
        mov     r11, #0
1:      ldr     r2, [r1, r11, lsl #2]
        cmp     r2, r0
        beq     2f
        add     r11, r11, #1
        cmp     r11, #CPU_COUNT
        blo     1b
        b       boot_unknown_cpu
2:
{% endblock %}

{% if way.hyp_mmu %}
{% block hyp_mmu_off %}
{% include "hyp_mmu_off.inc" %}
{% endblock %}

{% endif %}
{% if way.mode == "secure-svc" %}
{% block monitor %}
{% include "monitor.inc" %}
{% endblock %}

{% endif %}
{% block check_mode %}
        @ Software cannot enter Hyp mode from PL1 by itself: firmware must have done so.
        mrs     r0, cpsr
        and     r0, r0, #PSR_MODE
{% if not host_mmu %}
        ldr     r1, =host_modes
        virt_to_idmap r1
        str     r0, [r1, r11, lsl #2]
{% endif %}
        cmp     r0, #PSR_HYP
        bne     boot_not_hyp
{% endblock %}

{% block install_stub %}
        @ The resident stub answers every HVC from now on. HSCTLR decides the instruction set and the
        @ endianness in which its vectors are entered, so it gets a whole value and not an edited one{{ ":
        @ it has that since the MMU went off" if way.hyp_mmu }}.
        ldr     r0, =hyp_stub_vectors
        virt_to_idmap r0
        {{ write("HVBAR", "r0") }}
{% if not way.hyp_mmu %}
        ldr     r0, =HSCTLR_OFF
        {{ write("HSCTLR", "r0") }}
{% endif %}
{% endblock %}

{% block open_pl1 %}
{% include "open_pl1.inc" %}
{% endblock %}

{% block leave_hyp %}
        @ The Non-secure copies of SCTLR and VBAR are UNKNOWN at reset: MMU and caches off, host vectors.
        ldr     r0, =SCTLR_OFF
        {{ write("SCTLR", "r0") }}
        ldr     r0, =host_vectors
        virt_to_idmap r0
        {{ write("VBAR", "r0") }}

        @ ERET is the context synchronisation event for every write above.
        ldr     r0, =PSR_SVC
        msr     spsr_cxsf, r0
        ldr     r0, =host_start
        virt_to_idmap r0
        msr     elr_hyp, r0
        ldr     r0, =text_was_hyp
        eret
{% endblock %}
{{ end_function("_start") }}

@ ------------------------------------------------------------------------------------------------
@ boot_not_hyp: firmware entered in another mode. Say so and stop.
@   entry     r0 = the mode, r11 = CPU index, MMU off
@   exit      none
@   clobbers  everything
@ ------------------------------------------------------------------------------------------------
{{ function("boot_not_hyp") }}
{% if mixed_modes %}
        cmp     r11, #0
        bne     1f
{% endif %}
        mov     r4, r0
        bl      host_stack
        mov     r0, r11
        bl      host_cpu
        ldr     r0, =text_not_hyp
        bl      host_text
        mov     r0, r4
        bl      host_hex
        bl      host_newline
        b       hypgen_failed
{% if mixed_modes %}

        @ Another CPU than the boot CPU: the host program is told by host_modes, and decides.
1:      ldr     r0, =host_vectors
        virt_to_idmap r0
        {{ write("VBAR", "r0") }}
        ldr     r0, =text_was_not_hyp
        b       host_start
{% endif %}
{{ end_function("boot_not_hyp") }}

@ ------------------------------------------------------------------------------------------------
@ boot_unknown_cpu: the board file does not list this CPU, so there is no stack for it.
@   entry     r0 = MPIDR's affinity fields, MMU off
@   exit      none
@   clobbers  everything
@ ------------------------------------------------------------------------------------------------
{{ function("boot_unknown_cpu") }}
        mov     r4, r0
        mov     r11, #0                         @ the line must name some CPU
        bl      host_stack
        mov     r0, r11
        bl      host_cpu
        ldr     r0, =text_unknown_cpu
        bl      host_text
        mov     r0, r4
        bl      host_hex
        bl      host_newline
        b       hypgen_failed
{{ end_function("boot_unknown_cpu") }}

        .ltorg
{% if way.mode == "secure-svc" %}

@ ------------------------------------------------------------------------------------------------
@ monitor_vectors: MVBAR from the way to Hyp mode on. Only SMC comes here: SCR routes nothing else.
@ ------------------------------------------------------------------------------------------------
        .balign 32                              @ MVBAR<4:0> are SBZ
{{ vector_table("monitor_vectors") }}
        {{ branch }}.                               @ 0x00 not used
        {{ branch }}.                               @ 0x04 not used
        {{ branch }}monitor_call                    @ 0x08 Secure Monitor Call
        {{ branch }}.                               @ 0x0c external Prefetch Abort: SCR.EA = 0
        {{ branch }}.                               @ 0x10 external Data Abort: SCR.EA = 0
        {{ branch }}.                               @ 0x14 not used
        {{ branch }}.                               @ 0x18 IRQ: SCR.IRQ = 0
        {{ branch }}.                               @ 0x1c FIQ: SCR.FIQ = 0
{{ end_vector_table("monitor_vectors") }}

@ ------------------------------------------------------------------------------------------------
@ monitor_call: no call is known here
@   entry     Monitor mode, as SMC leaves it
@   exit      returns; r0 = -1, which is NOT_SUPPORTED of the SMC calling convention
@   clobbers  r0
@ ------------------------------------------------------------------------------------------------
{{ function("monitor_call") }}
        mvn     r0, #0
        movs    pc, lr
{{ end_function("monitor_call") }}
        .ltorg
{% endif %}

        .section .host.rodata, "a", %progbits
text_was_hyp:
        .asciz  "boot: was in Hyp mode, the stub is resident, now in SVC mode with the MMU off"
{% if mixed_modes %}
text_was_not_hyp:
        .asciz  "boot: not entered in Hyp mode, as the boot CPU was; no stub, in SVC mode with the MMU off"
{% endif %}
text_not_hyp:
        .asciz  "boot: not entered in Hyp mode (0x0000001a), and nothing but firmware can go there; mode "
text_unknown_cpu:
        .asciz  "boot: the board file does not list a CPU with the affinity "
