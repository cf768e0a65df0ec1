/* A message that an interrupt announces, sent by the other CPU through GICD_SGIR. */
#include "boot.h"

#define READ(address) (*(volatile u32 *)(address))
#define WRITE(address, value) (*(volatile u32 *)(address) = (value))
#define GICD 0x08000000u
#define GICC 0x08010000u

static volatile u32 message LINE;
static volatile u32 received LINE;
static u32 listening LINE;

asm(".text\n"
    ".arm\n"
    ".balign 32\n"
    "vectors: b .\n b .\n b .\n b .\n b .\n b .\n b 1f\n b .\n"
    "1:      push {r0-r3, r12, lr}\n"
    "        mrs  r0, elr_hyp\n"
    "        mrs  r1, spsr\n"
    "        push {r0, r1}\n"
    "        bl   interrupted\n"
    "        pop  {r0, r1}\n"
    "        msr  elr_hyp, r0\n"
    "        msr  spsr_cxsf, r1\n"
    "        pop  {r0-r3, r12, lr}\n"
    "        eret\n");

void interrupted(void)
{
    u32 which = READ(GICC + 0xc);

    if ((which & 0x3ff) != 1023) {
        received = message;
        WRITE(GICC + 0x10, which);
    }
}

void body(u32 cpu)
{
    extern char vectors[];
    u32 hcr;

    asm volatile("mcr p15, 4, %0, c12, c0, 0" : : "r"(vectors));
    asm volatile("mrc p15, 4, %0, c1, c1, 0" : "=r"(hcr));
    asm volatile("mcr p15, 4, %0, c1, c1, 0\n isb" : : "r"(hcr | 1 << 4));
    WRITE(GICD, 3);
    WRITE(GICD + 0x100, 0xffff);
    WRITE(GICC + 4, 0xff);
    WRITE(GICC, 1);
    if (cpu == 0) {
        while (!LOAD(listening))
            ;
        dmb();
        message = 42;
        STEP(1, dmb());
        WRITE(GICD + 0xf00, 2 << 16 | 1);
        done();
    }
    dmb();
    STORE(listening, 1);
    asm volatile("cpsie i");
    while (!received)
        ;
    done();
}
