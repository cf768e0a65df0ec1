/* A ticket lock: the next ticket and the owner are halves of one word, and only the owner's is stored plainly. */
#include "boot.h"

static struct {
    volatile unsigned short owner, next;
} lock LINE;
static u32 counter LINE;

static inline void take(void)
{
    u32 word, more, failed;

    asm volatile("1: ldrex %0, [%3]\n"
                 "   add %1, %0, #0x10000\n"
                 "   strex %2, %1, [%3]\n"
                 "   teq %2, #0\n"
                 "   bne 1b"
                 : "=&r"(word), "=&r"(more), "=&r"(failed)
                 : "r"(&lock)
                 : "memory", "cc");
    while (lock.owner != word >> 16)
        wfe();
    STEP(1, dmb());
}

static inline void give(void)
{
    STEP(2, dmb());
    lock.owner++;
    STEP(3, dsb());
    sev();
}

void body(u32 cpu)
{
    for (int turn = 0; turn < 5; turn++) {
        take();
        counter++;
        give();
    }
    done();
}
