@ scenarios/hotplug.S for {{ board.name }}
@
@ Every CPU turns its Hyp MMU on. Then all but the boot CPU turn theirs off and go off themselves, and come
@ back, and turn it on again, while the boot CPU stays in business all the time: the tables and the identity
@ page are kept, so a CPU can be initialised at any later time.

{% from "host.inc" import prologue, begin, check, check_r1, call, reach, wait_all, hyp_on, hyp_off
   with context %}
{% from "start_all.inc" import start_all with context %}
{{ prologue() }}
        .equ    ARRIVED, 1                      @ states of a CPU: it is in the host part,
        .equ    GO, 2                           @ all are (the boot CPU's only);
        .equ    HYP_ON, 0                       @ in a round, added to 16 times the round: the MMU is on,
        .equ    GOES_OFF, 1                     @ it is off, and the CPU is about to be,
        .equ    BACK, 15                        @ it is in the host part again

{% macro state(phase, register="r0") %}
        lsl     {{ register }}, r10, #4
        add     {{ register }}, {{ register }}, #{{ phase }}
{%- endmacro %}
{% macro use_hyp() %}
{{ begin("stub.get") }}
        mvn     r0, #0                          @ -1: read
        hvc     #HVC_STUB
        mov     r9, r0
        ldr     r1, =hyp_stub_vectors
        virt_to_idmap r1
{{ check_r1("stub.get") }}
{{ hyp_on() }}

{{ begin("runtime.where") }}
{{ call("hyp_where") }}
{{ check("runtime.where", "hyp_here") }}
{%- endmacro %}

        .section .host.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ host_main: the boot CPU
@ ------------------------------------------------------------------------------------------------
{{ function("host_main") }}
{{ reach("ARRIVED") }}
{{ start_all("ARRIVED") }}
{{ use_hyp() }}
{{ reach("GO") }}

        @ All have Hyp mode; all others go off.
        mov     r4, #1
1:      mov     r0, #1 << 4 | GOES_OFF
        mov     r1, r4
        bl      host_wait_state
        add     r4, r4, #1
        cmp     r4, #CPU_COUNT
        blo     1b

        @ This CPU's Hyp mode never stopped.
        mov     r10, #2
{{ begin("cpus.again") }}
        mov     r4, #1
        mov     r5, #0
2:      mov     r0, r4
        bl      host_cpu_on_again
        orr     r5, r5, r0
        mov     r0, #1 << 4 | BACK
        mov     r1, r4
        bl      host_wait_state
        add     r4, r4, #1
        cmp     r4, #CPU_COUNT
        blo     2b
        mov     r0, r5
{{ check("cpus.again", "0") }}

{{ begin("runtime.still") }}
{{ call("hyp_where") }}
{{ check("runtime.still", "hyp_here") }}
        mov     r4, #1
3:      mov     r0, #2 << 4 | GOES_OFF
        mov     r1, r4
        bl      host_wait_state
        add     r4, r4, #1
        cmp     r4, #CPU_COUNT
        blo     3b
{{ hyp_off() }}

{{ begin("done") }}
        mov     r0, r10
{{ check("done", "2") }}
        b       hypgen_done
{{ end_function("host_main") }}

@ ------------------------------------------------------------------------------------------------
@ host_other: another CPU, for the first or for the second time
@ ------------------------------------------------------------------------------------------------
{{ function("host_other") }}
        ldr     r0, =host_states
        virt_to_idmap r0
        ldr     r0, [r0, r11, lsl #2]
        cmp     r0, #ARRIVED
        bhs     1f
{{ reach("ARRIVED") }}
        mov     r0, #GO
        mov     r1, #0
        bl      host_wait_state
        b       2f
1:      mov     r0, #1 << 4 | BACK
        bl      host_set_state
        mov     r10, #2
2:
{{ use_hyp() }}
{{ hyp_off() }}

{{ begin("cpu.off") }}
        mov     r0, r10
        mov     r1, r10
{{ check_r1("cpu.off") }}
{{ state("GOES_OFF") }}
        bl      host_set_state
        b       host_cpu_off
{{ end_function("host_other") }}

        .ltorg
