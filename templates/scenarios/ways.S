@ scenarios/ways.S for {{ board.name }}
@
@ What the image is entered for is the way in (boot.S); what comes after it is one short life of Hyp mode on
@ each CPU, which shows that the way led there.

{% from "host.inc" import prologue, program, begin, check, reach, wait_all, hyp_on, hyp_off, stub_get,
   runtime_where, stub_back, done with context %}
{{ prologue() }}
{% if way.has_gic %}
{{ equ("GICD_BASE", "GICC_BASE") }}
{% endif %}
        .equ    DONE, 1                         @ state of a CPU: it is through

        .section .host.text, "ax", %progbits

{% if all_cpus %}
{{ program("host_main", "one short life of Hyp mode; host_other is the same, on another CPU",
   exit="the boot CPU at hypgen_done, another at host_park; hypgen_failed when a result is not as expected") }}
{{ end_function("host_main") }}
{{ function("host_other") }}
{% else %}
{{ program("host_main", "one short life of Hyp mode") }}
{% endif %}
{% if way.has_gic %}
{% block gic %}
        @ Non-secure software reaches an interrupt's enable bit only if the interrupt is its own, and a
        @ priority mask only where Secure software left it in the upper half.
{{ begin("gic.group") }}
        ldr     r4, =GICD_BASE
        mov     r0, #1 << 27                    @ PPI 11, the virtual timer's
        {{ to_le("r0") }}str     r0, [r4, #0x100]                @ GICD_ISENABLER0
        ldr     r5, [r4, #0x100]
        str     r0, [r4, #0x180]                @ GICD_ICENABLER0: as it was
        and     r0, r5, r0{{ from_le("r0") }}
{{ check("gic.group", "1 << 27") }}

{{ begin("gic.mask") }}
        ldr     r4, =GICC_BASE
        mov     r0, #0x80
        {{ to_le("r0") }}str     r0, [r4, #0x04]                 @ GICC_PMR
        ldr     r0, [r4, #0x04]{{ from_le("r0") }}
{{ check("gic.mask", "0x80") }}
{% endblock %}
{% endif %}

{{ stub_get() }}
{{ hyp_on() }}

{{ runtime_where() }}
{{ hyp_off() }}

{{ stub_back() }}
{% if all_cpus %}
{{ reach("DONE") }}
        cmp     r11, #0
        bne     host_park
{{ wait_all("DONE") }}
{% endif %}

{{ done() }}
{% if all_cpus %}
{{ end_function("host_other") }}
{% else %}
{{ end_function("host_main") }}
{% endif %}

        .ltorg
