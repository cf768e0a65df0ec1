@ Boot code that copies itself and jumps to the copy, with the MMU off and the instruction cache on, as U-Boot and
@ zImage do: copy, DSB, ICIALLU, DSB, ISB.
        .include "steps.inc"
        .text
        .global _start, done
_start: ldr     r0, =0x30c51878
        mcr     p15, 4, r0, c1, c0, 0           @ HSCTLR
        isb
        adr     r0, body
        adr     r1, end
        ldr     r2, =copy
1:      ldmia   r0!, {r3 - r6}
        stmia   r2!, {r3 - r6}
        cmp     r0, r1
        blo     1b
        step 1, dsb
        step 2, mcr     p15, 0, r0, c7, c5, 0           @ ICIALLU
        step 3, dsb
        step 4, isb
        ldr     pc, =copy
        .ltorg
        .balign 16
body:   mov     r0, #1
        mov     r1, #2
        add     r0, r0, r1
done:   b       .
        .balign 16
end:
        .data
        .balign 4096
copy:   .space  4096
