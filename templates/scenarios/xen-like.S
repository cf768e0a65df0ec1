@ scenarios/xen-like.S for {{ board.name }}
@
@ A hypervisor whose tag is Xen's: its guests call it by hvc #0xea1, the number in r12.

{% from "host.inc" import prologue, program, begin, check, hyp_on, hyp_off, stub_get, runtime_where, stub_back,
   done with context %}
{{ prologue() }}
{{ equ("HVC_XEN_IMMEDIATE") }}

        .section .host.text, "ax", %progbits

{{ program("host_main", "the boot CPU's program") }}
{{ stub_get() }}
{{ hyp_on() }}

{{ runtime_where() }}

{{ begin("xen.version") }}
        mov     r12, #17                        @ xen_version
        mov     r0, #0                          @ XENVER_version
        hvc     #HVC_XEN_IMMEDIATE
{{ check("xen.version", "4 << 16") }}
{{ hyp_off() }}

{{ stub_back() }}

{{ done() }}
{{ end_function("host_main") }}

        .ltorg
