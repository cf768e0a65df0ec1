{% extends "world/host.S" %}
{# The host part of world-smp: guests on two CPUs at the same time, each virtual CPU on a CPU of its own. The
   boot CPU starts all others; each loads the hypervisor. The boot CPU makes the guests; CPU n runs virtual CPU n, but
   while the two have changed places; CPUs that have none wait until the guests are done. What a CPU does with its
   guest, world/host.S says. #}
{% from "host.inc" import begin, check, call, reach, wait_all, hyp_off with context %}
{% from "start_all.inc" import start_all with context %}
{% block states %}
        .equ    ARRIVED, 1                      @ states of a CPU: it is in the host part,
        .equ    GO, 2                           @ all are (the boot CPU's only),
        .equ    READY, 3                        @ its guest is ready, or it has none,
                                                @ after it: how often its guest has changed places,
        .equ    DONE, 16                        @ its guest is done,
        .equ    OFF, 17                         @ the hypervisor is gone from it
{% endblock %}
{% block load %}
{{ reach("ARRIVED") }}
{{ start_all("ARRIVED") }}
{{ reach("GO") }}

host_each:                                      @ from here on every CPU goes the same way
{{ super() }}
{%- endblock %}
{% block world_create %}
        cmp     r11, #0
        bne     world_created
{{ super() }}
world_created:
{{ reach("READY") }}
{{ wait_all("READY") }}
        cmp     r11, #VCPU_COUNT
        bhs     world_over                      @ nothing to run here
{% endblock %}
{% block world_first %}
        mov     r4, r11                         @ virtual CPU n runs on CPU n
world_alone:
        mov     r0, #1
        lsl     r0, r0, r4
        mvn     r5, r0                          @ the others are not this CPU's to run
        and     r5, r5, #(1 << VCPU_COUNT) - 1
{% endblock %}
{% block world_move %}
        @ Its guest has left here, and the other guest there, when both CPUs have come this far.
        ldr     r6, =host_states
        here    r6
        ldr     r6, [r6, r11, lsl #2]
        add     r6, r6, #1
        mov     r0, r6
        bl      host_set_state
        mov     r0, r6
        eor     r1, r11, #1
        bl      host_wait_state
        eor     r4, r4, #1
        mov     r7, #0
        b       world_alone
{% endblock %}
{% block world_over %}
{{ reach("DONE") }}
{{ wait_all("DONE") }}
{{ super() }}
{%- endblock %}
{% block unload %}
{{ hyp_off() }}
{{ reach("OFF") }}
        cmp     r11, #0
        bne     host_park
{{ wait_all("OFF") }}
        b       hypgen_done
{% endblock %}
{% block others %}

@ ------------------------------------------------------------------------------------------------
@ host_other: another CPU, when the boot CPU has started it
@   entry     as support.S has it
@   exit      at host_each
@   clobbers  everything
@ ------------------------------------------------------------------------------------------------
{{ function("host_other") }}
{{ reach("ARRIVED") }}
        mov     r0, #GO
        mov     r1, #0
        bl      host_wait_state
        b       host_each
{{ end_function("host_other") }}

        .ltorg
{% endblock %}
