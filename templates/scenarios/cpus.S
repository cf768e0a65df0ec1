@ scenarios/cpus.S for {{ board.name }}
@
@ Every CPU turns its Hyp MMU on and off. In the first round all do it at once; in the second one after
@ another, the last CPU of the board first. Each has its own stack, its own HVBAR and its own HSCTLR; the tables
@ are everybody's.

{% from "host.inc" import prologue, program, begin, check, check_r1, call, reach, wait_all, hyp_on, hyp_off,
   stub_get, runtime_where, stub_back, wait_boot, in_round, done with context %}
{% from "start_all.inc" import start_all with context %}
{% from "probe.inc" import probe with context %}
{{ prologue() }}
        .equ    ARRIVED, 1                      @ states of a CPU: it is in the host part,
        .equ    GO, 2                           @ all are (the boot CPU's only),
        .equ    HYP_ON, 0                       @ in a round, added to 16 times the round: the MMU is on,
        .equ    HYP_OFF, 1                      @ it is off again

        .section .host.text, "ax", %progbits

{{ program("host_main", "the boot CPU starts the others, and goes the way of every CPU",
   exit="at each_cpu") }}
{{ reach("ARRIVED") }}
{% block start %}
{{ start_all("ARRIVED", at_once=true) }}
{% endblock %}
{{ reach("GO") }}
        b       each_cpu
{{ end_function("host_main") }}

{{ program("host_other", "another CPU waits until all are there, and goes the same way",
   exit="at each_cpu") }}
{{ reach("ARRIVED") }}
{{ wait_boot("GO") }}
{{ end_function("host_other") }}

{{ program("each_cpu", "the two rounds of a CPU",
   exit="the boot CPU at hypgen_done, another at host_park; hypgen_failed when a result is not as expected") }}
        @ From the second round on, after the CPU above this one.
        cmp     r10, #1
        beq     1f
        add     r1, r11, #1
        cmp     r1, #CPU_COUNT
        bhs     1f
{{ in_round("HYP_ON") }}
        bl      host_wait_state
1:
{{ stub_get() }}
{{ hyp_on() }}

{{ runtime_where() }}

{{ begin("runtime.cpu") }}
{{ call("hyp_whoami") }}
        mov     r1, r11
{{ check_r1("runtime.cpu") }}

{{ begin("stack.guard") }}
{{ call("hyp_probe_guard") }}
{{ check("stack.guard", "0x10") }}

        @ In the first round no CPU turns its MMU off before all have turned theirs on.
{{ in_round("HYP_ON") }}
        bl      host_set_state
        cmp     r10, #1
        moveq   r0, #1 << 4
        bleq    host_wait_all
{{ hyp_off() }}

{{ stub_back() }}
{{ in_round("HYP_OFF") }}
        bl      host_set_state
{{ in_round("HYP_OFF") }}
        bl      host_wait_all
        cmp     r10, #ROUNDS
        addlo   r10, r10, #1
        blo     each_cpu

        cmp     r11, #0
        bne     host_park
{{ done() }}
{{ end_function("each_cpu") }}

        .ltorg

        .section .hyp.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ hyp_whoami: returns this CPU's index in the board's list, by its MPIDR
@   entry     Hyp mode, MMU on
@   exit      r0 = the index
@   clobbers  r1 to r3, r12 (AAPCS)
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_whoami") }}
        push    {r4, r5, r6, lr}
        bl      hyp_area                        @ r12 = the index
        mov     r0, r12
        pop     {r4, r5, r6, pc}
{{ end_function("hyp_whoami") }}

{% call probe("hyp_probe_guard", "load from the page below this CPU's stack") %}
        mov     r3, sp
        lsr     r3, r3, #12                     @ the stack is one page: its bottom
        lsl     r3, r3, #12
        ldr     r3, [r3, #-4]                   @ the word below it
{% endcall %}
        .ltorg
