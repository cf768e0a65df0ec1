@ Call frame information: every directive, common beginnings, distances of each size.
    .syntax unified
    .cfi_sections .debug_frame
    .text
    .type f,%function
f:  .cfi_startproc
    push {r4-r7,lr}
    .cfi_def_cfa_offset 20
    .cfi_offset lr, -4
    .cfi_rel_offset r4, 0
    sub sp, #4
    .cfi_adjust_cfa_offset 4
    .cfi_remember_state
    .cfi_undefined r0, r1
    .space 400
    nop
    .cfi_restore_state
    .cfi_def_cfa r11, 8
    .cfi_def_cfa_register r7
    .cfi_register lr, r12
    .cfi_restore r4
    .cfi_offset d8, -8
    .cfi_offset s0, -8
    .cfi_restore d8
    .cfi_same_value r9
    .space 131100
    .cfi_escape 0x0f, 3, 0x11, 4
    .cfi_val_offset sp, 8
    .cfi_def_cfa sp, -4
    .cfi_def_cfa_offset -8
    .cfi_offset r5, 4
    .cfi_val_offset sp, -8
    bx lr
    .cfi_endproc
    .section .text.g,"ax"
    .thumb
g:  .cfi_startproc
    nop
    .cfi_undefined lr
    bx lr
    .cfi_endproc
h:  .cfi_startproc
    .cfi_signal_frame
    .cfi_return_column 15
    nop
    .balign 8
    .cfi_def_cfa_offset 8
    bx lr
    .cfi_endproc
    nop
    .text
    .arm
i:  .cfi_startproc simple
    .cfi_def_cfa sp, 4
    nop
    .cfi_def_cfa sp, 0
    .cfi_endproc
j:  .cfi_startproc
    nop
    .cfi_endproc
