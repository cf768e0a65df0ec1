@ support.S for {{ board.name }}
@
@ What every host program uses: its start on each CPU, lines of the console, the journal, and the starting of
@ CPUs. It runs in SVC mode{{ "" if host_mmu else " with the PL1 MMU off, at the load address" }}.
@
@ Registers that live throughout the host part, on every CPU:
@   r8   {{ "address" if host_mmu else "load address" }} of this CPU's journal
@   r9   HVBAR as the stub told it: what teardown puts back
@   r10  round, from 1
@   r11  index of this CPU in the board's list, the boot CPU's being 0

        .syntax unified
        .{{ isa }}

{{ equ("IDMAP_OFFSET", "CPU_COUNT", "HOST_STACK_SHIFT", "STACK_SIZE", "JOURNAL_SHIFT", "JOURNAL_MAGIC",
       "JOURNAL_VERSION", "JOURNAL_CAPACITY", "JOURNAL_COUNT", "JOURNAL_ENTRIES", "JOURNAL_ENTRY_SHIFT",
       "JOURNAL_BYTES") }}
{% if system_off is not none %}
        {{ commented(".equ    PSCI_SYSTEM_OFF, " ~ hex(system_off), "function identifier, from the board file") }}
{% endif %}
{% if not host_mmu %}
        .equ    TICKET_CHOOSING, 0              @ words of a CPU's ticket for the console
        .equ    TICKET_NUMBER, 4
{% endif %}

{% include "address.inc" %}

        .section .host.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ host_vectors: VBAR of the host part, which expects no exception.
@ ------------------------------------------------------------------------------------------------
        .balign 32                              @ VBAR<4:0> are SBZ
{{ vector_table("host_vectors") }}
        {{ branch }}host_unexpected                 @ 0x00 not used
        {{ branch }}host_unexpected                 @ 0x04 Undefined Instruction, as HVC is when SCR.HCE = 0
        {{ branch }}host_unexpected                 @ 0x08 Supervisor Call
        {{ branch }}host_unexpected                 @ 0x0c Prefetch Abort
        {{ branch }}host_unexpected                 @ 0x10 Data Abort
        {{ branch }}host_unexpected                 @ 0x14 not used
        {{ branch }}host_unexpected                 @ 0x18 IRQ
        {{ branch }}host_unexpected                 @ 0x1c FIQ
{{ end_vector_table("host_vectors") }}

@ ------------------------------------------------------------------------------------------------
@ host_start: boot.S comes here on each CPU
@   entry     SVC mode, MMU and caches off, A, I and F masked, HVBAR = stub; r11 = CPU index;
@             r0 = VA of a text that says how it came here
@   exit      at host_main on the boot CPU, at host_other on another; r8, r10 and r11 as above
@   clobbers  everything but r9
{% if host_mmu %}
@
@ Another CPU than the boot CPU turns its MMU on before it stores anything: what the boot CPU has in its
@ caches must not be stored past them.
{% endif %}
@ ------------------------------------------------------------------------------------------------
{{ function("host_start") }}
{% if host_mmu %}
        cmp     r11, #0
        bne     host_mmu_other
{{ end_function("host_start") }}

@ ------------------------------------------------------------------------------------------------
@ host_started: host_start, the MMU of another CPU than the boot CPU being on by now
@   entry     as host_start; on another CPU MMU and caches on, at the VA
@   exit      as host_start
@   clobbers  everything but r9
@ ------------------------------------------------------------------------------------------------
{{ function("host_started") }}
{% endif %}
        mov     r1, r0
        bl      host_stack
        ldr     r8, =host_journal
        here    r8
        add     r8, r8, r11, lsl #JOURNAL_SHIFT
        mov     r10, #1
        mov     r0, r1
        bl      host_say
        cmp     r11, #0
        beq     host_main
{% if all_cpus %}
        b       host_other
{% else %}
        b       host_park                       @ this program is the boot CPU's alone
{% endif %}
{{ end_function("host_started" if host_mmu else "host_start") }}

@ ------------------------------------------------------------------------------------------------
@ host_stack: give this CPU its stack
@   entry     r11 = CPU index
@   exit      SP = top of the CPU's host stack
@   clobbers  r0, r12
@ ------------------------------------------------------------------------------------------------
{{ function("host_stack") }}
        ldr     r0, =host_stacks
        here    r0
        add     r0, r0, #STACK_SIZE             @ stacks grow down: the top
        add     r0, r0, r11, lsl #HOST_STACK_SHIFT
        mov     sp, r0
        bx      lr
{{ end_function("host_stack") }}

@ ------------------------------------------------------------------------------------------------
@ host_begin: announce a step: "cpu0 stub.get: ask the stub for HVBAR"
@   entry     r0 = step
@   exit      the line is printed
@   clobbers  r0 to r3, r12
@ ------------------------------------------------------------------------------------------------
{{ function("host_begin") }}
        push    {r4, lr}
        ldr     r4, =step_texts
        here    r4
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
@ host_say: print a line
@   entry     r0 = VA of the text
@   exit      the line is printed
@   clobbers  r0 to r3, r12
@ ------------------------------------------------------------------------------------------------
{{ function("host_say") }}
        push    {r4, lr}
        mov     r4, r0
        mov     r0, r11
        bl      host_cpu
        mov     r0, r4
        bl      host_text
        bl      host_newline
        pop     {r4, pc}
{{ end_function("host_say") }}

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
        ldr     r12, [r8, #JOURNAL_COUNT]       @ there is room for ROUNDS rounds
        add     r6, r8, #JOURNAL_ENTRIES
        add     r6, r6, r12, lsl #JOURNAL_ENTRY_SHIFT
        mov     r3, r10
        stm     r6, {r2-r5}                     @ an entry: step, round, what it gave, what it should give
        add     r12, r12, #1
        str     r12, [r8, #JOURNAL_COUNT]

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
@ host_lock: begin a line of the console, which the CPUs share
@   entry     r11 = CPU index
@   exit      no other CPU prints until host_unlock
@   clobbers  r0 to r3, r12
@
{% if host_mmu %}
@ A spin lock. LDREX and STREX need Normal memory, which there is from the MMU on (DDI 0406C A3.4.5); before that
@ only the boot CPU executes, and locks nothing.
@ ------------------------------------------------------------------------------------------------
{{ function("host_lock") }}
        {{ read("SCTLR", "r0") }}
        tst     r0, #1                          @ M
        bxeq    lr
        ldr     r0, =host_console
        mov     r1, #1
1:      ldrex   r2, [r0]
        cmp     r2, #0
        bne     2f
        strex   r2, r1, [r0]
        cmp     r2, #0
        bne     1b
        dmb     ish                             @ what the lock guards is read after it
        bx      lr
2:      wfe                                     @ until a line has ended
        b       1b
{{ end_function("host_lock") }}

@ ------------------------------------------------------------------------------------------------
@ host_unlock: end a line of the console, and count it
@   entry     this CPU has the console; r11 = CPU index
@   exit      another CPU may print
@   clobbers  r0, r1, r12
@ ------------------------------------------------------------------------------------------------
{{ function("host_unlock") }}
        ldr     r0, =host_lines
        here    r0
        ldr     r1, [r0]
        add     r1, r1, #1
        str     r1, [r0]
        {{ read("SCTLR", "r0") }}
        tst     r0, #1                          @ M
        bxeq    lr
        dmb     ishst                           @ what was stored under the lock comes before this
        ldr     r0, =host_console
        mov     r1, #0
        str     r1, [r0]
        dsb     ishst                           @ it is there before the others wake
        sev
        bx      lr
{{ end_function("host_unlock") }}
{% else %}
@ Lamport's bakery: with the MMU off memory is Strongly-ordered, where LDREX and STREX need not work
@ (DDI 0406C A3.4.5), and loads and stores of a word are all that this needs. It needs no barrier either: accesses
@ to Strongly-ordered memory are made in the order of the program (A3.8.2). Each CPU draws a number above all that
@ it sees; the lowest number has the lock, of two equal ones that of the lower CPU.
@ ------------------------------------------------------------------------------------------------
{{ function("host_lock") }}
        push    {r4, r5, r6, lr}
        ldr     r4, =host_tickets
        here    r4
        add     r5, r4, r11, lsl #3
        mov     r0, #1
        str     r0, [r5, #TICKET_CHOOSING]
        mov     r1, #0
        mov     r2, #0
1:      add     r3, r4, r2, lsl #3
        ldr     r3, [r3, #TICKET_NUMBER]
        cmp     r3, r1
        movhi   r1, r3
        add     r2, r2, #1
        cmp     r2, #CPU_COUNT
        blo     1b
        add     r1, r1, #1
        str     r1, [r5, #TICKET_NUMBER]
        mov     r0, #0
        str     r0, [r5, #TICKET_CHOOSING]

        mov     r2, #0
2:      cmp     r2, r11
        beq     5f
        add     r3, r4, r2, lsl #3
3:      ldr     r0, [r3, #TICKET_CHOOSING]
        cmp     r0, #0
        bne     3b
4:      ldr     r0, [r3, #TICKET_NUMBER]
        cmp     r0, #0
        beq     5f
        cmp     r0, r1
        cmpeq   r2, r11
        bhs     5f
{% if all_cpus %}
        wfe                                     @ until a line has ended
{% endif %}
        b       4b
5:      add     r2, r2, #1
        cmp     r2, #CPU_COUNT
        blo     2b
        pop     {r4, r5, r6, pc}
{{ end_function("host_lock") }}

@ ------------------------------------------------------------------------------------------------
@ host_unlock: end a line of the console
@   entry     the lock is this CPU's, by host_lock
@   exit      it is free, and whoever waits for it looks again
@   clobbers  r0, r1, r12
@ ------------------------------------------------------------------------------------------------
{{ function("host_unlock") }}
        ldr     r0, =host_tickets
        here    r0
        add     r0, r0, r11, lsl #3
        mov     r1, #0
        str     r1, [r0, #TICKET_NUMBER]
{% if all_cpus %}
        dsb     ishst                           @ it is there before the others wake
        sev
{% endif %}
        bx      lr
{{ end_function("host_unlock") }}
{% endif %}
{% if all_cpus %}

@ ------------------------------------------------------------------------------------------------
@ host_set_state: tell the other CPUs how far this one is
@   entry     r0 = state, higher than any before
@   exit      the others see it, and who waits for it is awake
@   clobbers  r1, r12
@ ------------------------------------------------------------------------------------------------
{{ function("host_set_state") }}
        ldr     r1, =host_states
        here    r1
        dmb     ishst                           @ what was stored before is seen before the state
        str     r0, [r1, r11, lsl #2]
        dsb     ishst                           @ the state is there before the others wake
        sev
        bx      lr
{{ end_function("host_set_state") }}

@ ------------------------------------------------------------------------------------------------
@ host_wait_state: wait until a CPU has come to a state
@   entry     r0 = state, r1 = CPU
@   exit      r3 = the CPU's state; what it did before it came there is seen
@   clobbers  r2, r3, r12
@ ------------------------------------------------------------------------------------------------
{{ function("host_wait_state") }}
        ldr     r2, =host_states
        here    r2
1:      ldr     r3, [r2, r1, lsl #2]
        cmp     r3, r0
        bhs     2f
        wfe                                     @ until some CPU has set its state
        b       1b
2:      dmb     ish                             @ what that CPU did before is seen from here on
        bx      lr
{{ end_function("host_wait_state") }}

@ ------------------------------------------------------------------------------------------------
@ host_wait_all: wait until every CPU has come to a state
@   entry     r0 = state
@   exit      what each did before is seen
@   clobbers  r1 to r3, r12
@ ------------------------------------------------------------------------------------------------
{{ function("host_wait_all") }}
        push    {r4, lr}
        mov     r1, #0
1:      bl      host_wait_state
        add     r1, r1, #1
        cmp     r1, #CPU_COUNT
        blo     1b
        pop     {r4, pc}
{{ end_function("host_wait_all") }}

{% include "secondaries.inc" %}
{% endif %}

@ ------------------------------------------------------------------------------------------------
@ host_unexpected: an exception in PL1
@   entry     any PL1 mode; its SP holds nothing known
@   exit      at hypgen_failed
@   clobbers  everything
@ ------------------------------------------------------------------------------------------------
{{ function("host_unexpected") }}
        mov     r4, lr
        bl      host_stack
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
@   clobbers  everything
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
        ldr     r0, =text_failed
        bl      host_say
        b       .
{{ end_function("hypgen_failed") }}

@ ------------------------------------------------------------------------------------------------
@ host_park: a CPU other than the boot CPU that has nothing more to do
@   entry     SVC mode, HVBAR = stub
@   exit      none
@   clobbers  nothing
@ ------------------------------------------------------------------------------------------------
{{ function("host_park") }}
        b       .
{{ end_function("host_park") }}

        .ltorg

        .section .host.rodata, "a", %progbits
{{ object("hypgen_scenario") }}
        .asciz  "{{ scenario }}"
{{ end_object("hypgen_scenario") }}
{% if all_cpus %}
text_back:
        .asciz  "boot: back in the host part"
{% endif %}
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
{% for mpidr in mpidrs %}
        .word   JOURNAL_MAGIC, JOURNAL_VERSION, JOURNAL_CAPACITY
        .word   0                               @ entries written so far
        .space  JOURNAL_BYTES
{% endfor %}
{{ end_object("host_journal") }}
{% if host_mmu %}
{{ object("host_console") }}
        .word   0                               @ whether a CPU has the console
{{ end_object("host_console") }}
{{ object("host_lines") }}
        .word   0                               @ lines of the host part
{{ end_object("host_lines") }}
{% else %}
{{ object("host_tickets") }}
        .space  8 * CPU_COUNT                   @ of each CPU: choosing, number
{{ end_object("host_tickets") }}
{% endif %}
{{ object("host_states") }}
        .space  4 * CPU_COUNT                   @ how far each CPU is
{{ end_object("host_states") }}
{{ object("host_modes") }}
        .space  4 * CPU_COUNT                   @ the mode that each CPU was entered in; 0: not yet
{{ end_object("host_modes") }}
{% if all_cpus %}
{{ object("host_wanted") }}
        .space  4 * CPU_COUNT                   @ whether a CPU that is off is to come back
{{ end_object("host_wanted") }}
{% endif %}

        .section .host.stack, "aw", %nobits
        .balign 8
{{ object("host_stacks") }}
        .space  {{ host_stack_size }}
{{ end_object("host_stacks") }}
