@ scenarios/ways.S for {{ board.name }}
@
@ What the image is entered for is the way in (boot.S); what comes after it is one short life of Hyp mode on
@ each CPU, which shows that the way led there.

{% from "host.inc" import prologue, program, begin, check, call, reach, wait_all, hyp_on, hyp_off, stub_get,
   runtime_where, stub_back, done with context %}
{{ prologue() }}
{% if way.has_gic %}
{{ equ("GICD_BASE", "GICC_BASE") }}
{% endif %}
{% if way.mode == "secure-svc" %}
{{ equ("CPACR_VFP", "FPEXC_EN", "ACTLR_SMP") }}
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
        @ What Secure software has granted (NSACR, SCR) is used: the unit is UNDEFINED without it.
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

        @ A CPU that goes off leaves coherency first. With the MMU off it has nothing in its caches.
{{ begin("granted.smp") }}
        {{ read("ACTLR", "r1") }}
        bic     r0, r1, #ACTLR_SMP
        {{ write("ACTLR", "r0", note="ignored without NSACR.NS_SMP") }}
        {{ read("ACTLR", "r0") }}
        {{ write("ACTLR", "r1", note="in again: synchronised by the next call of Hyp mode") }}
        and     r0, r0, #ACTLR_SMP
{{ check("granted.smp", "0") }}

        @ An SMC comes to Monitor mode, and not to Hyp mode.
{{ begin("granted.call") }}
        smc     #0
{{ check("granted.call", "0xffffffff") }}
{% endblock %}
{% endif %}

{{ stub_get() }}
{{ hyp_on() }}

{{ runtime_where() }}
{% if way.mode == "secure-svc" and interrupts.kind != "none" %}

{% block granted_interrupts %}
        @ Secure software leaves them alone (SCR): neither comes to Monitor mode.
{{ begin("slot.18") }}
        bl      host_send_irq                   @ it stays pending: CPSR.I is 1
{{ call("hyp_await_irq") }}
{{ check("slot.18", "0x18") }}

{{ begin("slot.1c") }}
        bl      host_send_fiq
{{ call("hyp_await_fiq") }}
        mov     r4, r0
        bl      host_interrupts_off
        adds    r0, r4, #1
        beq     1f                              @ nobody outside has sent one
        mov     r0, r4
{{ check("slot.1c", "0x1c") }}
1:
{% endblock %}
{% endif %}

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
