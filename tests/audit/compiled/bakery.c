/* Lamport's bakery: each CPU draws a number that is higher than all others', and waits until its own is the lowest. */
#include "boot.h"

static u32 choosing[4] LINE;
static u32 number[4] LINE;
static u32 counter LINE;

static void lock(u32 me)
{
    u32 most = 0;

    STORE(choosing[me], 1);
    STEP(1, dmb());
    for (u32 other = 0; other < 4; other++) {
        u32 theirs = LOAD(number[other]);

        if (theirs > most)
            most = theirs;
    }
    STORE(number[me], most + 1);
    dmb();
    STORE(choosing[me], 0);
    dmb();
    for (u32 other = 0; other < 4; other++) {
        while (LOAD(choosing[other]))
            ;
        dmb();
        for (;;) {
            u32 theirs = LOAD(number[other]), mine = LOAD(number[me]);

            if (!theirs || theirs > mine || (theirs == mine && other >= me))
                break;
        }
    }
    STEP(2, dmb());
}

void body(u32 cpu)
{
    for (int round = 0; round < 3; round++) {
        lock(cpu);
        counter++;
        STEP(3, dmb());
        STORE(number[cpu], 0);
    }
    done();
}
