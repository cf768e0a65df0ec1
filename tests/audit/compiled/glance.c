/* A flag that is looked at once, late: what it announces is used if it is there, and not waited for. */
#include "boot.h"

static volatile u32 ready LINE;
static volatile u32 message LINE;
static volatile u32 copy LINE;

void body(u32 cpu)
{
    if (cpu == 0) {
        message = 42;
        STEP(1, dmb());
        ready = 1;
        done();
    }
    for (volatile u32 delay = 0; delay < 400; delay++)
        ;
    if (ready) {
        STEP(2, dmb());
        copy = message;
    }
    done();
}
