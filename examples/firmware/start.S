/* Where the firmware begins: a stack, zeroed .bss, and main. Entered in Hyp mode, MMU off. */
        .syntax unified
        .arch armv7ve
        .arm
        .section .text.start, "ax", %progbits
        .global _start
        .type   _start, %function
_start:
        ldr     sp, =stack_top
        ldr     r0, =bss_start
        ldr     r1, =bss_end
        mov     r2, #0
1:      cmp     r0, r1
        strlo   r2, [r0], #4
        blo     1b
        bl      main
        b       firmware_stop

/* void firmware_stop(uint32_t): switch the machine off through PSCI; where there is none, stay here. */
        .global firmware_stop
        .type   firmware_stop, %function
firmware_stop:
#ifdef PSCI_SYSTEM_OFF
        .arch_extension sec
        ldr     r0, =PSCI_SYSTEM_OFF
        smc     #0
#endif
        b       .
        .ltorg
