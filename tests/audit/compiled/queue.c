/* A lock whose CPUs wait in a queue, each for a word of its own (Mellor-Crummey and Scott). */
#include "boot.h"

static struct node {
    struct node *next;
    u32 waits;
} nodes[4] LINE;
static struct node *last LINE;
static u32 counter LINE;

static void take(struct node *mine)
{
    struct node *before;

    STORE(mine->next, 0);
    STORE(mine->waits, 1);
    dmb();
    before = __atomic_exchange_n(&last, mine, __ATOMIC_RELAXED);
    if (before) {
        STORE(before->next, mine);
        while (LOAD(mine->waits))
            ;
    }
    STEP(2, dmb());
}

static void give(struct node *mine)
{
    struct node *only = mine;

    STEP(3, dmb());
    if (!LOAD(mine->next)) {
        if (__atomic_compare_exchange_n(&last, &only, 0, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
            return;
        while (!LOAD(mine->next))
            ;
    }
    STORE(LOAD(mine->next)->waits, 0);
}

void body(u32 cpu)
{
    for (u32 turn = 0; turn < 4; turn++) {
        take(&nodes[cpu]);
        counter++;
        give(&nodes[cpu]);
    }
    done();
}
