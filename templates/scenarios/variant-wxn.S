{% extends "host.S" %}
{% block about %}
@ scenarios/variant-wxn.S for {{ board.name }}
@
@ The program of host.S, and a page that the Hyp tables map with neither XN nor AP[2]: only HSCTLR.WXN keeps
@ Hyp mode from executing it.
{% endblock %}
{% block probes %}
{{ super() }}

{{ begin("wxn.read") }}
{{ call("hyp_read_writable") }}
        mov     r4, r0
        ldr     r1, =hyp_writable_page
        virt_to_idmap r1
        ldr     r1, [r1]
{{ check_r1("wxn.read") }}

{{ begin("wxn.write") }}
        mov     r1, r4
{{ call("hyp_write_writable") }}
        mov     r1, r4
{{ check_r1("wxn.write") }}

{{ begin("wxn.fetch") }}
{{ call("hyp_probe_writable") }}
{{ check("wxn.fetch", "0x0c") }}
{% endblock %}

{% block more %}

        .section .hyp.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ hyp_read_writable: returns the first word of the page
@   entry     Hyp mode, MMU on
@   exit      r0 = the word
@   clobbers  nothing else
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_read_writable") }}
        ldr     r0, =hyp_writable_page
        ldr     r0, [r0]
        bx      lr
{{ end_function("hyp_read_writable") }}

@ ------------------------------------------------------------------------------------------------
@ hyp_write_writable: writes r0 there, and returns what it reads afterwards
@   entry     Hyp mode, MMU on
@   exit      r0 = the word
@   clobbers  r1 (AAPCS)
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_write_writable") }}
        ldr     r1, =hyp_writable_page
        str     r0, [r1]
        ldr     r0, [r1]
        bx      lr
{{ end_function("hyp_write_writable") }}

{% from "probe.inc" import probe with context %}
{% call probe("hyp_probe_writable", "execute what is in the page") %}
        ldr     r3, =hyp_writable_code
        blx     r3                              @ returns if the page is executed
{% endcall %}
        .ltorg

        .section .hyp.writable_code, "aw", %progbits
        .balign 4
        .global hyp_writable_page
hyp_writable_page:                              @ no function, so that its address has no bit 0 in T32
@ ------------------------------------------------------------------------------------------------
@ hyp_writable_code: what the page holds
@   entry     as a function
@   exit      returns, if it is executed
@   clobbers  nothing
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_writable_code") }}
        bx      lr
{{ end_function("hyp_writable_code") }}
{% endblock %}
