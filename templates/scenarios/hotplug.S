@ scenarios/hotplug.S for {{ board.name }}
@
@ Every CPU turns its Hyp MMU on. Then all but the boot CPU turn theirs off and go off themselves, and come
@ back, and turn it on again, while the boot CPU stays in business all the time: the tables and the identity
@ page are kept, so a CPU can be initialised at any later time.

{% from "host.inc" import prologue, program, begin, check, check_r1, call, reach, hyp_on, hyp_off, stub_get,
   runtime_where, wait_boot, in_round, wait_others with context %}
{% from "start_all.inc" import start_all with context %}
{{ prologue() }}
        .equ    ARRIVED, 1                      @ states of a CPU: it is in the host part,
        .equ    GO, 2                           @ all are (the boot CPU's only);
        .equ    HYP_ON, 0                       @ in a round, added to 16 times the round: the MMU is on,
        .equ    GOES_OFF, 1                     @ it is off, and the CPU is about to be,
        .equ    BACK, 15                        @ it is in the host part again

{% macro use_hyp() %}
{{ stub_get() }}
{{ hyp_on() }}

{{ runtime_where() }}
{%- endmacro %}

        .section .host.text, "ax", %progbits

{{ program("host_main", "the boot CPU") }}
{{ reach("ARRIVED") }}
{{ start_all("ARRIVED") }}
{{ use_hyp() }}
{{ reach("GO") }}

        @ All have Hyp mode; all others go off.
{{ wait_others("1 << 4 | GOES_OFF") }}

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
{{ wait_others("2 << 4 | GOES_OFF") }}
{{ hyp_off() }}

{{ begin("done") }}
        mov     r0, r10
{{ check("done", "2") }}
        b       hypgen_done
{{ end_function("host_main") }}

{{ program("host_other", "another CPU, for the first or for the second time",
   exit="at host_cpu_off") }}
        ldr     r0, =host_states
        virt_to_idmap r0
        ldr     r0, [r0, r11, lsl #2]
        cmp     r0, #ARRIVED
        bhs     1f
{{ reach("ARRIVED") }}
{{ wait_boot("GO") }}
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
{{ in_round("GOES_OFF") }}
        bl      host_set_state
        b       host_cpu_off
{{ end_function("host_other") }}

        .ltorg
