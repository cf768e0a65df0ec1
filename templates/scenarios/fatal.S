@ scenarios/fatal.S for {{ board.name }}
@
@ Hyp mode comes to its end: an exception that nobody has armed a recovery for. It must not be silent: the
@ runtime says what it was, prints every register, and stops the CPU at hyp_stopped.

{% from "host.inc" import prologue, program, begin, check, call, hyp_on with context %}
{{ prologue() }}
{{ equ("UNMAPPED_VA", "HCR_TVM") }}

        .section .host.text, "ax", %progbits

{{ program("host_main", "the boot CPU's program",
   exit="none: Hyp mode stops at hyp_stopped; hypgen_failed if it does not") }}
{{ hyp_on() }}

{{ begin("fatal") }}
        @ Registers by which the dump can be read.
        ldr     r9, =0x99990009
        msr     LR_usr, r9                      @ Hyp mode has User mode's LR
        ldr     r4, =0x44440004
        ldr     r5, =0x55550005
        ldr     r6, =0x66660006
        ldr     r7, =0x77770007
        ldr     r2, =0x22220002
        ldr     r3, =0x33330003
{% if scenario == "fatal-trap" %}
        mov     r1, #HCR_TVM
{{ call("hyp_set_hcr") }}
        ldr     r0, =0x00000001
        {{ write("CONTEXTIDR", "r0", note="which HCR.TVM traps, and nobody emulates") }}
{% else %}
        ldr     r1, =UNMAPPED_VA
{{ call("hyp_last_words") }}
{% endif %}
        b       hypgen_failed                   @ it came back
{{ end_function("host_main") }}

        .ltorg

        .section .hyp.text, "ax", %progbits
{% if scenario == "fatal-trap" %}

@ ------------------------------------------------------------------------------------------------
@ hyp_set_hcr(r0): HCR = r0
@   entry     Hyp mode, MMU on
@   exit      returns; PL1 finds it in effect
@   clobbers  nothing
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_set_hcr") }}
        {{ write("HCR", "r0") }}
        bx      lr                              @ the ERET to PL1 synchronises
{{ end_function("hyp_set_hcr") }}
{% else %}

@ ------------------------------------------------------------------------------------------------
@ hyp_last_words(r0 = a VA that nothing is mapped at): cause {{
   {"fatal-undefined": "an Undefined Instruction exception",
    "fatal-call": "a Supervisor Call in Hyp mode",
    "fatal-prefetch": "a Prefetch Abort",
    "fatal-data": "a Data Abort, by a store to what Hyp mode may only read",
    "fatal-stack": "a stack without end, by calling itself"}[scenario] }}
@   entry     Hyp mode, MMU on
@   exit      none, by way of a vector at hyp_fatal
@   clobbers  r0, r1
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_last_words") }}
{% if scenario == "fatal-undefined" %}
        udf     #0
{% elif scenario == "fatal-call" %}
        svc     #0
{% elif scenario == "fatal-prefetch" %}
        bx      r0
{% elif scenario == "fatal-stack" %}
        push    {r1, lr}
        bl      hyp_last_words
{% else %}
        ldr     r0, =hyp_vectors
        str     r1, [r0]
{% endif %}
{{ end_function("hyp_last_words") }}
{% endif %}

        .ltorg
