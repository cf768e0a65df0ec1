@ scenarios/undo.S for {{ board.name }}
@
@ One CPU after another turns its Hyp MMU on, the boot CPU first. In the first round one of them must not:
{% if scenario == "undo-stack" %}
@ there is no page for its stack.
{% elif scenario == "undo-mode" %}
@ firmware has entered it in SVC mode, the others in Hyp mode.
{% else %}
@ its vectors are not the stub's, so somebody else has them.
{% endif %}
@ Then the CPUs after it do not try, and those before it turn theirs off again, in reverse order: a kernel that
@ cannot have Hyp mode on every CPU must not have it on any.

{% from "host.inc" import prologue, program, begin, check, check_r1, reach, hyp_on, hyp_off, runtime_where,
   stub_back, wait_boot, in_round, done with context %}
{% from "start_all.inc" import start_all with context %}
{% from "resident.inc" import resident_vectors with context %}
{{ prologue() }}
{{ equ("PSR_HYP", "PSR_FIRMWARE", "SCTLR_OFF", "HCPTR_NONE", "HDCR_KEEP", "CNTHCTL_PL1") }}
{% block failing %}
        .equ    FAILING, CPU_COUNT / 2          @ the CPU that cannot
{% endblock %}
        .equ    ARRIVED, 1                      @ states of a CPU: it is in the host part,
        .equ    GO, 2                           @ all are (the boot CPU's only);
        .equ    HYP_ON, 0                       @ in a round, added to 16 times the round: the MMU is on,
        .equ    REFUSED, 1                      @ or this CPU cannot have it,
        .equ    SKIPPED, 2                      @ or one before it could not,
        .equ    HYP_OFF, 3                      @ it is off again
        .equ    REASON, {{ {"undo-stack": -12, "undo-mode": -6, "undo-vectors": -16}[scenario] }}

        .section .host.text, "ax", %progbits

{{ program("host_main", "the boot CPU starts the others, and is the first to have Hyp mode",
   exit="at each_cpu") }}
{{ reach("ARRIVED") }}
{% block start %}
{{ start_all("ARRIVED", odd="FAILING", odd_entry="enter_in_svc" if scenario == "undo-mode" else "_start") }}
{% endblock %}
{% if scenario == "undo-mode" %}

{{ begin("modes.compare") }}
        ldr     r4, =host_modes
        virt_to_idmap r4
        ldr     r5, [r4]                        @ the boot CPU's
        mov     r0, #0                          @ how many differ
        mov     r1, #1
1:      ldr     r2, [r4, r1, lsl #2]
        cmp     r2, r5
        addne   r0, r0, #1
        add     r1, r1, #1
        cmp     r1, #CPU_COUNT
        blo     1b
{{ check("modes.compare", "1") }}
        ldr     r0, =text_mismatch
        bl      host_say
{% endif %}
{{ reach("GO") }}
        b       each_cpu
{{ end_function("host_main") }}

{{ program("host_other", "another CPU waits until all are there, and goes the same way",
   exit="at each_cpu") }}
{{ reach("ARRIVED") }}
{{ wait_boot("GO") }}
{{ end_function("host_other") }}

{{ program("each_cpu", "the two rounds of a CPU; r4 = index of the CPU that could not, or CPU_COUNT, where this one has Hyp mode",
   exit="the boot CPU at hypgen_done, another at host_park; hypgen_failed when a result is not as expected") }}
        @ After the CPU before this one, and not at all if that one did not come to it.
        cmp     r11, #0
        beq     1f
{{ in_round("HYP_ON") }}
        sub     r1, r11, #1
        bl      host_wait_state                 @ r3 = its state
        and     r3, r3, #15
        cmp     r3, #HYP_ON
        bne     skipped
1:
{% if scenario == "undo-stack" %}
        @ Has this CPU a page for its stack?
        ldr     r0, =stack_pages
        virt_to_idmap r0
        ldr     r0, [r0, r11, lsl #2]
        cmp     r0, #0
        beq     refused
{% elif scenario == "undo-mode" %}
        ldr     r0, =host_modes
        virt_to_idmap r0
        ldr     r0, [r0, r11, lsl #2]
        cmp     r0, #PSR_HYP
        bne     refused
{% else %}
        cmp     r11, #FAILING
        bne     1f
{{ begin("vectors.foreign") }}
        ldr     r0, =other_vectors
        virt_to_idmap r0
        bl      host_argument
        hvc     #HVC_STUB
{{ check("vectors.foreign", "0") }}
1:
{% endif %}
{{ begin("stub.get") }}
        mvn     r0, #0                          @ -1: read
        hvc     #HVC_STUB
        mov     r9, r0
{% if scenario == "undo-vectors" %}
        ldr     r1, =hyp_stub_vectors
        cmp     r11, #FAILING
        ldreq   r1, =other_vectors
{% else %}
        ldr     r1, =hyp_stub_vectors
{% endif %}
        virt_to_idmap r1
{{ check_r1("stub.get") }}
{% if scenario == "undo-vectors" %}
        @ The boot CPU's are the default; another CPU's must be the same.
        ldr     r1, =default_vectors
        virt_to_idmap r1
        cmp     r11, #0
        streq   r9, [r1]
        ldr     r0, [r1]
        cmp     r0, r9
        bne     refused
{% endif %}
{{ hyp_on() }}

{{ runtime_where() }}
{{ in_round("HYP_ON") }}
        bl      host_set_state
        b       decided

refused:
{{ begin("init.refused") }}
        mvn     r0, #~REASON
{{ check("init.refused", "REASON") }}
        ldr     r0, =text_refused
        bl      host_say
{{ in_round("REFUSED") }}
        bl      host_set_state
        b       undone

skipped:
{{ begin("init.skipped") }}
{{ in_round("SKIPPED") }}
        bl      host_set_state
        mov     r0, #FAILING
{{ check("init.skipped", "FAILING") }}
        b       undone

        @ Every CPU is decided. Which one could not? It says so until the boot CPU is off again, which it is
        @ after this one; a CPU that has nothing to undo may come too late to see it, and need not.
decided:
{{ in_round("HYP_ON") }}
        bl      host_wait_all
        ldr     r0, =host_states
        virt_to_idmap r0
{{ in_round("REFUSED", "r1") }}
        mov     r4, #0
1:      ldr     r2, [r0, r4, lsl #2]
        cmp     r2, r1
        beq     2f
        add     r4, r4, #1
        cmp     r4, #CPU_COUNT
        blo     1b
2:      cmp     r11, r4
        bhs     undone                          @ this CPU has nothing to undo

        @ In reverse order: after the CPU above this one, if that has something to undo.
        add     r1, r11, #1
        cmp     r1, r4
        bhs     1f
{{ in_round("HYP_OFF") }}
        bl      host_wait_state
1:
{{ hyp_off() }}

{{ stub_back() }}
{{ in_round("HYP_OFF") }}
        bl      host_set_state
undone:
{% if scenario == "undo-vectors" %}
        cmp     r11, #FAILING
        bne     1f
{{ begin("vectors.kept") }}
        mvn     r0, #0
        hvc     #HVC_STUB
        ldr     r1, =other_vectors
        virt_to_idmap r1
{{ check_r1("vectors.kept") }}
1:
{% endif %}
        @ The boot CPU is the last to be undone.
{{ in_round("HYP_OFF") }}
        mov     r1, #0
        bl      host_wait_state
        cmp     r10, #ROUNDS
        bhs     1f
{% if scenario == "undo-stack" %}
        @ The page that was missing is there in the second round.
        ldr     r0, =stack_pages
        virt_to_idmap r0
        str     sp, [r0, r11, lsl #2]           @ any but zero
{% endif %}
        add     r10, r10, #1
        b       each_cpu

        @ A CPU may be done before another has looked at its state: the boot CPU waits for all.
1:      add     r10, r10, #1
        lsl     r0, r10, #4
        bl      host_set_state
        cmp     r11, #0
        bne     host_park
        lsl     r0, r10, #4
        bl      host_wait_all
        sub     r10, r10, #1
{{ done() }}
{{ end_function("each_cpu") }}

        .ltorg

        .section .host.rodata, "a", %progbits
text_refused:
        .asciz  "  {{ {"undo-stack": "no page for the Hyp stack of this CPU: the CPUs before it turn Hyp mode off again",
                    "undo-mode": "this CPU cannot come to Hyp mode: the CPUs before it turn it off again",
                    "undo-vectors": "these are not the boot CPU's vectors, and are left alone: the CPUs before it turn Hyp mode off again"}[scenario] }}"
{% if scenario == "undo-mode" %}
text_mismatch:
        .asciz  "  a CPU was entered in another mode than the boot CPU: Hyp mode is not for this system"

        .section .boot.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ enter_in_svc: plays firmware that hands this CPU over in another mode
@   entry     Hyp mode, as firmware starts a CPU
@   exit      at _start, in SVC mode, MMU off
@   clobbers  everything
@ ------------------------------------------------------------------------------------------------
        .arm
{{ function("enter_in_svc") }}
{% include "enter.inc" %}
{% include "open_pl1.inc" %}
        ldr     r0, =SCTLR_OFF
        {{ write("SCTLR", "r0") }}
        ldr     r0, =PSR_FIRMWARE               @ as firmware would
        msr     spsr_cxsf, r0
        ldr     r0, =_start
        virt_to_idmap r0
        msr     elr_hyp, r0
        eret
{{ end_function("enter_in_svc") }}
        .ltorg
{% elif scenario == "undo-vectors" %}

        .section .host.data, "aw", %progbits
        .balign 4
default_vectors:
        .word   0                               @ HVBAR of the boot CPU before anything was done

        .section .stub.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ other_vectors: somebody else's, which answer as the stub does
@ ------------------------------------------------------------------------------------------------
{{ resident_vectors("other_vectors", "hyp_stub_trap") }}
{% else %}

        .section .host.data, "aw", %progbits
        .balign 4
stack_pages:
{% for mpidr in mpidrs %}
        .word   {{ loop.index0 }} - FAILING{{ "              @ zero: there is none" if loop.first }}
{% endfor %}
{% endif %}
