@ scenarios/init-twice.S for {{ board.name }}
@
@ Somebody initialises Hyp mode that is live already, as CPU_PM notifiers have done: by the same calls as the
@ first time. They come to the runtime now, which answers each as unknown and changes nothing: HVBAR, HSCTLR,
@ HTTBR and the stack are those of the first time. Whoever asks before, sees it: the stub does not answer.

{% from "host.inc" import prologue, program, begin, check, call, hyp_on, hyp_off, stub_get, runtime_where, done
   with context %}
{{ prologue() }}
        .section .host.text, "ax", %progbits

{{ program("host_main", "the boot CPU's program") }}
{{ stub_get() }}
{{ hyp_on() }}

{{ begin("runtime.vectors") }}
{{ call("hyp_get_vectors") }}
{{ check("runtime.vectors", "hyp_vectors") }}

{{ begin("twice.asked") }}
        mvn     r0, #0                          @ a careful caller: are these the stub's vectors?
        hvc     #HVC_STUB
{{ check("twice.asked", "HVC_UNKNOWN") }}

{{ begin("twice.vectors") }}
        ldr     r0, =hyp_init_vectors
        virt_to_idmap r0                        @ what the stub would take
        hvc     #HVC_STUB
{{ check("twice.vectors", "HVC_UNKNOWN") }}

{{ begin("twice.init") }}
{% include "init_call.inc" %}
{{ check("twice.init", "HVC_UNKNOWN") }}

{{ begin("twice.kept") }}
{{ call("hyp_get_vectors") }}
{{ check("twice.kept", "hyp_vectors") }}

{{ runtime_where() }}
{{ hyp_off() }}

        @ And now, after a teardown, the same calls do initialise.
{{ begin("again.vectors") }}
        ldr     r0, =hyp_init_vectors
        virt_to_idmap r0
        hvc     #HVC_STUB
{{ check("again.vectors", "0") }}

{{ begin("again.init") }}
{% include "init_call.inc" %}
{{ check("again.init", "0") }}

{{ begin("again.where") }}
{{ call("hyp_where") }}
{{ check("again.where", "hyp_where") }}

{{ done() }}
{{ end_function("host_main") }}

        .ltorg

        .section .hyp.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ hyp_get_vectors(): returns HVBAR
@   entry     Hyp mode, MMU on
@   exit      r0 = HVBAR
@   clobbers  nothing else
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_get_vectors") }}
        {{ read("HVBAR", "r0") }}
        bx      lr
{{ end_function("hyp_get_vectors") }}

        .ltorg
