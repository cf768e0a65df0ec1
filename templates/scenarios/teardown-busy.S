@ scenarios/teardown-busy.S for {{ board.name }}
@
@ Every CPU has its Hyp MMU on. The boot CPU turns its own off and wants the tables back: they are refused,
@ because a walk of freed tables by another CPU would be a use after free. When the last CPU has turned its
@ MMU off they are freed, that is overwritten.

{% from "host.inc" import prologue, program, begin, check, call, reach, wait_all, hyp_on, hyp_off,
   runtime_where, wait_boot, wait_others, done with context %}
{% from "start_all.inc" import start_all with context %}
{{ prologue() }}
        .equ    BUSY, -16                       @ what host_free_tables answers while a CPU has its MMU on
        .equ    ARRIVED, 1                      @ states of a CPU: it is in the host part,
        .equ    HYP_ON, 2                       @ its Hyp MMU is on,
        .equ    GO_ON, 3                        @ (the boot CPU's) the tables were refused,
        .equ    HYP_OFF, 4                      @ its Hyp MMU is off

        .section .host.text, "ax", %progbits

{{ program("host_main", "the boot CPU turns Hyp mode off first, and wants the tables back") }}
{{ reach("ARRIVED") }}
{{ start_all("ARRIVED") }}
        mvn     r0, #0                          @ -1: read
        hvc     #HVC_STUB
        mov     r9, r0
{{ hyp_on() }}
        ldr     r4, =host_users
        virt_to_idmap r4
        mov     r0, #1
        str     r0, [r4, r11, lsl #2]
{{ reach("HYP_ON") }}
{{ wait_all("HYP_ON") }}

{{ runtime_where() }}
{{ hyp_off() }}
        mov     r0, #0
        str     r0, [r4, r11, lsl #2]

{{ begin("free.refused") }}
        bl      host_free_tables
{{ check("free.refused", "BUSY") }}
{{ reach("GO_ON") }}
{{ wait_others("HYP_OFF") }}

{{ begin("free.done") }}
        bl      host_free_tables
{{ check("free.done", "0") }}

{{ done() }}
{{ end_function("host_main") }}

{{ program("host_other", "another CPU turns it off when the tables were refused",
   exit="at host_park") }}
        mvn     r0, #0                          @ -1: read
        hvc     #HVC_STUB
        mov     r9, r0
{{ reach("ARRIVED") }}
{{ wait_boot("HYP_ON") }}
{{ hyp_on() }}
        ldr     r4, =host_users
        virt_to_idmap r4
        mov     r0, #1
        str     r0, [r4, r11, lsl #2]
{{ reach("HYP_ON") }}
{{ wait_boot("GO_ON") }}

{{ begin("runtime.still") }}
{{ call("hyp_where") }}
{{ check("runtime.still", "hyp_here") }}
{{ hyp_off() }}
        mov     r0, #0
        str     r0, [r4, r11, lsl #2]
{{ reach("HYP_OFF") }}
        b       host_park
{{ end_function("host_other") }}

@ ------------------------------------------------------------------------------------------------
@ host_free_tables: give the memory of the Hyp tables back
@   entry     SVC mode, the MMU of this CPU off at both levels
@   exit      r0 = 0: it is overwritten; or BUSY: a CPU has its Hyp MMU on, and nothing was changed
@   clobbers  r1 to r3, r12
@ ------------------------------------------------------------------------------------------------
{{ function("host_free_tables") }}
        ldr     r1, =host_users
        virt_to_idmap r1
        mov     r2, #0
1:      ldr     r0, [r1, r2, lsl #2]
        cmp     r0, #0
        mvnne   r0, #~BUSY
        bxne    lr
        add     r2, r2, #1
        cmp     r2, #CPU_COUNT
        blo     1b
        ldr     r1, =hyp_tables
        virt_to_idmap r1
        ldr     r3, =0xdeadbeef
        mov     r2, #{{ tables_size }}
2:      subs    r2, r2, #4
        str     r3, [r1, r2]
        bne     2b
        bx      lr                              @ r0 is 0: nobody uses them
{{ end_function("host_free_tables") }}

        .ltorg

        .section .host.data, "aw", %progbits
        .balign 4
host_users:
        .space  4 * CPU_COUNT                   @ whether each CPU has its Hyp MMU on
