{% block about %}
@ host.S for {{ board.name }}
@
@ The host part plays the kernel: it runs in SVC mode with the PL1 MMU off, at its load address, and uses
@ Hyp mode as a hypervisor module would: load, use, unload, and all of it once more. Every step is
@ announced and its result printed and kept in the journal. The secondary CPUs are not started.
{% endblock %}

{# Templates that extend this one use what it imports. #}
{% from "host.inc" import prologue, program, begin, check, check_r1, call, say, stub_get, vectors_set, init,
   runtime_where, hyp_off, stub_back, done with context %}
{{ prologue() }}
{{ equ("HCR_IMO") }}

        .section .host.text, "ax", %progbits

{{ program("host_main", "the boot CPU's program") }}
host_round:
{% block stub_get %}
{{ stub_get() }}
{% endblock %}

{% block stub_unknown %}
{{ begin("stub.unknown") }}
        hvc     #HVC_CALL                       @ there is no runtime to answer it yet
{{ check("stub.unknown", "HVC_UNKNOWN") }}
{% endblock %}

{% block vectors_set %}
{{ vectors_set() }}
{% endblock %}

{% block init %}
{{ init() }}
{% endblock %}

{% block runtime_calls %}
{{ runtime_where() }}

{{ begin("runtime.hsctlr") }}
{{ call("hyp_hsctlr") }}
{% block runtime_hsctlr %}
{{ check("runtime.hsctlr", "HSCTLR_ON") }}
{% endblock %}

{{ begin("runtime.call") }}
        mov     r1, #0x1000000
        mov     r2, #0x2300
        mov     r3, #0x45
{{ call("hyp_sum") }}
{{ check("runtime.call", "0x1002345") }}

{{ begin("runtime.unknown") }}
        hvc     #HVC_INIT                       @ hyp-init no longer listens
{{ check("runtime.unknown", "HVC_UNKNOWN") }}
{% endblock %}
{% block probes %}
{% for step, probe, slot in (
    ("slot.04.udf", "hyp_probe_udf", "0x04"),
    ("slot.08.svc", "hyp_probe_svc", "0x08"),
    ("slot.08.hvc", "hyp_probe_hvc", "0x08"),
    ("slot.0c", "hyp_probe_fetch", "0x0c"),
    ("slot.10", "hyp_probe_load", "0x10"),
) %}

{{ begin(step) }}
{{ call(probe) }}
{{ check(step, slot) }}
{% endfor %}
{% endblock %}

{% if interrupts.kind != "none" %}
{% block interrupts %}

{{ begin("slot.18") }}
        bl      host_send_irq                   @ it stays pending: CPSR.I is 1
{{ call("hyp_await_irq") }}
{{ check("slot.18", "0x18") }}

{{ begin("slot.18.pl1") }}
        mov     r1, #HCR_IMO
{{ call("hyp_route") }}
        bl      host_send_irq                   @ taken here, although CPSR.I is 1
        bl      host_await_irq
        mov     r4, r0
        mov     r1, #0
{{ call("hyp_route") }}
        mov     r0, r4
{{ check("slot.18.pl1", "0") }}

{{ begin("slot.1c") }}
        bl      host_send_fiq
{{ call("hyp_await_fiq") }}
        mov     r4, r0
        bl      host_interrupts_off
        mov     r0, r4
{% if interrupts.fast == "line" %}
        cmn     r0, #1
        bne     1f
{{ say("text_no_fiq") }}
        b       2f
1:
{% endif %}
{{ check("slot.1c", "0x1c") }}
{% if interrupts.fast == "line" %}
2:
{% endif %}
{% endblock %}
{% endif %}

{% block teardown %}
{{ hyp_off() }}
{% endblock %}

{% block teardown_stub %}
{{ stub_back() }}
{% endblock %}

        cmp     r10, #ROUNDS
        addlo   r10, r10, #1
        blo     host_round

{{ done() }}
{{ end_function("host_main") }}

        .ltorg
{% if interrupts.fast == "line" %}

        .section .host.rodata, "a", %progbits
text_no_fiq:
        .asciz  "  no FIQ came: nobody outside has sent one, and the GIC's are Secure software's"
{% endif %}
{% block more %}
{% endblock %}
