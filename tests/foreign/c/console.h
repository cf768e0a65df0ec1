/* What the programs print with. */
#include <stdint.h>

static void put(char c) { *(volatile uint8_t *)0x09000000 = c; }

static void say(const char *text)
{
    while (*text)
        put(*text++);
}

static void hex(uint32_t value)
{
    for (int shift = 28; shift >= 0; shift -= 4)
        put("0123456789abcdef"[value >> shift & 15]);
    put(' ');
}

static void hex64(uint64_t value)
{
    hex(value >> 32);
    hex(value);
}
