@ scenarios/hvc-acme.S for {{ board.name }}: calls of the interface acme

{% from "host.inc" import prologue, begin, check, hyp_on with context %}
{{ prologue() }}
{{ equ("HVC_ACME_IMMEDIATE", "HVC_ACME_VERSION", "HVC_ACME_ECHO") }}

        .section .host.text, "ax", %progbits

{{ function("host_main") }}
{{ begin("acme.stub") }}
        mov     r0, #HVC_ACME_VERSION
        hvc     #HVC_ACME_IMMEDIATE
{{ check("acme.stub", "HVC_UNKNOWN") }}
{{ hyp_on() }}

{{ begin("acme.version") }}
        mov     r0, #HVC_ACME_VERSION
        hvc     #HVC_ACME_IMMEDIATE
{{ check("acme.version", "0x0103") }}

{{ begin("acme.echo") }}
        mov     r0, #HVC_ACME_ECHO
        mov     r1, #0x5a
        hvc     #HVC_ACME_IMMEDIATE
{{ check("acme.echo", "0x5a") }}

{{ begin("acme.unknown") }}
        mov     r0, #9
        hvc     #HVC_ACME_IMMEDIATE
{{ check("acme.unknown", "HVC_UNKNOWN") }}

{{ begin("done") }}
        mov     r0, r10
{{ check("done", "ROUNDS") }}
        b       hypgen_done
{{ end_function("host_main") }}

        .ltorg
