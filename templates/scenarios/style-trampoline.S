{% extends "host.S" %}
{% block about %}
@ scenarios/style-trampoline.S for {{ board.name }}
@
@ The program of host.S, and a store to the trampoline page, which the runtime's tables map read-only.
{% endblock %}
{% block probes %}
{{ super() }}

{{ begin("trampoline.store") }}
{{ call("hyp_probe_trampoline") }}
{{ check("trampoline.store", "0x10") }}
{% endblock %}

{% block more %}
{{ equ("TRAMPOLINE_VA") }}

        .section .hyp.text, "ax", %progbits

{% from "probe.inc" import probe with context %}
{% call probe("hyp_probe_trampoline", "store to the trampoline page") %}
        ldr     r3, =TRAMPOLINE_VA
        ldr     r0, [r3]
        str     r0, [r3]                        @ what is there already
{% endcall %}
        .ltorg
{% endblock %}
