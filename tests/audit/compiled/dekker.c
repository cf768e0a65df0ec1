/* Dekker's lock: each CPU says that it wants to enter, and gives way by turns where the other does, too. */
#include "boot.h"

static u32 wants[2] LINE;
static u32 turn LINE;
static u32 counter LINE;

void body(u32 cpu)
{
    for (int round = 0; round < 4; round++) {
        STORE(wants[cpu], 1);
        STEP(1, dmb());
        while (LOAD(wants[!cpu])) {
            if (LOAD(turn) == cpu)
                continue;
            STORE(wants[cpu], 0);
            while (LOAD(turn) != cpu)
                ;
            STORE(wants[cpu], 1);
            dmb();
        }
        STEP(2, dmb());
        counter++;
        dmb();
        STORE(turn, !cpu);
        dmb();
        STORE(wants[cpu], 0);
    }
    done();
}
