@ Unwind tables: every directive, register lists and stack sizes of every encoding.
 .syntax unified
 .fnstart
f: nop
 .cantunwind
 .fnend
 .fnstart
g: push {r4, lr}
 .save {r4, lr}
 .pad #8
 sub sp, #8
 .fnend
 .fnstart
h: .save {r4-r11, lr}
 .setfp r11, sp, #32
 .pad #300
 .vsave {d8-d15}
 .save {r0-r3}
 .fnend
 .fnstart
i: .save {r5, r7}
 .vsave {d8, d9}
 .vsave {d14-d20}
 .save {d8-d9}
 .save {d4}
 .pad #0x1000
 .fnend
 .fnstart
j: .personality my_pers
 .save {r4}
 .handlerdata
 .word 1,2
 .fnend
 .fnstart
k: .personalityindex 1
 .fnend
 .section .text.foo,"ax",%progbits
 .fnstart
l: .movsp ip
 .save {r4, fp, ip, lr, pc}
 .setfp fp, ip, #-4
 .fnend
 .fnstart
m: .pad #0x204
 .unwind_raw 4, 0xb1, 0x01
 .personality p2
 .fnend
 .thumb
 .thumb_func
 .fnstart
n: .save {r7, lr}
 .setfp r7, sp
 .fnend
 .text
 .arm
 .fnstart
 .save {r4-r11, lr}
 .fnend
 .fnstart
 .save {r4,r5,r6,r7,r8,r9,r10,r11,lr}
 .fnend
 .fnstart
 .save {r4-r7,lr}
 .fnend
 .fnstart
 .save {r4-r11,ip,lr,pc}
 .fnend
 .fnstart
 .save {r5-r8,lr}
 .fnend
 .fnstart
 .save {r0-r3,r4-r8}
 .fnend
 .fnstart
 .save {r0-r8,lr}
 .fnend
 .fnstart
 .save {r3-r5,lr}
 .fnend
 .fnstart
 .save {r4,r6,lr}
 .fnend
 .fnstart
 .save {lr}
 .fnend
 .fnstart
 .save {r3,lr}
 .fnend
 .fnstart
 .save {fp,lr}
 .fnend
 .fnstart
 .save {r4-r12,lr}
 .fnend
 .fnstart
 .save {r4,r5,r6-r8,lr}
 .fnend
 .fnstart
 .pad #4
 .fnend
 .fnstart
 .pad #256
 .fnend
 .fnstart
 .pad #260
 .fnend
 .fnstart
 .pad #512
 .fnend
 .fnstart
 .pad #516
 .fnend
 .fnstart
 .pad #520
 .fnend
 .fnstart
 .pad #1024
 .fnend
 .fnstart
 .pad #65536
 .fnend
 .fnstart
 .pad #-8
 .fnend
 .fnstart
 .pad #-512
 .fnend
 .local common_here
 .comm common_here, 12, 8
 .lcomm other, 4
 .comm shared, 4
 .comm shared12, 12
 .comm shared100, 100
