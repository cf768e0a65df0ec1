@ scenarios/map-runtime.S for {{ board.name }}
@
@ The boot CPU changes the Hyp tables by the functions of map.S. CPU 1 is in Hyp mode all the while, in
@ hyp_peer: it loads from the same VA whenever the boot CPU gives it the turn. Nothing but the turn passes between
@ them, so that what CPU 1 finds is what the TLB operations have done on it.

{% from "host.inc" import prologue, program, begin, check, check_r1, call, reach, hyp_on, hyp_off, wait_boot,
   done with context %}
{% from "start_all.inc" import start_all with context %}
{% from "probe.inc" import probe with context %}
{{ prologue() }}
{{ equ("FAR_VA", "NEAR_VA", "HYP_MAP_R", "HYP_MAP_RW", "HYP_MAP_INVALID", "HYP_MAP_NO_TABLE", "HYP_MAP_IN_USE",
       "UART_PHYSICAL", "AREA_RECOVERY") }}
        .equ    ARRIVED, 1                      @ states of a CPU: it is in the host part,
        .equ    GO, 2                           @ all are (the boot CPU's only),
        .equ    HYP_ON, 3                       @ its Hyp MMU is on (CPU 1's only),
        .equ    ENDED, 4                        @ its Hyp mode is over
        .equ    PAGE_SIZE, 0x1000
        .equ    BLOCK_SIZE, 0x200000            @ what one level 3 table resolves
        .equ    FIRST, 0x11111111               @ what the host part has in its pages
        .equ    SECOND, 0x22222222

{# Give r0 to r2 to a Hyp function, for a range of one page at a VA. #}
{% macro map_page(function, va, third) %}
        ldr     r1, ={{ va }}
        add     r2, r1, #PAGE_SIZE
        {{ third }}
{{ call(function) }}
{%- endmacro %}
{# The step map.both, on both CPUs: each with a page of its own, which one level 3 table resolves. #}
{% macro both() %}
{{ begin("map.both") }}
        ldr     r0, =host_pages
        bl      physical_frame
        mov     r2, r0
        ldr     r1, =NEAR_VA
        add     r1, r1, r11, lsl #12
{{ call("hyp_stir") }}
{{ check("map.both", "FIRST") }}
{%- endmacro %}
{# r3 = frame of a page at a VA of the linear map. #}
{% macro frame(va) %}
        ldr     r0, ={{ va }}
        bl      physical_frame
        mov     r3, r0
{%- endmacro %}

        .section .host.text, "ax", %progbits

{{ program("host_main", "the boot CPU") }}
{{ begin("host.mmu") }}
        bl      host_mmu_first
        adr     r0, 1f                          @ where it runs; and where it is linked
1:      ldr     r1, =1b
{{ check_r1("host.mmu") }}
{% if host_mmu.moves %}

{{ begin("host.move") }}
        bl      host_move
        mov     r0, #0
{{ check("host.move", "0") }}
{% endif %}
        ldr     r0, =host_pages
        ldr     r1, =FIRST
        str     r1, [r0]
{{ reach("ARRIVED") }}
{{ start_all("ARRIVED") }}
{{ reach("GO") }}
        ldr     r9, =hyp_stub_vectors
        virt_to_idmap r9                        @ what teardown puts back
{{ hyp_on() }}
        mov     r0, #HYP_ON
        mov     r1, #1
        bl      host_wait_state

{{ both() }}

{% block first_page %}
{{ begin("map.absent") }}
        ldr     r1, =FAR_VA
{{ call("hyp_frame") }}
{{ check("map.absent", "0xffffffff") }}

{{ begin("map.create") }}
{{ frame("host_pages") }}
{{ map_page("create_hyp_page_mappings", "FAR_VA", "") }}
{{ check("map.create", "0") }}

{{ begin("map.walk") }}
        ldr     r1, =FAR_VA
{{ call("hyp_frame") }}
        mov     r4, r0
{{ frame("host_pages") }}
        mov     r0, r4
        mov     r1, r3
{{ check_r1("map.walk") }}

{{ begin("map.load") }}
        ldr     r1, =FAR_VA
{{ call("hyp_load") }}
{{ check("map.load", "FIRST") }}

{{ begin("peer.load") }}
        mov     r1, #1
{{ call("hyp_turn") }}
{{ check("peer.load", "FIRST") }}
{% endblock %}

{% block second_page %}
{{ begin("map.replace") }}
        ldr     r0, =host_pages + PAGE_SIZE
        ldr     r1, =SECOND
        str     r1, [r0]
{{ frame("host_pages + PAGE_SIZE") }}
{{ map_page("hyp_map_and_load", "FAR_VA", "") }}
{{ check("map.replace", "SECOND") }}

{{ begin("peer.replaced") }}
        mov     r1, #3
{{ call("hyp_turn") }}
{{ check("peer.replaced", "SECOND") }}
{% endblock %}

{% block refused %}
{{ begin("map.built") }}
{{ map_page("create_hyp_mappings", "hyp_vectors", "mov     r3, #HYP_MAP_RW") }}
{{ check("map.built", "HYP_MAP_IN_USE") }}

{{ begin("map.empty") }}
        ldr     r1, =NEAR_VA
        mov     r2, r1
        mov     r3, #HYP_MAP_RW
{{ call("create_hyp_mappings") }}
{{ check("map.empty", "HYP_MAP_INVALID") }}

{{ begin("map.kind") }}
{{ map_page("create_hyp_mappings", "host_pages", "mov     r3, #HYP_MAP_RW + 1") }}
{{ check("map.kind", "HYP_MAP_INVALID") }}
{% endblock %}

{% block more %}
{{ begin("map.linear") }}
{{ map_page("create_hyp_mappings", "host_pages", "mov     r3, #HYP_MAP_R") }}
{{ check("map.linear", "0") }}

{{ begin("map.linear.walk") }}
        ldr     r1, =host_pages
{{ call("hyp_frame") }}
        mov     r4, r0
{{ frame("host_pages") }}
        mov     r0, r4
        mov     r1, r3
{{ check_r1("map.linear.walk") }}

{{ begin("map.io") }}
{{ map_page("create_hyp_io_mappings", "NEAR_VA", "ldr     r3, =UART_PHYSICAL >> 12") }}
{{ check("map.io", "0") }}

{{ begin("map.io.walk") }}
        ldr     r1, =NEAR_VA
{{ call("hyp_frame") }}
{{ check("map.io.walk", "UART_PHYSICAL >> 12") }}

{{ begin("map.more") }}
{{ frame("host_pages") }}
{{ map_page("create_hyp_page_mappings", "NEAR_VA + BLOCK_SIZE", "") }}
{{ check("map.more", "0") }}

{{ begin("map.full") }}
{{ frame("host_pages") }}
{{ map_page("create_hyp_page_mappings", "NEAR_VA + 2 * BLOCK_SIZE", "") }}
{{ check("map.full", "HYP_MAP_NO_TABLE") }}
{% endblock %}

{% block remove %}
{{ begin("map.remove") }}
{{ map_page("remove_hyp_mappings", "FAR_VA", "") }}
{{ check("map.remove", "0") }}

{{ begin("map.gone") }}
        ldr     r2, =FAR_VA
{{ call("hyp_probe_page") }}
{{ check("map.gone", "0x10") }}

{{ begin("peer.gone") }}
        mov     r1, #5
{{ call("hyp_turn") }}
{{ check("peer.gone", "0x10") }}

{{ begin("map.pool") }}
{{ call("hyp_pool_count") }}
{{ check("map.pool", "2") }}
{% endblock %}

{% block free %}
{{ begin("map.free") }}
{{ call("free_hyp_pmds") }}
{{ check("map.free", "0") }}

{{ begin("map.freed") }}
{{ call("hyp_pool_count") }}
{{ check("map.freed", "0") }}

{{ begin("map.freed.walk") }}
        ldr     r1, =host_pages
{{ call("hyp_frame") }}
{{ check("map.freed.walk", "0xffffffff") }}

{{ begin("map.again") }}
{{ frame("host_pages") }}
{{ map_page("create_hyp_page_mappings", "NEAR_VA", "") }}
{{ check("map.again", "0") }}

{{ begin("map.again.load") }}
        ldr     r1, =NEAR_VA
{{ call("hyp_load") }}
{{ check("map.again.load", "FIRST") }}

{{ begin("peer.again") }}
        mov     r1, #7
{{ call("hyp_turn") }}
{{ check("peer.again", "FIRST") }}
{% endblock %}
{{ hyp_off() }}
        mov     r0, #ENDED
        mov     r1, #1
        bl      host_wait_state

{{ done() }}
{{ end_function("host_main") }}

{{ program("host_other", "CPU 1 goes to Hyp mode and stays there until it has had its turns; the others have nothing to do",
   exit="at host_park") }}
{{ reach("ARRIVED") }}
        cmp     r11, #1
        bne     host_park
{{ wait_boot("GO") }}
        ldr     r9, =hyp_stub_vectors
        virt_to_idmap r9
{{ hyp_on() }}
{{ reach("HYP_ON") }}
{{ both() }}
        ldr     r1, =FAR_VA
        ldr     r2, =NEAR_VA
{{ call("hyp_peer") }}
{{ hyp_off() }}
{{ reach("ENDED") }}
        b       host_park
{{ end_function("host_other") }}

@ ------------------------------------------------------------------------------------------------
@ physical_frame: r0 = physical address >> 12 of the VA in r0, of the linear map
@   entry     r0 = VA
@   exit      as said
@   clobbers  r1, r12
@ ------------------------------------------------------------------------------------------------
{{ function("physical_frame") }}
        virt_to_phys r0, r1
        lsr     r0, r0, #12
        orr     r0, r0, r1, lsl #20
        bx      lr
{{ end_function("physical_frame") }}

        .ltorg

        .section .hyp.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ hyp_frame: translate the VA in r0 as Hyp mode does: r0 = physical address >> 12, or -1 where nothing is mapped
@   entry     Hyp mode, MMU on
@   exit      as said; PAR has the whole result
@   clobbers  r1
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_frame") }}
        {{ operate("ATS1HR", "r0") }}
        isb                                     @ PAR has the result from here on
        {{ read("PAR", "r0", "r1") }}
        tst     r0, #1                          @ F
        lsr     r0, r0, #12
        orr     r0, r0, r1, lsl #20
        bic     r0, r0, #0xf0000000             @ the attributes, PAR<63:56>
        mvnne   r0, #0
        bx      lr
{{ end_function("hyp_frame") }}

@ ------------------------------------------------------------------------------------------------
@ hyp_load: the word at r0
@   entry     Hyp mode, MMU on; r0 = VA
@   exit      r0 = the word
@   clobbers  nothing else
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_load") }}
        ldr     r0, [r0]
        bx      lr
{{ end_function("hyp_load") }}

@ ------------------------------------------------------------------------------------------------
@ hyp_map_and_load: create_hyp_page_mappings, and then the word at r0, if that went well
@   entry     Hyp mode, MMU on; r0 to r2 as for that
@   exit      r0 = the word, or what that gave
@   clobbers  r1 to r3, r12
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_map_and_load") }}
        push    {r4, lr}
        mov     r4, r0
        bl      create_hyp_page_mappings
        cmp     r0, #0
        ldreq   r0, [r4]
        pop     {r4, pc}
{{ end_function("hyp_map_and_load") }}

@ ------------------------------------------------------------------------------------------------
@ hyp_pool_count: how many tables of the pool are in use
@   entry     Hyp mode, MMU on
@   exit      r0 = the number
@   clobbers  r1, r2 (AAPCS)
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_pool_count") }}
        ldr     r1, =hyp_pool_used
        ldr     r1, [r1]
        mov     r0, #0
1:      cmp     r1, #0
        bxeq    lr
        sub     r2, r1, #1                      @ takes the lowest bit away
        and     r1, r1, r2
        add     r0, r0, #1
        b       1b
{{ end_function("hyp_pool_count") }}

{% call probe("hyp_probe_page", "load a word", "its VA") %}
        ldr     r3, [r1]                        @ the second argument
{% endcall %}
@ ------------------------------------------------------------------------------------------------
@ hyp_stir: map a page, load from it and unmap it again, twice, while another CPU does so beside it
@   entry     r0 = VA of the page, r1 = its physical address >> 12; both CPUs come here
@   exit      r0 = the word that was loaded, or whatever else one of the calls or loads gave
@   clobbers  r1 to r3, r12
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_stir") }}
        push    {r4-r7, r8, lr}
        mov     r6, r0
        mov     r7, r1
        bl      hyp_area                        @ r12 = the CPU's index: 0 or 1
        ldr     r0, =hyp_ready
        mov     r1, #1
        str     r1, [r0, r12, lsl #2]
        dsb     ishst                           @ it is there before the other CPU wakes
        sev
        eor     r12, r12, #1
1:      ldr     r1, [r0, r12, lsl #2]
        cmp     r1, #0
        wfeeq                                   @ until the other CPU is here
        beq     1b
        mov     r8, #2
2:      mov     r0, r6
        add     r1, r6, #PAGE_SIZE
        mov     r2, r7
        bl      create_hyp_page_mappings
        cmp     r0, #0
        popne   {r4-r7, r8, pc}
        ldr     r4, [r6]
        mov     r0, r6
        add     r1, r6, #PAGE_SIZE
        bl      remove_hyp_mappings
        cmp     r0, #0
        popne   {r4-r7, r8, pc}
        subs    r8, r8, #1
        bne     2b
        mov     r0, r4
        pop     {r4-r7, r8, pc}
{{ end_function("hyp_stir") }}

@ ------------------------------------------------------------------------------------------------
@ hyp_turn: have the other CPU load from the page
@   entry     r0 = turn: 1, 3, 5 or 7
@   exit      r0 = what it found, when the turn is back
@   clobbers  r1 to r3
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_turn") }}
        ldr     r1, =hyp_turn_now
        str     r0, [r1]                        @ the tables are in order since the DSB of map.S
        dsb     ishst                           @ it is there before the other CPU wakes
        sev
        add     r0, r0, #1
1:      ldr     r2, [r1]
        cmp     r2, r0
        wfene                                   @ until the turn is back
        bne     1b
        dmb     ish                             @ what the other CPU found is seen from here on
        ldr     r1, =hyp_found
        ldr     r0, [r1]
        bx      lr
{{ end_function("hyp_turn") }}

@ ------------------------------------------------------------------------------------------------
@ hyp_peer: load from the VA in r0 in turns 1 and 3, take a Data Abort there in turn 5, load from that in r1 in turn 7
@   entry     Hyp mode, MMU on; hyp_turn_now = 0
@   exit      returns after turn 7, hyp_found = what that gave
@   clobbers  r1 to r3, r12
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_peer") }}
        push    {r4-r7, r8, lr}
        mov     r4, r0
        mov     r7, r1
        ldr     r5, =hyp_turn_now
        mov     r6, #1
1:      ldr     r0, [r5]
        cmp     r0, r6
        wfene                                   @ until it is this CPU's turn
        bne     1b
        dmb     ish                             @ the boot CPU's changes come before what follows
        cmp     r6, #5
        beq     2f
        movhi   r4, r7
        ldr     r0, [r4]
        b       3f
2:      mov     r1, r4
        bl      hyp_probe_page
3:      ldr     r1, =hyp_found
        str     r0, [r1]
        dmb     ishst                           @ seen before the turn is
        add     r6, r6, #1
        str     r6, [r5]
        dsb     ishst                           @ it is there before the boot CPU wakes
        sev
        add     r6, r6, #1
        cmp     r6, #7
        bls     1b
        pop     {r4-r7, r8, pc}
{{ end_function("hyp_peer") }}

        .ltorg

        .section .hyp.data, "aw", %progbits
        .balign 4
{{ object("hyp_turn_now") }}
        .word   0                               @ odd: CPU 1's, even: the boot CPU's
{{ end_object("hyp_turn_now") }}
{{ object("hyp_ready") }}
        .word   0, 0                            @ of CPU 0 and CPU 1: it has come to hyp_stir
{{ end_object("hyp_ready") }}
{{ object("hyp_found") }}
        .word   0                               @ what CPU 1 found in its last turn
{{ end_object("hyp_found") }}

        .section .host.pages, "aw", %nobits
        .balign 4096
{{ object("host_pages") }}
        .space  2 * PAGE_SIZE
{{ end_object("host_pages") }}
