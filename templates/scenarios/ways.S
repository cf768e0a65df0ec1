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
{% if way.mode == "secure-svc" %}
{{ equ("CPACR_VFP", "FPEXC_EN") }}
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

{% if way.mode == "secure-svc" %}
{% block granted %}
        @ What Secure software has granted (NSACR) is used: the unit is UNDEFINED without it.
{{ begin("granted.fp") }}
        ldr     r0, =CPACR_VFP
        {{ write("CPACR", "r0") }}
        isb                                     @ the accesses below are UNDEFINED until then
        ldr     r0, =FPEXC_EN
        vmsr    fpexc, r0
        ldr     r0, =CPACR_VFP
        vmov    d0, r0, r0
        vmov    r0, r1, d0
{{ check("granted.fp", "CPACR_VFP") }}
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
