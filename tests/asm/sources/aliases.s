@ Symbols that stand for others: which references keep which name.
    .syntax unified
    .arm
    .weak weak_alias
    .set weak_alias, f
    .globl global_alias
    .set global_alias, f
    .set local_alias, f
    .set later_alias, later
    .set foreign, ext
f:  nop
    bl weak_alias
    b weak_alias
    bleq weak_alias
    .word weak_alias, weak_alias + 4
    ldr r0, =weak_alias
    ldr r1, =weak_alias
    movw r0, #:lower16:weak_alias
    bl global_alias
    b global_alias
    .word global_alias
    bl local_alias
    b local_alias
    .word local_alias, local_alias + 4
    bl later_alias
    .word later_alias
    bl foreign
    .word foreign, foreign + 4
    .globl exported
exported:
    nop
beyond = exported + 4
    bl beyond
    .word beyond
    .word beyond - f
later: nop
    .set absolute, 0x1000
    .globl absolute
    .word absolute
    mov r0, #absolute
    ldr r0, =absolute
moved = f
    .word moved
moved = later
    .word moved
    .data
    .globl x, y
x:  .word 1
    y = x
    .size y, 4
    .type y, %object
    .text
    .word y
    .thumb
    .thumb_func
t:  nop
    .set same, t
    .thumb_set other, t
    .globl third
    .thumb_set third, t
    .balign 4
    .word t, same, other, third
    bl same
    bl other
    bl third
    b third
    .arm
Big .req r3
    mov BIG, #1
    mov big, #2
    .unreq Big
real .req s3
    vadd.f32 real, REAL, s1
    .struct 8
first: .space 4
second: .space 2
    .balign 4
third_member:
fourth: .struct fourth + 8
fifth:
    .text
    .word first, second, third_member, fourth, fifth
    .arm
    .balign 4
    .weak pinned
    pinned = 5
    .word pinned
    .word forward, forward4
    .set forward, far_function
    .set forward4, far_function + 4
    .type far_function STT_FUNC
far_function:
    nop
    nop
    .word forward, forward4
    .weak weak_label
weak_label:
    nop
    .set through, weak_label
    bl through
    bl weak_label
    .set under, f - 8
    .word under
    .type only_typed, %function
