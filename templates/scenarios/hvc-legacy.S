@ scenarios/hvc-legacy.S for {{ board.name }}
@
@ The interface of Linux 3.7 to 4.11: hvc #0, r0 = -1 reads HVBAR and any other r0 is an address for it. The stub
@ and the runtime both answer it. Others' calls, and the stub's own of 2012 while the runtime is there, get the
@ answer of an unknown call.

{% from "host.inc" import prologue, program, begin, check, check_r1, hyp_off, init, runtime_where, done with
   context %}
{{ prologue() }}
{{ equ("HVC_LINUX_LEGACY_IMMEDIATE", "HVC_XEN_IMMEDIATE") }}

        .section .host.text, "ax", %progbits

{{ program("host_main", "the boot CPU's program") }}
{{ begin("legacy.get") }}
        mvn     r0, #0                          @ -1: read
        hvc     #HVC_LINUX_LEGACY_IMMEDIATE
        mov     r9, r0
        ldr     r1, =hyp_stub_vectors
        virt_to_idmap r1
{{ check_r1("legacy.get") }}

{{ begin("legacy.no_table") }}
        ldr     r0, =hyp_init_vectors + 4
        virt_to_idmap r0
        hvc     #HVC_LINUX_LEGACY_IMMEDIATE
{{ check("legacy.no_table", "HVC_UNKNOWN") }}

{{ begin("foreign.stub") }}
        mvn     r0, #0
        hvc     #HVC_XEN_IMMEDIATE
{{ check("foreign.stub", "HVC_UNKNOWN") }}

{{ begin("legacy.set") }}
        ldr     r4, =hyp_init_vectors
        virt_to_idmap r4                        @ Hyp mode fetches from there with its MMU off
        mov     r0, r4
        hvc     #HVC_LINUX_LEGACY_IMMEDIATE
        mov     r1, r4                          @ Linux's stub returns what it was given
{{ check_r1("legacy.set") }}

{{ init() }}

{{ runtime_where() }}

{{ begin("legacy.runtime") }}
        mvn     r0, #0
        hvc     #HVC_LINUX_LEGACY_IMMEDIATE
{{ check("legacy.runtime", "hyp_vectors") }}

{{ begin("legacy.refused") }}
        mov     r0, r9
        hvc     #HVC_LINUX_LEGACY_IMMEDIATE
{{ check("legacy.refused", "HVC_UNKNOWN") }}

{{ begin("mail.runtime") }}
        mvn     r0, #0
        hvc     #HVC_STUB                       @ the stub's, of the mail of 2012
{{ check("mail.runtime", "HVC_UNKNOWN") }}

{{ begin("foreign.runtime") }}
        mvn     r0, #0
        hvc     #HVC_XEN_IMMEDIATE
{{ check("foreign.runtime", "HVC_UNKNOWN") }}
{{ hyp_off() }}

{{ begin("legacy.again") }}
        mvn     r0, #0
        hvc     #HVC_LINUX_LEGACY_IMMEDIATE
        mov     r1, r9
{{ check_r1("legacy.again") }}

{{ done() }}
{{ end_function("host_main") }}

        .ltorg
