/* A barrier that turns its sense: the last to come sets the count back, plainly, before it lets the others go on. */
#include "boot.h"

static u32 count LINE;
static u32 sense LINE;
static volatile u32 words[4][16] LINE;
static volatile u32 seen[4][16] LINE;

static void __attribute__((noinline)) meet(u32 was)
{
    dmb();
    if (__atomic_add_fetch(&count, 1, __ATOMIC_RELAXED) == 4) {
        STORE(count, 0);
        STEP(1, dmb());
        STORE(sense, was);
    } else {
        while (LOAD(sense) != was)
            ;
    }
    STEP(2, dmb());
}

void body(u32 cpu)
{
    for (u32 round = 1; round < 5; round++) {
        words[cpu][0] = round;
        meet(2 * round);
        seen[cpu][0] += words[(cpu + 1) & 3][0];
        meet(2 * round + 1);
    }
    done();
}
