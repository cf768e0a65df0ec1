/* Each CPU counts in a word of its own, and not in one that both have. */
#include "boot.h"

static volatile u32 counters[2][16] LINE;

void body(u32 cpu)
{
    volatile u32 *mine = &counters[DROP == 1 ? 0 : cpu][0];

    for (u32 round = 0; round < 8; round++)
        ++*mine;
    done();
}
