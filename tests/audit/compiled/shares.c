/* A lock that readers share and writers do not, in one word: who gives it back has made its loads as well. */
#include "boot.h"

#define WRITER 0x80000000u

static u32 lock LINE;
static volatile u32 data[2] LINE;
static volatile u32 seen[4][16] LINE;

static inline int replaced(u32 old, u32 new)
{
    return __atomic_compare_exchange_n(&lock, &old, new, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

/* It stores only, and not before it has the lock. */
static inline void write(u32 value)
{
    while (!replaced(0, WRITER))
        ;
    data[0] = value;
    data[1] = value;
    STEP(1, dmb());
    STORE(lock, 0);
}

static inline u32 read(void)
{
    u32 old, difference;

    do {
        while ((old = LOAD(lock)) & WRITER)
            ;
    } while (!replaced(old, old + 1));
    STEP(2, dmb());
    difference = data[0] - data[1];
    STEP(3, dmb());
    __atomic_fetch_sub(&lock, 1, __ATOMIC_RELAXED);
    return difference;
}

void body(u32 cpu)
{
    u32 sum = 0;

    for (u32 round = 1; round < 6; round++) {
        if (cpu == 0)
            write(round);
        else
            sum += read();
    }
    seen[cpu][0] = sum;
    done();
}
