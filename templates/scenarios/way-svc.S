@ scenarios/way-svc.S for {{ board.name }}
@
@ boot.S never comes here: it finds that it was not entered in Hyp mode, says so, and stops.

{% from "host.inc" import prologue, program, begin with context %}
{{ prologue() }}

        .section .host.text, "ax", %progbits

{{ program("host_main", "not reached: boot.S stops the CPU",
   exit="none") }}
{{ begin("entry") }}
        b       hypgen_failed
{{ end_function("host_main") }}

        .ltorg
