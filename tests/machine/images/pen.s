@ Release of held CPUs: the boot CPU writes `entry` to a register, wakes the others and waits for them.
@ REGISTER, COUNT (of CPUs) and, with a GIC, SGIR come from the command line.
    .arch armv7-a
    .global _start, done
_start: mov     r0, #0
    ldr     r1, =arrived
    str     r0, [r1]
    ldr     r2, =entry
    ldr     r3, =REGISTER
.ifdef STRIDE
    mov     r4, #1
1:  str     r2, [r3, r4, lsl #4]
    add     r4, r4, #1
    cmp     r4, #COUNT
    bne     1b
.else
    str     r2, [r3]
.endif
    dsb
    sev
.ifdef SGIR
    ldr     r3, =SGIR
    mov     r4, #1 << 24            @ to all but this CPU
    str     r4, [r3]
.endif
2:  ldr     r0, [r1]
    cmp     r0, #COUNT - 1
    bne     2b
done: b     .
entry: ldr  r1, =arrived
3:  ldrex   r0, [r1]
    add     r0, r0, #1
    strex   r2, r0, [r1]
    cmp     r2, #0
    bne     3b
4:  b       4b
    .ltorg
    .balign 4
arrived: .word 0
