@ host.S for {{ board.name }}
@
@ The host part plays the kernel: it runs in SVC mode with the PL1 MMU off, at its load address, and uses
@ Hyp mode as a hypervisor module would: load, use, unload, and all of it once more. Every step is
@ announced and its result printed and kept in the journal. The secondary CPUs are not started.
@
@ Registers that live throughout:
@   r8   load address of the journal
@   r9   HVBAR as the stub told it: what teardown puts back
@   r10  round, from 1
@   r11  index of this CPU

        .syntax unified
        .arm

{{ equ("IDMAP_OFFSET", "PHYS_OFFSET_LOW", "PHYS_OFFSET_HIGH", "STACK_SHIFT", "STACK_SIZE", "HVC_STUB",
       "HVC_INIT", "HVC_CALL", "HVC_TEARDOWN", "HVC_UNKNOWN", "HSCTLR_ON", "ROUNDS", "JOURNAL_MAGIC",
       "JOURNAL_VERSION", "JOURNAL_CAPACITY", "JOURNAL_COUNT", "JOURNAL_ENTRIES", "JOURNAL_ENTRY_SHIFT",
       "ENTRY_STEP", "ENTRY_ROUND", "ENTRY_GOT", "ENTRY_EXPECTED", "JOURNAL_BYTES") }}
{{ equ(*step_symbols) }}
{% if system_off is not none %}
        {{ commented(".equ    PSCI_SYSTEM_OFF, " ~ hex(system_off), "function identifier, from the board file") }}
{% endif %}

{% include "address.inc" %}

@ high:low = the physical address of the VA in low: what HTTBR takes. Clobbers r12 and the flags.
        .macro  virt_to_phys low, high
        ldr     r12, =PHYS_OFFSET_LOW
        ldr     \high, =PHYS_OFFSET_HIGH
        adds    \low, \low, r12
        adc     \high, \high, #0
        .endm
{% if address_translation == "virt_to_phys" %}

@ reg = the physical address of the VA in reg, cast to 32 bits: the mistake of 2012, played on purpose.
@ Where memory lies above 4 GiB this is the address of something else. Clobbers r12.
        .macro  virt_to_phys_cast reg
        ldr     r12, =PHYS_OFFSET_LOW
        add     \reg, \reg, r12
        .endm
{% endif %}
{# How a code address is converted that Hyp mode will use with its MMU off. #}
{% set hyp_code_address = "virt_to_phys_cast" if address_translation == "virt_to_phys" else "virt_to_idmap" %}

        .section .host.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ host_vectors: VBAR of the host part, which expects no exception.
@ ------------------------------------------------------------------------------------------------
        .balign 32                              @ VBAR<4:0> are SBZ
{{ function("host_vectors") }}
        b       host_unexpected                 @ 0x00 not used
        b       host_unexpected                 @ 0x04 Undefined Instruction, as HVC is when SCR.HCE = 0
        b       host_unexpected                 @ 0x08 Supervisor Call
        b       host_unexpected                 @ 0x0c Prefetch Abort
        b       host_unexpected                 @ 0x10 Data Abort
        b       host_unexpected                 @ 0x14 not used
        b       host_unexpected                 @ 0x18 IRQ
        b       host_unexpected                 @ 0x1c FIQ
{{ end_function("host_vectors") }}

{% macro begin(step) %}
        mov     r0, #{{ symbol(step) }}
        bl      host_begin
{%- endmacro %}
{% macro check(step, expected) %}
        ldr     r1, ={{ expected }}
        mov     r2, #{{ symbol(step) }}
        bl      host_check
{%- endmacro %}
{% macro call(function) %}
        {{ commented("ldr     r0, =" ~ function, "a VA: the Hyp MMU is on") }}
        hvc     #HVC_CALL
{%- endmacro %}
@ ------------------------------------------------------------------------------------------------
@ host_start
@   entry     SVC mode, MMU and caches off, A, I and F masked, HVBAR = stub; r11 = CPU index
@   exit      at hypgen_done or hypgen_failed
@ ------------------------------------------------------------------------------------------------
{{ function("host_start") }}
        ldr     sp, =host_stack_top
        virt_to_idmap sp
        ldr     r8, =host_journal
        virt_to_idmap r8
        mov     r10, #1
        mov     r0, r11
        bl      host_cpu
        ldr     r0, =text_hello
        bl      host_text
        bl      host_newline

host_round:
{% block stub_get %}
{{ begin("stub.get") }}
        mvn     r0, #0                          @ -1: read
        hvc     #HVC_STUB
        mov     r9, r0
        ldr     r1, =hyp_stub_vectors
        virt_to_idmap r1
        mov     r2, #STEP_STUB_GET
        bl      host_check
{% endblock %}

{% block stub_unknown %}
{{ begin("stub.unknown") }}
        hvc     #HVC_CALL                       @ there is no runtime to answer it yet
{{ check("stub.unknown", "HVC_UNKNOWN") }}
{% endblock %}

{% block vectors_set %}
{{ begin("vectors.set") }}
        ldr     r0, =hyp_init_vectors
        {{ commented(hyp_code_address ~ " r0", "Hyp mode fetches from there with its MMU off") }}
        bl      host_argument
        hvc     #HVC_STUB
{{ check("vectors.set", "0") }}
{% endblock %}

{% block init %}
{{ begin("init") }}
        ldr     r0, =hyp_stacks
        add     r0, r0, r11, lsl #STACK_SHIFT
        add     r0, r0, #STACK_SIZE             @ stacks grow down: the top, a VA
        ldr     r1, =hyp_vectors                @ a VA: in use when the Hyp MMU is on
        ldr     r2, =hyp_tables
        virt_to_phys r2, r3                     @ the walker takes all 40 bits
        hvc     #HVC_INIT
{{ check("init", "0") }}
{% endblock %}

{% block runtime_calls %}
{{ begin("runtime.where") }}
{{ call("hyp_where") }}
{{ check("runtime.where", "hyp_where") }}

{{ begin("runtime.hsctlr") }}
{{ call("hyp_hsctlr") }}
{{ check("runtime.hsctlr", "HSCTLR_ON") }}

{{ begin("runtime.call") }}
        mov     r1, #0x1000000
        mov     r2, #0x2300
        mov     r3, #0x45
{{ call("hyp_sum") }}
{{ check("runtime.call", "0x1002345") }}

{{ begin("runtime.unknown") }}
        hvc     #HVC_INIT                       @ hyp-init no longer listens
{{ check("runtime.unknown", "HVC_UNKNOWN") }}
{% endblock %}
{% block probes %}
{% for step, probe, slot in (
    ("slot.04.udf", "hyp_probe_udf", "0x04"),
    ("slot.08.svc", "hyp_probe_svc", "0x08"),
    ("slot.08.hvc", "hyp_probe_hvc", "0x08"),
    ("slot.0c", "hyp_probe_fetch", "0x0c"),
    ("slot.10", "hyp_probe_load", "0x10"),
) %}

{{ begin(step) }}
{{ call(probe) }}
{{ check(step, slot) }}
{% endfor %}
{% endblock %}

{% block teardown %}
{{ begin("teardown") }}
        ldr     r0, =hyp_teardown
        {{ commented(hyp_code_address ~ " r0", "the MMU goes off under it") }}
        bl      host_argument
        mov     r1, r9
        hvc     #HVC_TEARDOWN
{{ check("teardown", "0") }}
{% endblock %}

{% block teardown_stub %}
{{ begin("teardown.stub") }}
        mvn     r0, #0
        hvc     #HVC_STUB
        mov     r1, r9
        mov     r2, #STEP_TEARDOWN_STUB
        bl      host_check
{% endblock %}

        cmp     r10, #ROUNDS
        addlo   r10, r10, #1
        blo     host_round

{{ begin("done") }}
        mov     r0, r10
{{ check("done", "ROUNDS") }}
        b       hypgen_done
{{ end_function("host_start") }}

        .ltorg

@ ------------------------------------------------------------------------------------------------
@ host_begin: announce a step: "cpu0 stub.get: ask the stub for HVBAR"
@   entry     r0 = step
@   clobbers  r0 to r3, r12
@ ------------------------------------------------------------------------------------------------
{{ function("host_begin") }}
        push    {r4, lr}
        ldr     r4, =step_texts
        virt_to_idmap r4
        add     r4, r4, r0, lsl #3              @ two words for each step: name and intent
        mov     r0, r11
        bl      host_cpu
        ldr     r0, [r4]
        bl      host_text
        ldr     r0, =text_colon
        bl      host_text
        ldr     r0, [r4, #4]
        bl      host_text
        bl      host_newline
        pop     {r4, pc}
{{ end_function("host_begin") }}

@ ------------------------------------------------------------------------------------------------
@ host_argument: show the address that is about to be handed to Hyp mode
@   entry     r0 = address
@   exit      r0 unchanged
@   clobbers  r1 to r3, r12
@ ------------------------------------------------------------------------------------------------
{{ function("host_argument") }}
        push    {r4, lr}
        mov     r4, r0
        mov     r0, r11
        bl      host_cpu
        ldr     r0, =text_argument
        bl      host_text
        mov     r0, r4
        bl      host_hex
        bl      host_newline
        mov     r0, r4
        pop     {r4, pc}
{{ end_function("host_argument") }}

@ ------------------------------------------------------------------------------------------------
@ host_check: journal and print a result; a wrong one ends the run
@   entry     r0 = what the step gave, r1 = what it should give, r2 = step
@   exit      returns when they are equal, otherwise goes to hypgen_failed
@   clobbers  r0 to r3, r12
@ ------------------------------------------------------------------------------------------------
{{ function("host_check") }}
        push    {r4, r5, r6, lr}
        mov     r4, r0
        mov     r5, r1
        ldr     r3, [r8, #JOURNAL_COUNT]        @ there is room for ROUNDS rounds
        add     r6, r8, #JOURNAL_ENTRIES
        add     r6, r6, r3, lsl #JOURNAL_ENTRY_SHIFT
        str     r2, [r6, #ENTRY_STEP]
        str     r10, [r6, #ENTRY_ROUND]
        str     r4, [r6, #ENTRY_GOT]
        str     r5, [r6, #ENTRY_EXPECTED]
        add     r3, r3, #1
        str     r3, [r8, #JOURNAL_COUNT]

        mov     r0, r11
        bl      host_cpu
        ldr     r0, =text_gave
        bl      host_text
        mov     r0, r4
        bl      host_hex
        cmp     r4, r5
        bne     1f
        ldr     r0, =text_right
        bl      host_text
        bl      host_newline
        pop     {r4, r5, r6, pc}

1:      ldr     r0, =text_wrong
        bl      host_text
        mov     r0, r5
        bl      host_hex
        bl      host_newline
        b       hypgen_failed
{{ end_function("host_check") }}

@ ------------------------------------------------------------------------------------------------
@ host_unexpected: an exception in PL1
@   entry     any PL1 mode; its SP holds nothing known
@   exit      at hypgen_failed
@ ------------------------------------------------------------------------------------------------
{{ function("host_unexpected") }}
        mov     r4, lr
        ldr     sp, =host_stack_top
        virt_to_idmap sp
        mov     r0, r11
        bl      host_cpu
        ldr     r0, =text_host_unexpected
        bl      host_text
        mov     r0, r4
        bl      host_hex
        bl      host_newline
        b       hypgen_failed
{{ end_function("host_unexpected") }}

@ ------------------------------------------------------------------------------------------------
@ hypgen_done, hypgen_failed: where every run of this image ends
@   entry     MMU off, r11 = CPU index
@   exit      none
@ ------------------------------------------------------------------------------------------------
{{ function("hypgen_done") }}
{% block done %}
{% if system_off is not none %}
        ldr     r0, =PSCI_SYSTEM_OFF
        smc     #0                              @ firmware turns the board off
{% endif %}
        b       .
{% endblock %}
{{ end_function("hypgen_done") }}

{{ function("hypgen_failed") }}
        mov     r0, r11
        bl      host_cpu
        ldr     r0, =text_failed
        bl      host_text
        bl      host_newline
        b       .
{{ end_function("hypgen_failed") }}

        .ltorg

        .section .host.rodata, "a", %progbits
text_hello:
        .asciz  "boot: was in Hyp mode, the stub is resident, now in SVC mode with the MMU off"
text_colon:
        .asciz  ": "
text_argument:
        .asciz  "  handing over the address "
text_gave:
        .asciz  "  gave "
text_right:
        .asciz  ", as expected"
text_wrong:
        .asciz  ", expected "
text_failed:
        .asciz  "FAILED: stopping here"
text_host_unexpected:
        .asciz  "unexpected exception in the host part, LR "
        .balign 4
step_texts:
        .word   0, 0                            @ steps count from 1
{% for step in steps %}
        .word   step_{{ step.number }}_name, step_{{ step.number }}_intent
{% endfor %}
{% for step in steps %}
step_{{ step.number }}_name:
        .asciz  "{{ step.name }}"
step_{{ step.number }}_intent:
        .asciz  "{{ step.intent }}"
{% endfor %}

        .section .host.data, "aw", %progbits
        .balign 16
{{ object("host_journal") }}
        .word   JOURNAL_MAGIC, JOURNAL_VERSION, JOURNAL_CAPACITY
        .word   0                               @ entries written so far
        .space  JOURNAL_BYTES
{{ end_object("host_journal") }}

        .section .host.stack, "aw", %nobits
        .balign 8
{{ object("host_stack") }}
        .space  {{ host_stack_size }}
host_stack_top:
        .global host_stack_top
{{ end_object("host_stack") }}
