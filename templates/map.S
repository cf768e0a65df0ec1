@ map.S for {{ board.name }}
@
@ The mapping interface of KVM at run time: Hyp functions that change the Hyp translation tables while they are in
@ use, on every CPU. They are called with hvc #HVC_CALL, from any CPU; a lock lets one of them work at a time.
@
@ The tables are mapped in Hyp mode at the addresses that they are linked at. Walks are cacheable and shareable
@ (HTCR), so they look into the caches and a changed descriptor need not be cleaned; a walk is another observer
@ still, for which a store is there only after a DSB. Break-before-make: a descriptor that was valid gets another
@ value only after it was invalid and no TLB of any CPU holds the old one.
@
@ Bit 55 of a descriptor, which is software's, marks what was mapped here. What was mapped when the tables were
@ built is never changed: the code that runs, its stacks, and these tables.
@
@ Registers that live throughout a function:
@   r4  page that is worked on: its VA >> 12     r9   VA of its level 3 descriptor
@   r5  last page                                r10  VA of the level 1 descriptor above it
@   r8  whether tables may be added              r11  VA of the level 2 descriptor above it

        .syntax unified
        .{{ isa }}

{{ equ("HYP_MAP_RW", "HYP_MAP_INVALID", "HYP_MAP_NO_TABLE", "HYP_MAP_IN_USE", "CHANGEABLE_HIGH",
       "DESCRIPTOR_TABLE", "POOL_PAGES", "PHYS_OFFSET_LOW", "PHYS_OFFSET_HIGH", "MAP_RX_LOW", "MAP_RX_HIGH",
       "MAP_R_LOW", "MAP_R_HIGH", "MAP_RW_LOW", "MAP_RW_HIGH", "MAP_DEVICE_LOW", "MAP_DEVICE_HIGH") }}
        .equ    PAGE_SHIFT, 12
        .equ    PAGE_SIZE, 1 << PAGE_SHIFT
        .equ    ENTRIES, 512                    @ descriptors of a level 2 or level 3 table
        .equ    LOW_WORD, {{ 4 if big else 0 }}                     @ where it is in a descriptor

{# LDRD and STRD have the word at the lower address in the first register: of a descriptor its low word, and
   its high word where data are big-endian. #}
{% set low, high = ("r1", "r0") if big else ("r0", "r1") %}
{% set next_low, next_high = ("r7", "r6") if big else ("r6", "r7") %}
        .section .hyp.text, "ax", %progbits

@ ------------------------------------------------------------------------------------------------
@ create_hyp_mappings: map memory of the linear map at its own VA
@   entry     r0 = VA of the first byte, r1 = VA behind the last; r2 = HYP_MAP_RX, HYP_MAP_R or HYP_MAP_RW
@   exit      r0 = 0, HYP_MAP_INVALID, or as hyp_map_range gives it
@   clobbers  r1 to r3, r12 (AAPCS)
@ ------------------------------------------------------------------------------------------------
{{ function("create_hyp_mappings") }}
        cmp     r2, #HYP_MAP_RW
        ldrhi   r0, =HYP_MAP_INVALID
        bxhi    lr
        push    {r4, r5}
        ldr     r3, =hyp_map_kinds
        add     r3, r3, r2, lsl #3
        ldrd    r2, r3, [r3]
        bfc     r0, #0, #PAGE_SHIFT
        ldr     r4, =PHYS_OFFSET_LOW
        ldr     r5, =PHYS_OFFSET_HIGH
        adds    r4, r0, r4                      @ virt_to_phys
        adc     r5, r5, #0
        orr     r2, r2, r4
        orr     r3, r3, r5
        pop     {r4, r5}
        b       hyp_map_range
{{ end_function("create_hyp_mappings") }}

@ ------------------------------------------------------------------------------------------------
@ create_hyp_io_mappings: map device registers
@ create_hyp_page_mappings: map memory that is anywhere, to read and write, at a VA outside the linear map
@   entry     r0 = VA of the first byte, r1 = VA behind the last; r2 = physical address >> 12, of 40 bits
@   exit      r0 = 0, or as hyp_map_range gives it
@   clobbers  r1 to r3, r12 (AAPCS)
@ ------------------------------------------------------------------------------------------------
{% for name, kind in (("create_hyp_io_mappings", "DEVICE"), ("create_hyp_page_mappings", "RW")) %}
{{ function(name) }}
        ldr     r12, =MAP_{{ kind }}_LOW
        ldr     r3, =MAP_{{ kind }}_HIGH
        orr     r3, r3, r2, lsr #20
        orr     r2, r12, r2, lsl #PAGE_SHIFT
        b       hyp_map_range
{{ end_function(name) }}

{% endfor %}
@ ------------------------------------------------------------------------------------------------
@ hyp_map_range: map a range, and have every CPU use it from now on
@   entry     r0 = VA of the first byte, r1 = VA behind the last; r3:r2 = descriptor of the first page
@   exit      r0 = 0; HYP_MAP_INVALID for an empty range, HYP_MAP_NO_TABLE when the pool is empty, HYP_MAP_IN_USE
@             where something was built; the pages before that one are mapped
@   clobbers  r1 to r3, r12 (AAPCS)
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_map_range") }}
        cmp     r0, r1
        ldrhs   r0, =HYP_MAP_INVALID
        bxhs    lr
        push    {r4-r11, r12, lr}
        lsr     r4, r0, #PAGE_SHIFT
        sub     r5, r1, #1
        lsr     r5, r5, #PAGE_SHIFT
        mov     {{ next_low }}, r2
        mov     {{ next_high }}, r3
        mov     r8, #1
        bl      hyp_map_lock
1:      bl      hyp_find
        cmp     r0, #0
        bne     4f
        ldrd    r0, r1, [r9]
        tst     {{ low }}, #1
        beq     2f                              @ invalid: no TLB holds it, it may be given a value
        tst     {{ high }}, #CHANGEABLE_HIGH
        ldreq   r0, =HYP_MAP_IN_USE
        beq     5f
        cmp     r0, r6
        cmpeq   r1, r7
        beq     3f                              @ it is mapped so already
{% block break %}
        mov     r0, #0
        mov     r1, #0
        strd    r0, r1, [r9]
        dsb     ishst                           @ no walk finds the old descriptor any more
        lsl     r0, r4, #PAGE_SHIFT
        {{ operate("TLBIMVAHIS", "r0") }}
        dsb     ish                             @ and no CPU's TLB has it
{% endblock %}
2:      strd    r6, r7, [r9]
3:      adds    {{ next_low }}, {{ next_low }}, #PAGE_SIZE
        adc     {{ next_high }}, {{ next_high }}, #0
        add     r4, r4, #1
        cmp     r4, r5
        bls     1b
        mov     r0, #0
        b       5f

        @ A level 2 table that was added, with no level 3 table left for it, goes back. It never led anywhere, so
        @ that no TLB holds anything of it.
4:      mov     r6, r0
        mov     r0, r9
        mov     r2, r10
        bl      hyp_collect
        mov     r0, r6
5:      b       hyp_map_done
{{ end_function("hyp_map_range") }}

@ ------------------------------------------------------------------------------------------------
@ remove_hyp_mappings: unmap what was mapped here, on every CPU; tables that are then empty go back to the pool
@   entry     r0 = VA of the first byte, r1 = VA behind the last
@   exit      r0 = 0, HYP_MAP_INVALID for an empty range, or HYP_MAP_IN_USE where something was built; the pages
@             before that one are unmapped
@   clobbers  r1 to r3, r12 (AAPCS)
@ ------------------------------------------------------------------------------------------------
{{ function("remove_hyp_mappings") }}
        cmp     r0, r1
        ldrhs   r0, =HYP_MAP_INVALID
        bxhs    lr
        push    {r4-r11, r12, lr}
        lsr     r4, r0, #PAGE_SHIFT
        sub     r5, r1, #1
        lsr     r5, r5, #PAGE_SHIFT
        mov     r8, #0
        bl      hyp_map_lock
1:      bl      hyp_find
        cmp     r0, #HYP_MAP_NO_TABLE
        beq     2f                              @ nothing is mapped there
        cmp     r0, #0
        bne     hyp_map_done
        ldrd    r0, r1, [r9]
        tst     {{ low }}, #1
        beq     2f
        tst     {{ high }}, #CHANGEABLE_HIGH
        ldreq   r0, =HYP_MAP_IN_USE
        beq     hyp_map_done
{% block unmap %}
        mov     r0, #0
        mov     r1, #0
        strd    r0, r1, [r9]
        mov     r0, r9
        mov     r2, r11
        bl      hyp_collect
        mov     r0, r11
        mov     r2, r10
        bl      hyp_collect
        dsb     ishst                           @ no walk finds it any more, nor a table that went back
        lsl     r0, r4, #PAGE_SHIFT             @ every level of the walk of this VA:
        {{ operate("TLBIMVAHIS", "r0", note="which the DSB of hyp_map_done completes") }}
{% endblock %}
2:      add     r4, r4, #1
        cmp     r4, r5
        bls     1b
        mov     r0, #0
{{ end_function("remove_hyp_mappings") }}

@ ------------------------------------------------------------------------------------------------
@ hyp_map_done: end of a function that has changed tables, or has not
@   entry     r0 = its result, the lock taken, r4 to r12 and LR on the stack
@   exit      returns to the caller of that function; r0 as it was; the lock is free
@   clobbers  r1 to r3, r12 (AAPCS)
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_map_done") }}
{% block done %}
        dsb     ish                             @ walks find the stores, and TLB operations are complete
        isb                                     @ also for what comes next on this CPU
{% endblock %}
        bl      hyp_map_unlock
        pop     {r4-r11, r12, pc}
{{ end_function("hyp_map_done") }}

@ ------------------------------------------------------------------------------------------------
@ free_hyp_pmds: unmap everything that was mapped here, and give all tables of the pool back
@   entry     no CPU uses any of it
@   exit      r0 = 0
@   clobbers  r1 to r3, r12 (AAPCS)
@ ------------------------------------------------------------------------------------------------
{{ function("free_hyp_pmds") }}
        push    {r4-r11, r12, lr}
        bl      hyp_map_lock
        ldr     r0, =hyp_tables
        mov     r1, #4                          @ entries of the level 1 table
        mov     r2, #1
        bl      hyp_prune
{% block free %}
        dsb     ishst                           @ no walk comes to the pool's tables any more
        {{ operate("TLBIALLHIS", note="which the DSB of hyp_map_done completes") }}
{% endblock %}
        ldr     r2, =hyp_pool
        add     r3, r2, #POOL_PAGES << PAGE_SHIFT
        mov     r0, #0
        mov     r1, #0
1:      strd    r0, r1, [r2], #8                @ a free table is all zero
        cmp     r2, r3
        blo     1b
        ldr     r2, =hyp_pool_used
        str     r0, [r2]
        b       hyp_map_done
{{ end_function("free_hyp_pmds") }}

@ ------------------------------------------------------------------------------------------------
@ hyp_prune: make every descriptor invalid that leads to a page mapped here, or to a table of the pool
@   entry     r0 = VA of a table that was built, r1 = its entries, r2 = its level
@   exit      no walk that begins there comes to such a page or table, once a DSB has completed the stores
@   clobbers  r0 to r3
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_prune") }}
        push    {r4, r5, r6, lr}
        mov     r4, r0
        add     r5, r0, r1, lsl #3
        mov     r6, r2
1:      ldrd    r0, r1, [r4]
        tst     {{ low }}, #1
        beq     4f
        cmp     r6, #3
        beq     2f
        tst     {{ low }}, #2
        beq     4f                              @ a block, which was built
        bfc     {{ low }}, #0, #PAGE_SHIFT
        ldr     r3, =PHYS_OFFSET_LOW
        sub     r0, {{ low }}, r3                      @ VA of the table below
        ldr     r3, =hyp_pool
        sub     r3, r0, r3
        cmp     r3, #POOL_PAGES << PAGE_SHIFT
        blo     3f                              @ and with it all that is below
        mov     r1, #ENTRIES
        add     r2, r6, #1
        bl      hyp_prune
        b       4f
2:      tst     {{ high }}, #CHANGEABLE_HIGH
        beq     4f
3:      mov     r0, #0
        mov     r1, #0
        strd    r0, r1, [r4]
4:      add     r4, r4, #8
        cmp     r4, r5
        blo     1b
        pop     {r4, r5, r6, pc}
{{ end_function("hyp_prune") }}

@ ------------------------------------------------------------------------------------------------
@ hyp_find: the descriptors of a page
@   entry     r4 = page; r8 = 1: add tables that are missing
@   exit      r0 = 0, r9, r10 and r11 as above; or r0 = HYP_MAP_NO_TABLE or HYP_MAP_IN_USE, and r9 = the last table
@             that there was
@   clobbers  r1 to r3, r12
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_find") }}
        push    {r4, lr}
        ldr     r9, =hyp_tables
        lsr     r1, r4, #18                     @ VA<31:30>
        bl      hyp_descend
        mov     r10, r2
        cmp     r0, #0
        popne   {r4, pc}
        ubfx    r1, r4, #9, #9                  @ VA<29:21>
        bl      hyp_descend
        mov     r11, r2
        cmp     r0, #0
        popne   {r4, pc}
        ubfx    r1, r4, #0, #9                  @ VA<20:12>
        add     r9, r9, r1, lsl #3
        pop     {r4, pc}
{{ end_function("hyp_find") }}

@ ------------------------------------------------------------------------------------------------
@ hyp_descend: the table that a descriptor names; with r8 = 1 one of the pool, if it names none
@   entry     r9 = VA of a table, r1 = index
@   exit      r0 = 0, r9 = VA of the table below; or r0 = HYP_MAP_NO_TABLE or HYP_MAP_IN_USE, r9 as it was;
@             r2 = VA of the descriptor
@   clobbers  r1, r3, r12
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_descend") }}
        add     r2, r9, r1, lsl #3
        ldr     r0, [r2, #LOW_WORD]             @ it alone tells where a table of the image lies
        tst     r0, #1
        beq     1f
        tst     r0, #2
        ldreq   r0, =HYP_MAP_IN_USE             @ a block, which was built
        bxeq    lr
        bfc     r0, #0, #PAGE_SHIFT
        ldr     r3, =PHYS_OFFSET_LOW
        sub     r9, r0, r3
        mov     r0, #0
        bx      lr

1:      ldr     r0, =HYP_MAP_NO_TABLE
        cmp     r8, #0
        bxeq    lr
        ldr     r3, =hyp_pool_used              @ one bit for each table of the pool
        ldr     r1, [r3]
        mvn     r12, r1
        rbit    r12, r12
        clz     r12, r12                        @ the first that is free
        cmp     r12, #POOL_PAGES
        bxhs    lr
        mov     r0, #1
        lsl     r0, r0, r12
        orr     r1, r1, r0
        str     r1, [r3]
        ldr     r9, =hyp_pool
        add     r9, r9, r12, lsl #PAGE_SHIFT
        @ It is all zero, and was so before the last DSB: a walk may come to it at once.
        ldr     {{ low }}, =PHYS_OFFSET_LOW
        ldr     {{ high }}, =PHYS_OFFSET_HIGH
        adds    {{ low }}, r9, {{ low }}                      @ virt_to_phys
        adc     {{ high }}, {{ high }}, #0
        orr     {{ low }}, {{ low }}, #DESCRIPTOR_TABLE
        strd    r0, r1, [r2]
        mov     r0, #0
        bx      lr
{{ end_function("hyp_descend") }}

@ ------------------------------------------------------------------------------------------------
@ hyp_collect: give a table back to the pool, if it is one of the pool's and empty. Whoever calls invalidates the
@ TLBs before the lock is free, and thus before the table is used again.
@   entry     r0 = VA in the table, r2 = VA of the descriptor that names it
@   exit      the table is free and the descriptor is zero; or nothing is changed
@   clobbers  r0 to r3, r12
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_collect") }}
        bfc     r0, #0, #PAGE_SHIFT
        ldr     r1, =hyp_pool
        sub     r3, r0, r1
        lsr     r3, r3, #PAGE_SHIFT
        cmp     r3, #POOL_PAGES
        bxhs    lr
        add     r12, r0, #PAGE_SIZE
        add     r0, r0, #LOW_WORD
1:      ldr     r1, [r0], #8                    @ invalid descriptors are zero here
        cmp     r1, #0
        bxne    lr
        cmp     r0, r12
        blo     1b
        mov     r0, #0
        mov     r1, #0
        strd    r0, r1, [r2]
        ldr     r0, =hyp_pool_used
        ldr     r1, [r0]
        mov     r2, #1
        lsl     r2, r2, r3
        bic     r1, r1, r2
        str     r1, [r0]
        bx      lr
{{ end_function("hyp_collect") }}

@ ------------------------------------------------------------------------------------------------
@ hyp_map_lock: until hyp_map_unlock no other CPU changes the tables
@   entry     Hyp mode, MMU and caches on: LDREX needs Normal memory
@   exit      this CPU has the lock
@   clobbers  r1 to r3
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_map_lock") }}
        ldr     r1, =hyp_map_busy
        mov     r3, #1
1:      ldrex   r2, [r1]
        cmp     r2, #0
        wfene                                   @ until it is free
        bne     1b
        strex   r2, r3, [r1]
        cmp     r2, #0
        bne     1b
        dmb     ish                             @ what the lock guards comes after it
        bx      lr
{{ end_function("hyp_map_lock") }}

@ ------------------------------------------------------------------------------------------------
@ hyp_map_unlock: the tables are free again
@   entry     after a DSB: what the lock guards comes before this
@   exit      the lock is free, and whoever waits for it awake
@   clobbers  r1, r2
@ ------------------------------------------------------------------------------------------------
{{ function("hyp_map_unlock") }}
        ldr     r1, =hyp_map_busy
        mov     r2, #0
        str     r2, [r1]
        dsb     ishst                           @ it is free before the others wake
        sev
        bx      lr
{{ end_function("hyp_map_unlock") }}

        .ltorg

        .section .hyp.rodata, "a", %progbits
        .balign 8
hyp_map_kinds:
        .word   MAP_RX_LOW, MAP_RX_HIGH         @ HYP_MAP_RX
        .word   MAP_R_LOW, MAP_R_HIGH           @ HYP_MAP_R
        .word   MAP_RW_LOW, MAP_RW_HIGH         @ HYP_MAP_RW

        .section .hyp.data, "aw", %progbits
        .balign 4
{{ object("hyp_map_busy") }}
        .word   0                               @ 1: some CPU changes the tables
{{ end_object("hyp_map_busy") }}
{{ object("hyp_pool_used") }}
        .word   0                               @ bit n: table n of the pool
{{ end_object("hyp_pool_used") }}

        .section .hyp.pool, "aw", %progbits
        .balign 4096
{{ object("hyp_pool") }}
        .space  POOL_PAGES << PAGE_SHIFT, 0     @ a free table is all zero
{{ end_object("hyp_pool") }}
