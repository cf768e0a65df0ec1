@ scenarios/way-svc.S for {{ board.name }}
@
@ boot.S never comes here: it finds that it was not entered in Hyp mode, says so, and stops.

{% from "host.inc" import prologue, begin with context %}
{{ prologue() }}

        .section .host.text, "ax", %progbits

{{ function("host_main") }}
{{ begin("entry") }}
        b       hypgen_failed
{{ end_function("host_main") }}

        .ltorg
