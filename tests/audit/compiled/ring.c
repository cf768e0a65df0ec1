/* One CPU puts numbers into a ring, another takes them out: acquire and release as the compiler makes them. */
#include "boot.h"

static u32 ring[8] LINE;
static u32 head LINE;
static u32 tail LINE;
static u32 sum LINE;

void body(u32 cpu)
{
    if (cpu == 0) {
        for (u32 number = 0; number < 20; number++) {
            while (number - __atomic_load_n(&tail, __ATOMIC_ACQUIRE) >= 8)
                ;
            ring[number & 7] = number;
            __atomic_store_n(&head, number + 1, DROP == 1 ? __ATOMIC_RELAXED : __ATOMIC_RELEASE);
        }
    } else {
        for (u32 number = 0; number < 20; number++) {
            while (__atomic_load_n(&head, DROP == 2 ? __ATOMIC_RELAXED : __ATOMIC_ACQUIRE) <= number)
                ;
            sum += ring[number & 7];
            __atomic_store_n(&tail, number + 1, DROP == 3 ? __ATOMIC_RELAXED : __ATOMIC_RELEASE);
        }
    }
    done();
}
