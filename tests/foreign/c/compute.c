/* What compilers make of ordinary arithmetic: a checksum, a sort, matrices, series, fixed point, divisions and
 * conversions; the loops are vectorised where the optimiser can. Every result is printed by its bits. */
#include "console.h"

static uint32_t seed = 12345;

static uint32_t draw(void)
{
    seed = seed * 1664525 + 1013904223;
    return seed >> 8;
}

static void single(float value)
{
    union { float value; uint32_t bits; } it = {value};
    hex(it.bits);
}

static void twice(double value)
{
    union { double value; uint64_t bits; } it = {value};
    hex64(it.bits);
}

static uint32_t checksum(const uint8_t *from, unsigned count)
{
    uint32_t sum = ~0u;
    while (count--) {
        sum ^= *from++;
        for (int bit = 0; bit < 8; bit++)
            sum = sum >> 1 ^ (0xedb88320 & -(sum & 1));
    }
    return ~sum;
}

static void sort(int *at, int low, int high)
{
    int pivot = at[(low + high) / 2], up = low, down = high;
    while (up <= down) {
        while (at[up] < pivot)
            up++;
        while (at[down] > pivot)
            down--;
        if (up <= down) {
            int other = at[up];
            at[up++] = at[down];
            at[down--] = other;
        }
    }
    if (low < down)
        sort(at, low, down);
    if (up < high)
        sort(at, up, high);
}

static uint8_t bytes[1024];
static uint8_t one[64], other[64];
static int16_t halves[64];
static int words[100];
static float left[8][8], right[8][8], product[8][8];

static void integers(void)
{
    for (int i = 0; i < 1024; i++)
        bytes[i] = draw();
    say("checksum "), hex(checksum(bytes, 1024));
    for (int i = 0; i < 100; i++)
        words[i] = (int)(draw() << 4) - (1 << 27);
    sort(words, 0, 99);
    int sorted = 1;
    for (int i = 1; i < 100; i++)
        sorted &= words[i - 1] <= words[i];
    say("\nsorted "), hex(sorted), hex(words[0]), hex(words[99]);
    int dot = 0, largest = -1 << 30;
    uint32_t distance = 0;
    for (int i = 0; i < 64; i++)
        halves[i] = draw(), one[i] = draw(), other[i] = draw();
    for (int i = 0; i < 64; i++)
        dot += halves[i] * halves[63 - i];
    for (int i = 0; i < 64; i++)
        distance += one[i] > other[i] ? one[i] - other[i] : other[i] - one[i];
    for (int i = 0; i < 64; i++)
        largest = halves[i] * 3 > largest ? halves[i] * 3 : largest;
    for (int i = 0; i < 64; i++) {
        int value = one[i] * 3 - other[i];
        one[i] = value < 0 ? 0 : value > 255 ? 255 : value;
    }
    say("\nfixed "), hex(dot), hex(distance), hex(largest), hex(checksum(one, 64));
    uint64_t wide = 0x123456789abcdef;
    say("\nwide ");
    for (int i = 0; i < 8; i++) {
        wide = wide * 6364136223846793005u + 1442695040888963407u;
        hex64(wide ^ (wide >> (i * 7 + 1)));
    }
    say("\ndivided ");
    for (int i = 0; i < 8; i++) {
        int value = draw() - 8000000, by = (int)(draw() & 0xffff) - 30000;
        hex(value / by), hex(value % by), hex((uint32_t)value / (uint32_t)(by | 1));
    }
}

static void floating(void)
{
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < 8; j++) {
            left[i][j] = (float)((int)(draw() & 0xffff) - 32768) / 77.0f;
            right[i][j] = (float)(draw() & 0xfff) / 3.0f;
        }
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < 8; j++) {
            float sum = 0;
            for (int k = 0; k < 8; k++)
                sum += left[i][k] * right[k][j];
            product[i][j] = sum;
        }
    say("\nproduct ");
    for (int i = 0; i < 8; i++)
        single(product[i][7 - i]);
    double x = 2;
    say("\nseries ");
    for (int i = 0; i < 6; i++) {
        x = x * x - 0.3 * x + 1.0 / (i + 3);
        if (x > 1e6)
            __asm("vsqrt.f64 %P0, %P0" : "+w"(x));
        twice(x);
    }
    say("\nconverted ");
    for (int i = 0; i < 8; i++) {
        float value = (float)((int)draw() - 8000000) / (float)((int)(draw() & 0xfff) - 2000);
        hex((int)value), hex((uint32_t)(value < 0 ? -value : value));
        single((float)((double)value * 1.1)), twice(value);
    }
    say("\n");
}

int main(void)
{
    integers();
    floating();
    return 0;
}
