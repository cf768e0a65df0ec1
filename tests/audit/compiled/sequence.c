/* Data under a sequence number: readers do not stop the writer, and read again what it has changed meanwhile. */
#include "boot.h"

static u32 number LINE;
static volatile u32 data[2] LINE;
static volatile u32 seen[4][16] LINE;

static void write(u32 value)
{
    STORE(number, number + 1);
    STEP(1, dmb());
    data[0] = value;
    data[1] = value;
    STEP(2, dmb());
    STORE(number, number + 1);
}

static u32 begin(void)
{
    u32 now;

    while ((now = LOAD(number)) & 1)
        ;
    STEP(3, dmb());
    return now;
}

static int changed(u32 before)
{
    STEP(4, dmb());
    return LOAD(number) != before;
}

void body(u32 cpu)
{
    for (u32 round = 1; round < 12; round++) {
        u32 before, first, second;

        if (cpu == 0) {
            write(round);
            continue;
        }
        do {
            before = begin();
            first = data[0];
            second = data[1];
        } while (DROP != 5 && changed(before));
        seen[cpu][0] = first - second;
    }
    done();
}
