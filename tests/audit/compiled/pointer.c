/* An index and a pointer are published; who reads them is held to the order by its addresses' dependency. */
#include "boot.h"

struct record {
    volatile u32 *words;
    volatile u32 size;
};

static volatile u32 table[16] LINE;
static volatile u32 words[4] LINE;
static struct record made LINE;
static struct record *current LINE;
static volatile u32 out[3] LINE;
static u32 index LINE;

void body(u32 cpu)
{
    if (cpu == 0) {
        table[3] = 9;
        STEP(1, dmb());
        STORE(index, 3);
        words[1] = 7;
        made.words = words;
        made.size = 4;
        STEP(2, dmb());
        STORE(current, &made);
    } else {
        struct record *seen;
        u32 at;

        while (!(at = LOAD(index)))
            ;
        out[0] = table[at];
        while (!(seen = LOAD(current)))
            ;
        out[1] = seen->size;
        out[2] = seen->words[1];
    }
    done();
}
