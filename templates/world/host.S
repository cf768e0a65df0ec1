@ world/host.S for {{ board.name }}
@
@ The host part of every scenario with guests: it loads the hypervisor, runs two guests until both are
@ done, and unloads it. It is the scheduler and the policy; the mechanism is in Hyp mode. It reaches a
@ guest's context only by world_get and world_set, so that Hyp mode, whose caches are on, is the only one
@ to touch that memory.
@
@ Which steps the guests go through, the scenario's row says. Registers that live throughout, besides
@ those of support.S:
@   r4   number of the virtual CPU that runs
@   r5   bit n set: virtual CPU n is done
@   r7   times that the hypervisor's timer took the CPU away since the guest asked last

{% from "host.inc" import prologue, begin, check, call, hyp_on, hyp_off with context %}
{% block states %}
{% endblock %}
{{ prologue() }}
{{ equ("VCPU_R0", "VCPU_R1", "VCPU_R2", "VCPU_GENERATION", "VCPU_HCR", "VCPU_CNTVOFF", "VCPU_EXIT_HSR",
       "VCPU_EXIT_IRQ", "VCPU_COUNT", "GUEST_REPORT", "GUEST_YIELD", "GUEST_INJECT", "GUEST_ABORT", "GUEST_SERVED",
       "GUEST_TICK", "GUEST_LIST", "GUEST_OFFSET", "GUEST_IDENTITY", "GUEST_MOVE", "GUEST_STUCK", "GUEST_DONE", "EXIT_HVC", "EXIT_WAIT", "EXIT_ABORT",
       "EXIT_FETCH", "EXIT_IRQ", "EXIT_FIQ", "HCR_VI", "HCR_VA", "CNTKCTL_HOST", "TIMER_ENABLE", "TIMER_HYP_ID", "TIMER_VIRTUAL_ID") }}
{% if gic %}
{{ equ("VCPU_GICH_LR0", "VCPU_GICH_LR2", "MAINTENANCE_ID") }}
{% endif %}
        .equ    WORLD_CALLS, {{ 3 if interrupts.kind != "none" else 2 }}                  @ of world_back to Hyp mode, after the first
{% macro get(field) %}
        mov     r1, r4
        ldr     r2, =VCPU_{{ field }}
{{ call("world_get") }}
{%- endmacro %}
{% macro set(field) %}
        mov     r1, r4
        ldr     r2, =VCPU_{{ field }}
{{ call("world_set") }}
{%- endmacro %}
        .section .host.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ host_main: the boot CPU's program
@   entry     SVC mode, MMU and caches off, A, I and F masked, HVBAR = stub; r8, r10 and r11 as in support.S
@   exit      at hypgen_done or hypgen_failed
@   clobbers  everything
@ ------------------------------------------------------------------------------------------------
{{ function("host_main") }}
{% block load %}
        @ As any kernel: User mode may read the virtual counter and has no timer, and no event stream wakes whoever
        @ waits.
        mov     r0, #CNTKCTL_HOST
        {{ write("CNTKCTL", "r0") }}

        mvn     r0, #0                          @ -1: read HVBAR, the stub's, for teardown
        hvc     #HVC_STUB
        mov     r9, r0
{{ hyp_on() }}
{% endblock %}

{% block world_init %}
        @ What firmware may leave: both of the hypervisor's timers run, the virtual one due at once.
        mov     r0, #TIMER_ENABLE
        {{ write("CNTV_CTL", "r0") }}
        mvn     r1, #1 << 31                    @ as late as can be
{{ call("world_tick") }}
{{ begin("world.init") }}
        mov     r1, r11
{{ call("world_init") }}
{{ check("world.init", "0") }}
{% endblock %}

{% block world_create %}
{% for guest in guests %}
{{ begin("world.create." ~ guest.name) }}
        mov     r1, #{{ guest.number }}
        {{ commented("mov     r2, #" ~ guest.number, "high word of the virtual time at which it begins") }}
{{ call("world_create") }}
{{ check("world.create." ~ guest.name, "0") }}
{% endfor %}
{% endblock %}

{% block world_first %}
        mov     r4, #0
        mov     r5, #0
{% endblock %}

{% block world_schedule %}
        mov     r7, #0
world_next:
        mov     r1, r4
{{ call("world_enter") }}
        cmp     r0, #EXIT_WAIT
        beq     world_next                      @ nobody else has anything to do either
        cmp     r0, #EXIT_HVC
        beq     world_called
        cmp     r0, #EXIT_ABORT
        beq     world_aborted
        cmp     r0, #EXIT_FETCH
        beq     world_unfetched
        cmp     r0, #EXIT_IRQ
        beq     world_fired
        cmp     r0, #EXIT_FIQ
        beq     world_next                      @ nobody here asked for one: whoever drives it takes it back

        mov     r6, r0
        mov     r0, r11
        bl      host_cpu
        ldr     r0, =text_world_unknown
        bl      host_text
        mov     r0, r6
        bl      host_hex
        ldr     r0, =text_world_hsr
        bl      host_text
{{ get("EXIT_HSR") }}
        bl      host_hex
        bl      host_newline
        b       hypgen_failed
{% endblock %}

{% block world_fired %}
        @ A physical interrupt: the hypervisor's own timer, or the guest's, which it now gets as a virtual one.
world_fired:
{{ get("EXIT_IRQ") }}
        cmp     r0, #TIMER_HYP_ID
        addeq   r7, r7, #1
{% if "arm.maintained" in step_names %}
        cmp     r0, #MAINTENANCE_ID
        beq     world_maintained
{% endif %}
        cmp     r0, #TIMER_VIRTUAL_ID
        bne     world_next
{% if gic %}
        @ Linked (HW), pending, priority 0xa0, physical and virtual ID: the guest's end of it is that of both.
        ldr     r3, =1 << 31 | 1 << 28 | 0x14 << 23 | TIMER_VIRTUAL_ID << 10 | TIMER_VIRTUAL_ID
{{ set("GICH_LR2") }}
{% else %}
{{ get("HCR") }}
        orr     r3, r0, #HCR_VI
{{ set("HCR") }}
{% endif %}
        b       world_next
{% endblock %}

{% block world_maintained %}
{% if "arm.maintained" in step_names %}
        @ A List register is free again, for one more virtual interrupt. What ended there would ask for a
        @ maintenance interrupt again if it stayed.
world_maintained:
        ldr     r3, =1 << 28 | 0x14 << 23 | 43  @ pending, priority 0xa0, ID 43
{{ set("GICH_LR0") }}
        b       world_next
{% endif %}
{% endblock %}

{% block world_aborted %}
        @ Stage 2 refused an access: the guest may have the page, if it is one of its memory. Any other access,
        @ and every fetch, it shall see itself, as an abort of its own.
world_aborted:
        mov     r1, r4
{{ call("world_give") }}
        cmp     r0, #0
        beq     world_next
world_unfetched:
        mov     r1, r4
{{ call("world_refuse") }}
        b       world_next
{% endblock %}

{% block world_called %}
        @ A call of the guest; its number is HSR's immediate.
world_called:
{{ get("EXIT_HSR") }}
        uxth    r6, r0
{% for name, answer in (
    ("REPORT", "world_report"), ("YIELD", "world_yield"), ("INJECT", "world_inject"),
    ("ABORT", "host_asked_abort"), ("SERVED", "world_served"),
    ("TICK", "world_ticking"), ("LIST", "world_list"), ("OFFSET", "world_offset"), ("IDENTITY", "world_identity"), ("MOVE", "world_move"),
    ("STUCK", "world_stuck"), ("DONE", "world_done"),
) if (gic or name != "LIST") and (all_cpus or name != "MOVE") %}
        ldr     r0, =GUEST_{{ name }}
        cmp     r6, r0
        beq     {{ answer }}
{% endfor %}
        ldr     r3, =HVC_UNKNOWN                @ such as one of the host's
{{ set("R0") }}
        b       world_next

world_report:
{{ get("R0") }}
{% if "world.back" in step_names %}
        cmp     r4, #0
        cmpeq   r0, #0
        bleq    world_back                      @ once, when a guest has been left for the first time
{{ get("R0") }}
{% endif %}
        cmp     r4, #0
        {{ commented("ldreq   r1, =" ~ first_steps[0], "the guest counts its steps from 0") }}
        ldrne   r1, ={{ first_steps[1] }}
        add     r6, r0, r1
        mov     r0, r6
        bl      host_begin
{{ get("R2") }}
        push    {r0, r1}
{{ get("R1") }}
        pop     {r1, r2}
        mov     r2, r6
        bl      host_check
        b       world_next

world_inject:
{{ get("R0") }}
        mov     r6, r0
{{ get("HCR") }}
        orr     r3, r0, r6
{{ set("HCR") }}
        b       world_next

        .global host_asked_abort
host_asked_abort:                               @ the scenario's row has the board signal a physical one from here
{{ get("HCR") }}
        orr     r3, r0, #HCR_VA
{{ set("HCR") }}
        b       world_next

world_served:
{{ get("R0") }}
        mov     r6, r0
{{ get("HCR") }}
        bic     r3, r0, r6
{{ set("HCR") }}
        b       world_next

world_ticking:
{{ get("R0") }}
        movs    r1, r0
        beq     1f
{{ call("world_tick") }}
        b       world_next
1:      mov     r3, r7                          @ it asks how often it lost the CPU
        mov     r7, #0
{{ set("R0") }}
        b       world_next

world_offset:
{{ get("R0") }}
        ldr     r2, =VCPU_CNTVOFF
        add     r2, r2, r0, lsl #2
        mov     r1, r4
{{ call("world_get") }}
        mov     r3, r0
{{ set("R0") }}
        b       world_next

world_identity:
        {{ read("MIDR", "r3") }}
{{ set("R0") }}
        b       world_next

{% if gic %}
world_list:
{{ get("R1") }}
        mov     r6, r0
{{ get("R0") }}
        mov     r3, r6
        mov     r1, r4
        ldr     r2, =VCPU_GICH_LR0
        add     r2, r2, r0, lsl #2
{{ call("world_set") }}
        b       world_next
{% endif %}

{% if all_cpus %}
world_move:
{% block world_move %}
{% endblock %}
{% endif %}

world_stuck:
        mov     r0, r11
        bl      host_cpu
        ldr     r0, =text_world_stuck
        bl      host_text
{{ get("R0") }}
        bl      host_hex
        bl      host_newline
        b       hypgen_failed

world_done:
        mov     r0, #1
        lsl     r0, r0, r4
        orr     r5, r5, r0
        cmp     r5, #(1 << VCPU_COUNT) - 1
        beq     world_over
world_yield:
{% if all_cpus or "world.rollover" in step_names %}
        mov     r3, #0                          @ a new VMID when it goes on: they run out soon
{{ set("GENERATION") }}
{% endif %}
        eor     r0, r4, #1                      @ the other one, unless it is done
        mov     r1, #1
        lsl     r1, r1, r0
        tst     r5, r1
        moveq   r4, r0
        b       world_next
{% endblock %}

world_over:
{% block world_over %}
{% if "world.rollover" in step_names %}
{{ begin("world.rollover") }}
{{ call("world_generation") }}
        cmp     r0, #3                          @ generations so far, from 1
        movhs   r0, #1
{{ check("world.rollover", "1") }}
{% endif %}
        mvn     r1, #1 << 31                    @ as late as can be
{{ call("world_tick") }}
{{ begin("world.exit") }}
{{ call("world_exit") }}
{{ check("world.exit", "0") }}
{% endblock %}
{% block unload %}
{{ hyp_off() }}
        b       hypgen_done
{% endblock %}
{{ end_function("host_main") }}

        .ltorg
{% block others %}
{% endblock %}
{% if "world.back" in step_names %}

@ ------------------------------------------------------------------------------------------------
@ world_back: use what Hyp mode can keep from PL1, and what it gave a guest a substitute of: the host has it again
@   entry     the host part, a guest being left
@   exit      in the journal: nothing came to Hyp mode but these calls themselves, and all is the host's
@   clobbers  r0 to r3, r12
@ ------------------------------------------------------------------------------------------------
{{ function("world_back") }}
        push    {r4-r7, r9, lr}
{{ begin("world.back") }}
{{ call("uses_exceptions") }}
        mov     r6, r0
        bl      uses_registers
        bl      uses_events
        bl      uses_vectors
        mov     r7, r0                          @ the slots of SVC and BKPT
        bl      uses_time
        add     r7, r7, r0
{% if interrupts.kind != "none" %}
        bl      uses_wait
        bl      uses_fiq
        cmp     r0, #0
        subne   r0, r0, #0x1c                   @ its slot; nobody outside need have sent one
        add     r7, r7, r0
{{ call("world_interrupts_init") }}             @ the controller as the hypervisor has it
        add     r7, r7, r0
{% endif %}
        {{ read("MIDR", "r1") }}
        {{ read("MPIDR", "r2") }}
{{ call("uses_identity") }}
        add     r7, r7, r0
{{ call("uses_exceptions") }}
        sub     r0, r0, r6
        add     r0, r0, r7
{{ check("world.back", "0x0800000c + WORLD_CALLS") }}
        pop     {r4-r7, r9, pc}
{{ end_function("world_back") }}
        .ltorg
{% endif %}

        .section .host.rodata, "a", %progbits
text_world_unknown:
        .asciz  "world: a guest left for a reason that the host does not know: "
text_world_hsr:
        .asciz  ", HSR "
text_world_stuck:
        .asciz  "world: a guest met an exception that it does not expect, LR "
