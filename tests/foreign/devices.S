@ The small devices of QEMU's virt machine: real-time clock, GPIO, flash with its commands, virtio transports
@ and a PCI bus without devices, firmware configuration, message interrupts.
    .include "common.inc"
    .global _start, on_hyp_trap
    .text
    .equ RTC, 0x09010000
    .equ FW_CFG, 0x09020000
    .equ GPIO, 0x09030000
    .equ VIRTIO, 0x0a000000
    .equ PCI, 0x10000000
    .equ V2M, 0x08020000
    .equ FLASH, 0x04000000

    .macro reg name:req, offset:req, op=ldr
    \op r0, [r5, #\offset]
    show "\name", r0
    .endm

    .macro put offset:req, value:req, op=str
    set r0, \value
    \op r0, [r5, #\offset]
    .endm

_start:
    park_others
    set sp, 0x40380000
    say "rtc"
    set r5, RTC
    put 0x08, 100
    reg "dr", 0x00
    reg "lr", 0x08
    reg "cr", 0x0c
    put 0x10, 1
    put 0x04, 100
    reg "ris", 0x14
    reg "mis", 0x18
    put 0x10, 0
    reg "masked", 0x18
    put 0x1c, 1
    reg "cleared", 0x14
    reg "id0", 0xfe0
    reg "id1", 0xfe4
    reg "cell3", 0xffc
    end_line
    say "gpio"
    set r5, GPIO
    reg "dir", 0x400
    reg "ris", 0x414
    put 0x400, 0xf0
    put 0x3fc, 0xff
    reg "all", 0x3fc
    reg "some", 0x180
    put 0x080, 0x00
    reg "all", 0x3fc
    put 0x404, 0x88                     @ levels
    reg "low", 0x414
    put 0x40c, 0x80
    reg "high", 0x414
    put 0x410, 0x08
    reg "mis", 0x418
    reg "id4", 0xfd0
    reg "id0", 0xfe0
    reg "cell3", 0xffc
    end_line
    say "virtio"
    set r5, VIRTIO + 0x600
    reg "magic", 0
    reg "version", 4
    reg "device", 8
    reg "vendor", 12
    reg "features", 16
    put 0x70, 1
    reg "status", 0x70
    end_line
    say "pci"
    set r5, PCI + 0x1000
    put 0, 0x12345678
    reg "word", 0
    reg "half", 2, ldrh
    reg "byte", 5, ldrb
    end_line
    say "fw_cfg"
    set r5, FW_CFG
    put 8, 0x0000, strh
    reg "signature", 0
    reg "beyond", 0
    put 8, 0x0500, strh
    reg "cpus", 0, ldrb
    put 8, 0x3412, strh
    reg "none", 0
    end_line
    say "v2m"
    set r5, V2M
    reg "typer", 8
    reg "iidr", 0xfcc
    set r4, GICD
    mov r0, #1
    str r0, [r4]
    put 0x40, 85
    ldr r1, [r4, #0x208]
    show "pending", r1
    put 0x40, 40
    ldr r1, [r4, #0x204]
    show "not ours", r1
    end_line

    say "flash\n"
    set r5, FLASH
    put 0x154, 0x98
    mov r8, #0
1:  ldr r9, [r5, r8, lsl #2]
    show "q", r9
    add r8, r8, #1
    tst r8, #7
    bne 1b
    end_line
    cmp r8, #0x48
    bne 1b
    reg "byte", 0x40, ldrb
    reg "half", 0x46, ldrh
    put 0, 0xff
    put 0, 0x90
    reg "maker", 0
    reg "device", 4
    reg "lock", 8
    put 0, 0xff
    end_line
    set r4, FLASH + 0x40000
    mov r0, #0x20
    str r0, [r4]
    mov r0, #0xd0
    str r0, [r4]
    put 0, 0x70
    reg "status", 0
    put 0, 0xff
    add r5, r5, #0x40000
    reg "erased", 0
    put 0x10, 0x00400040
    put 0x10, 0x12345678
    put 0, 0xff
    reg "programmed", 0x10
    reg "erased", 0x14
    put 0x20, 0x00e800e8
    reg "ready", 0x20
    put 0x20, 0x00030003
    put 0x20, 0xcafe0001
    put 0x24, 0xcafe0002
    put 0x28, 0xcafe0003
    put 0x2c, 0xcafe0004
    put 0x20, 0x00d000d0
    reg "ready", 0x20
    put 0, 0x00ff00ff
    reg "first", 0x20
    reg "last", 0x2c
    reg "next", 0x30
    reg "erased sector's end", -4
    end_line
    b finish

on_hyp_trap:
    b finish
