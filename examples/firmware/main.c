/* A small firmware that uses the Hyp image: installs the stub, turns the Hyp MMU on, calls a function of
 * its own in Hyp mode, turns the MMU off, and does so a second time. */
#include "hyp_abi.h"

void firmware_stop(void);

/* In Hyp mode, with the Hyp MMU on: code, constants and data in the sections that it maps. */
static uint32_t calls __attribute__((section(".hyp.data.firmware"))) = 0;
static const char greeting[] __attribute__((section(".hyp.rodata.firmware"))) = "hyp: called with ";

__attribute__((section(".hyp.text.firmware"))) static uint32_t hyp_work(uint32_t a, uint32_t b, uint32_t c)
{
    hyp_text(greeting);
    hyp_hex(a);
    hyp_newline();
    calls += 1;
    return a + b + c + calls;
}

/* In SVC mode, with the MMU off. */
static void put(char character)
{
#if defined(HYP_CONSOLE_PL011)
    volatile uint32_t *uart = (volatile uint32_t *)HYP_CONSOLE_PHYSICAL;
    while (uart[0x18 / 4] & 1u << 5)
        ;
    uart[0] = (uint32_t)character;
#else
    volatile uint32_t *uart = (volatile uint32_t *)HYP_CONSOLE_PHYSICAL;
    while (!(uart[(5u << HYP_CONSOLE_REG_SHIFT) / 4] & 1u << 5))
        ;
    uart[0] = (uint32_t)character;
#endif
}

static void print(const char *text)
{
    while (*text)
        put(*text++);
}

static void print_hex(uint32_t number)
{
    for (int shift = 28; shift >= 0; shift -= 4)
        put("0123456789abcdef"[number >> shift & 15]);
}

static void check(const char *what, uint32_t got, uint32_t expected)
{
    print("firmware: ");
    print(what);
    print(" gave 0x");
    print_hex(got);
    if (got != expected) {
        print(", expected 0x");
        print_hex(expected);
        print("\r\nfirmware: FAILED\r\n");
        firmware_stop();
    }
    print("\r\n");
}

int main(void)
{
    check("hyp_boot", hyp_boot(), 0);
    check("hyp_vectors_get", hyp_vectors_get(), (uint32_t)hyp_stub_vectors);
    hyp_build_tables();
    for (uint32_t round = 1; round <= 2; round++) {
        check("hyp_load", hyp_load(), 0);
        check("hyp_call", hyp_call(hyp_work, 0x1000, 0x200, 0x30), 0x1230 + round);
        check("hyp_unload", hyp_unload(), 0);
    }
    check("hyp_vectors_get", hyp_vectors_get(), (uint32_t)hyp_stub_vectors);
    print("firmware: done\r\n");
    return 0;
}
