/* What the compiled sequences share: each CPU's entry in Hyp mode, tables and the MMU, barriers and relaxed accesses. */
typedef unsigned u32;

#define LINE __attribute__((aligned(64)))
#define STEP(number, ...) do { if (DROP != (number)) { __VA_ARGS__; } } while (0)
#define LOAD(word) __atomic_load_n(&(word), __ATOMIC_RELAXED)
#define STORE(word, value) __atomic_store_n(&(word), value, __ATOMIC_RELAXED)

#define dmb() asm volatile("dmb ish" ::: "memory")
#define dsb() asm volatile("dsb sy" ::: "memory")
#define sev() asm volatile("sev" ::: "memory")
#define wfe() asm volatile("wfe" ::: "memory")
void __attribute__((noreturn)) body(u32 cpu);

/* Each CPU has its MMU on before it has a stack: with the MMU off it must not use one that another's cache may hold. */
asm(".section .text.0, \"ax\"\n"
    ".arm\n"
    ".global _start\n"
    "_start: ldr  r0, =0x000004ff\n"
    "        mcr  p15, 4, r0, c10, c2, 0\n" /* HMAIR0 */
    "        mov  r1, #0\n"
    "        mcr  p15, 4, r1, c10, c2, 1\n" /* HMAIR1 */
    "        ldr  r0, =0x80803500\n"
    "        mcr  p15, 4, r0, c2, c0, 2\n" /* HTCR */
    "        ldr  r0, =level1\n"
    "        mcrr p15, 4, r0, r1, c2\n" /* HTTBR */
    "        mcr  p15, 4, r0, c8, c7, 0\n" /* TLBIALLH */
    "        dsb\n"
    "        isb\n"
    "        ldr  r0, =0x30c5187d\n"
    "        mcr  p15, 4, r0, c1, c0, 0\n" /* HSCTLR */
    "        isb\n"
    "        mrc  p15, 0, r0, c0, c0, 5\n" /* MPIDR */
    "        and  r0, r0, #3\n"
    "        ldr  sp, =stacks\n"
    "        add  r1, r0, #1\n"
    "        add  sp, sp, r1, lsl #10\n"
    "        bl   body\n"
    "        .ltorg\n"
    ".data\n"
    ".balign 4096\n"
    "level1: .word devices + 3, 0, level2 + 3, 0, 0, 0, 0, 0\n"
    ".balign 4096\n"
    "level2: .word 0x40000741, 0\n"
    ".balign 4096\n"
    "devices: .fill 64, 8, 0\n" /* the interrupt controller's */
    "        .word 0x08000445, 0x00400000\n"
    ".balign 4096\n"
    "stacks: .space 4096\n"
    ".text\n");

static inline __attribute__((noreturn)) void done(void)
{
    for (;;)
        asm volatile("wfi");
}
