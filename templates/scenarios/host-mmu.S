@ scenarios/host-mmu.S for {{ board.name }}
@
@ The host part turns its MMU and caches on, as a kernel does before it has anything to do with Hyp mode. The addresses
@ that it hands to Hyp mode then differ from its own: what is executed with the Hyp MMU off is a load address
@ (virt_to_idmap), what the walker takes is a physical address (virt_to_phys), and all else is virtual.

{% from "host.inc" import prologue, program, begin, check, check_r1, call, reach, wait_all, hyp_on, hyp_off,
   stub_get, runtime_where, stub_back, wait_boot, done with context %}
{% from "start_all.inc" import start_all with context %}
{{ prologue() }}
{{ equ("SCTLR_ON") }}
        .equ    ARRIVED, 1                      @ states of a CPU: it is in the host part,
        .equ    GO, 2                           @ all are (the boot CPU's only),
        .equ    SHARED, 3                       @ its word is there for another CPU,
        .equ    ENDED, 4                        @ its Hyp mode is over
        .equ    EARLY, 0xea41da7a               @ what the boot CPU has in memory before it has caches

@ r0 = r0 in pages: a physical address of 40 bits as host_frame has it. Clobbers r1, r12 and the flags.
        .macro  physical_frame
        virt_to_phys r0, r1
        lsr     r0, r0, #12
        orr     r0, r0, r1, lsl #20
        .endm

        .section .host.text, "ax", %progbits

{{ program("host_main", "the boot CPU turns its MMU on and starts the others, whose MMU is on before host_other",
   exit="at each_cpu") }}
{{ begin("host.mmu") }}
        ldr     r0, =host_early
        virt_to_idmap r0
        ldr     r1, =EARLY
        str     r1, [r0]                        @ past the caches: host.early
        bl      host_mmu_first
        adr     r0, 1f                          @ where it runs; and where it is linked
1:      ldr     r1, =1b
{{ check_r1("host.mmu") }}
{% if host_mmu.moves %}

{{ begin("host.alias") }}
        ldr     r0, =host_main
        virt_to_idmap r0
        lsr     r4, r0, #12
        ldr     r0, =host_main
        bl      host_frame
        mov     r1, r4
{{ check_r1("host.alias") }}

{{ begin("host.move") }}
        bl      host_move
        mov     r0, #0
{{ check("host.move", "0") }}
{% endif %}

{{ begin("host.window") }}
        ldr     r0, =host_main
        physical_frame
        mov     r4, r0
        ldr     r0, =host_main
        bl      host_frame
        mov     r1, r4
{{ check_r1("host.window") }}

{{ begin("host.identity") }}
        ldr     r0, =host_mmu_on
        virt_to_idmap r0
        lsr     r4, r0, #12
        bl      host_frame
        mov     r1, r4
{{ check_r1("host.identity") }}
{{ reach("ARRIVED") }}
{{ start_all("ARRIVED") }}
{{ reach("GO") }}
        b       each_cpu
{{ end_function("host_main") }}

{{ program("host_other", "another CPU waits until all are there, and goes the same way",
   exit="at each_cpu") }}
{{ reach("ARRIVED") }}
{{ wait_boot("GO") }}
{{ end_function("host_other") }}

{{ program("each_cpu", "Hyp mode on every CPU at once",
   exit="the boot CPU at hypgen_done, another at host_park; hypgen_failed when a result is not as expected") }}
{{ begin("host.where") }}
        adr     r0, each_cpu
{{ check("host.where", "each_cpu") }}

{{ begin("host.sctlr") }}
        {{ read("SCTLR", "r0") }}
{{ check("host.sctlr", "SCTLR_ON") }}

        @ The boot CPU invalidated what caches may hold of this word, those of other CPUs as well (host_mmu_settle).
{{ begin("host.early") }}
        ldr     r0, =host_early
        ldr     r0, [r0]
{{ check("host.early", "EARLY") }}

{{ stub_get() }}
{{ hyp_on() }}

{{ runtime_where() }}

        @ One word, two translation regimes, one physical address: the caches need no maintenance.
{{ begin("shared.word") }}
        ldr     r4, =hyp_shared
        add     r4, r4, r11, lsl #2
        ldr     r5, =0x5a5a0000
        add     r5, r5, r11
        str     r5, [r4]
        mov     r1, r4
{{ call("hyp_exchange") }}
        mov     r1, r5
{{ check_r1("shared.word") }}

{{ begin("shared.back") }}
        ldr     r0, [r4]
        mvn     r1, r5
{{ check_r1("shared.back") }}

        @ Two CPUs: what was stored before a state is there after the wait for it. No line is printed in between,
        @ as the console's lock orders as well.
{{ begin("shared.peer") }}
        str     r5, [r4]
{{ reach("SHARED") }}
        add     r6, r11, #1                     @ the next CPU, in a ring
        cmp     r6, #CPU_COUNT
        moveq   r6, #0
        mov     r0, #SHARED
        mov     r1, r6
        bl      host_wait_state
        ldr     r4, =hyp_shared
        ldr     r0, [r4, r6, lsl #2]
        ldr     r1, =0x5a5a0000
        add     r1, r1, r6
{{ check_r1("shared.peer") }}
{{ hyp_off() }}

{{ stub_back() }}
{{ reach("ENDED") }}
        cmp     r11, #0
        bne     host_park
{{ wait_all("ENDED") }}
{{ begin("console.lines") }}
        ldr     r0, =host_lines
        ldr     r0, [r0]
        mov     r1, r0                          @ the verdict compares it with the console
{{ check_r1("console.lines") }}

{{ done() }}
{{ end_function("each_cpu") }}

        .ltorg

        .section .hyp.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ hyp_exchange: returns the word at r0, and stores its complement there
@   entry     Hyp mode, MMU on
@   exit      r0 = the word as it was
@   clobbers  r1, r2 (AAPCS)
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_exchange") }}
        ldr     r1, [r0]
        mvn     r2, r1
        str     r2, [r0]
        mov     r0, r1
        bx      lr
{{ end_function("hyp_exchange") }}
        .ltorg

        .section .hyp.data, "aw", %progbits
        .balign 4
{{ object("hyp_shared") }}
        .space  4 * CPU_COUNT                   @ of each CPU
{{ end_object("hyp_shared") }}

        .section .host.data, "aw", %progbits
        .balign 4
{{ object("host_early") }}
        .word   0
{{ end_object("host_early") }}
