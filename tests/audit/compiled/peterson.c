/* Peterson's lock: no exclusives at all, and both CPUs store to one flag in no order. */
#include "boot.h"

static u32 wants[2] LINE;
static u32 turn LINE;
static u32 counter LINE;

void body(u32 cpu)
{
    for (int round = 0; round < 12; round++) {
        STORE(wants[cpu], 1);
        STEP(4, dmb());
        STORE(turn, !cpu);
        STEP(3, dmb());
        while (LOAD(wants[!cpu]) && LOAD(turn) == !cpu)
            ;
        STEP(1, dmb());
        counter++;
        STEP(2, dmb());
        STORE(wants[cpu], 0);
    }
    done();
}
