/* A poll in functions: the loop shows nothing of what it waits for, and the load nothing of the loop. */
#include "boot.h"

static volatile u32 ready LINE;
static volatile u32 message LINE;
static volatile u32 copy LINE;

static u32 __attribute__((noinline)) state(void)
{
    return ready;
}

static int __attribute__((noinline)) is_ready(void)
{
    if (state() == 3)
        return 1;
    return 0;
}

void body(u32 cpu)
{
    if (cpu == 0) {
        for (volatile u32 delay = 0; delay < 60; delay++)
            ;
        message = 42;
        STEP(1, dmb());
        ready = 3;
        STEP(2, dsb());
        sev();
        done();
    }
    while (!is_ready())
        wfe();
    STEP(3, dmb());
    copy = message;
    done();
}
