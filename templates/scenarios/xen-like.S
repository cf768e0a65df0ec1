@ scenarios/xen-like.S for {{ board.name }}
@
@ A hypervisor whose tag is Xen's: its guests call it by hvc #0xea1, the number in r12.

{% from "host.inc" import prologue, begin, check, check_r1, call, hyp_on, hyp_off with context %}
{{ prologue() }}
{{ equ("HVC_XEN_IMMEDIATE") }}

        .section .host.text, "ax", %progbits

{{ function("host_main") }}
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
{{ check("runtime.where", "hyp_where") }}

{{ begin("xen.version") }}
        mov     r12, #17                        @ xen_version
        mov     r0, #0                          @ XENVER_version
        hvc     #HVC_XEN_IMMEDIATE
{{ check("xen.version", "4 << 16") }}
{{ hyp_off() }}

{{ begin("teardown.stub") }}
        mvn     r0, #0
        hvc     #HVC_STUB
        mov     r1, r9
{{ check_r1("teardown.stub") }}

{{ begin("done") }}
        mov     r0, r10
{{ check("done", "ROUNDS") }}
        b       hypgen_done
{{ end_function("host_main") }}

        .ltorg
