@ What a C library asks of its host before main, by semihosting, and WFE in loops that only an event stream
@ ends.
    .include "common.inc"
    .global _start, on_hyp_trap
    .text

@ Semihosting operation with the words of a block; shows what r0 is then.
    .macro ask name:req, operation:req, words:vararg
    set r1, 8f
    mov r0, #\operation
    .inst 0xe10f0070                    @ HLT #0xf000
    show "\name", r0
    b 9f
    .balign 4
8:  .word \words
9:
    .endm

    .macro event_stream register:req, name:req
    say "\name\n"
    mov r0, #1 << 2 | 4 << 4            @ EVNTEN, EVNTI = 4
    mcr p15, \register, r0, c14, c1, 0
    isb
    mov r4, #5
1:  wfe
    subs r4, r4, #1
    bne 1b
    mov r0, #0
    mcr p15, \register, r0, c14, c1, 0
    isb
    .endm

_start:
    park_others
    set sp, 0x40380000
    ask "nothing there", 0x01, path, 0, 8
    set r1, opening                     @ not shown: QEMU numbers its files as it likes
    mov r0, #0x01
    .inst 0xe10f0070
    cmp r0, #-1
    beq on_hyp_trap
    set r1, file
    str r0, [r1]
    str r0, [r1, #12]
    str r0, [r1, #28]
    bl a_file
    end_line
    event_stream 0, "virtual"
    event_stream 4, "physical"
    b finish

a_file:
    push {lr}
    set r1, file
    mov r0, #0x0c                       @ SYS_FLEN
    .inst 0xe10f0070
    show "length", r0
    set r1, file
    mov r0, #0x09                       @ SYS_ISTTY
    .inst 0xe10f0070
    show "terminal", r0
    set r1, reading
    mov r0, #0x06                       @ SYS_READ: four of the five bytes
    .inst 0xe10f0070
    show "left", r0
    set r1, reading
    mov r0, #0x06                       @ one more, and the end
    .inst 0xe10f0070
    show "left", r0
    set r1, read
    ldr r0, [r1]
    show "bits", r0
    set r1, seeking
    mov r0, #0x0a                       @ SYS_SEEK
    .inst 0xe10f0070
    show "sought", r0
    set r1, reading
    mov r0, #0x06
    .inst 0xe10f0070
    show "left", r0
    set r1, read
    ldr r0, [r1]
    show "magic", r0
    pop {pc}

on_hyp_trap:
    say "a trap\n"
    b finish
    .ltorg

    .data
    .balign 4
opening:
    .word features, 0, 21
file:
    .word 0, 0, 0
reading:
    .word 0, read, 4, 0
seeking:
    .word 0, 0
read:
    .word 0
path:
    .asciz "/nowhere"
features:
    .asciz ":semihosting-features"
