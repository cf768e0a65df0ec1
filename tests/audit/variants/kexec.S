@ A kexec-like restart from Hyp mode: relocation code and the new kernel are stored with the caches on, the MMU goes off,
@ and the relocation code copies the kernel to its place past the caches, where stale lines may be left.
        .include "steps.inc"
        .text
        .global _start, done
_start: park_others
        hyp_mmu_on level1
        @ copy relocation code with caches on
        ldr     r0, =reloc
        ldr     r2, =buffer
        ldmia   r0, {r3 - r11}
        stmia   r2, {r3 - r11}
        ldr     r0, =payload
        ldr     r11, =source
        ldmia   r0, {r3 - r6}
        stmia   r11, {r3 - r6}
        step 6, mcr     p15, 0, r11, c7, c10, 1         @ source to PoC
        step 1, mcr     p15, 0, r2, c7, c10, 1          @ clean to PoC
        step 3, dsb
        step 2, mcr     p15, 0, r0, c7, c5, 0           @ ICIALLU
        dsb
        isb
        ldr     r0, =0x30c51878
        mcr     p15, 4, r0, c1, c0, 0           @ HSCTLR
        isb
        ldr     r0, =source
        ldr     r1, =dest
        bx      r2
        .ltorg
        .balign 64
reloc:  ldmia   r0, {r3 - r6}
        stmia   r1, {r3 - r6}
        slot 7, mcr     p15, 0, r1, c7, c6, 1           @ DCIMVAC
        dsb
        slot 4, mcr     p15, 0, r0, c7, c5, 0           @ ICIALLU
        slot 5, dsb
        isb
        bx      r1
        nop
        .balign 64
payload:
        nop
        nop
done:   b       .
        nop
        .balign 64
        .data
        identity_tables
buffer: .space 4096
source: .space 4096
dest:   .space 4096
