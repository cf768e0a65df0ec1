// CPUs that share memory by what C++ has for it: locks of three kinds, a sequence lock, Dekker's algorithm, a
// stack without locks of 64-bit exchanges, a static that whoever comes first makes. Each prints what has come of it.
#include "atomic.h"

extern "C" void start_cpu(unsigned cpu);
extern "C" {
void *__dso_handle;
int __aeabi_atexit(void *, void (*)(void *), void *) { return 0; }
}

namespace {
constexpr unsigned cpus = CPUS, rounds = 40;

void put(char c) { *reinterpret_cast<volatile uint32_t *>(0x09000000) = c; }

void print(const char *text)
{
    while (*text)
        put(*text++);
}

void pause() { asm volatile("yield"); }

struct TicketLock {
    atomic<uint16_t> next{0}, owner{0};
    void lock()
    {
        uint16_t mine = next.fetch_add(1, relaxed);
        while (owner.load(acquire) != mine)
            pause();
    }
    void unlock() { owner.store(owner.load(relaxed) + 1, release); }
};

struct QueueLock {
    struct Node {
        atomic<Node *> next;
        atomic<bool> waits;
    };
    atomic<Node *> tail{nullptr};
    void lock(Node &node)
    {
        node.next = nullptr;
        node.waits = true;
        if (Node *before = tail.exchange(&node, acq_rel)) {
            before->next.store(&node, release);
            while (node.waits.load(acquire))
                pause();
        }
    }
    void unlock(Node &node)
    {
        if (!node.next) {
            Node *last = &node;
            if (tail.compare_exchange_strong(last, nullptr))
                return;
            while (!node.next)
                pause();
        }
        node.next.load()->waits.store(false, release);
    }
};

struct SequenceLock {
    atomic<uint32_t> sequence{0}, value{0}, inverse{~0u};
    void write(uint32_t given)
    {
        uint32_t was = sequence;
        sequence.store(was + 1, relaxed);
        __atomic_thread_fence(release);
        value.store(given, relaxed);
        inverse.store(~given, relaxed);
        sequence.store(was + 2, release);
    }
    bool consistent() const
    {
        for (;; pause()) {
            uint32_t before = sequence.load(acquire);
            uint32_t one = value.load(relaxed), other = inverse.load(relaxed);
            __atomic_thread_fence(acquire);
            if (!(before & 1) && before == sequence.load(relaxed))
                return one == ~other;
        }
    }
};

struct Barrier {
    atomic<uint32_t> arrived{0}, phase{0};
    void wait()
    {
        uint32_t now = phase;
        if (++arrived == cpus) {
            arrived = 0;
            ++phase;
            asm volatile("dsb\n sev" ::: "memory");
        } else {
            while (phase == now)
                asm volatile("wfe" ::: "memory");
        }
    }
};

struct Stack {
    uint32_t below[65]{};
    atomic<uint64_t> top{0}; // a count of changes above the number of an item
    void push(uint32_t item)
    {
        uint64_t was = top;
        do
            below[item] = uint32_t(was);
        while (!top.compare_exchange_weak(was, ((was >> 32) + 1) << 32 | item));
    }
    uint32_t pop()
    {
        uint64_t was = top;
        while (uint32_t(was) && !top.compare_exchange_weak(was, ((was >> 32) + 1) << 32 | below[uint32_t(was)]))
            ;
        return uint32_t(was);
    }
};

atomic<bool> console{false};

void say(unsigned cpu, const char *what, uint64_t value)
{
    while (console.exchange(true, acquire))
        pause();
    print("cpu");
    put(char('0' + cpu));
    put(' ');
    print(what);
    put(' ');
    for (int shift = 60; shift >= 0; shift -= 4)
        put("0123456789abcdef"[value >> shift & 15]);
    put('\n');
    console.store(false, release);
}

struct Shape {
    virtual uint32_t of(uint32_t x) const = 0;
};
atomic<uint32_t> made{0};
struct Square : Shape {
    uint32_t side;
    explicit Square(uint32_t given) : side(given) { ++made; }
    uint32_t of(uint32_t x) const override { return x * side * side; }
};
const Shape &only_one()
{
    static Square square(7);
    return square;
}

Barrier barrier;
TicketLock tickets;
QueueLock queue;
QueueLock::Node nodes[cpus];
SequenceLock pair;
Stack stack;
uint32_t counted, queued, critical;
atomic<uint64_t> wide{0}, popped{0};
atomic<uint8_t> narrow[3];
atomic<uint32_t> wants[2], turn;

void dekker(unsigned me)
{
    for (unsigned i = 0; i < rounds; i++) {
        wants[me] = 1;
        while (wants[!me])
            if (turn != me) {
                wants[me] = 0;
                while (turn != me)
                    pause();
                wants[me] = 1;
            }
        critical++;
        turn = !me;
        wants[me] = 0;
    }
}

uint64_t divisions(uint64_t value)
{
    uint64_t sum = 0;
    for (int i = 1; i < 12; i++) {
        value = value * 6364136223846793005u + 1442695040888963407u;
        sum += value / (i * 12345677u) + value % (i * 77u) + uint64_t(int64_t(value) / -(i * 1234567890123));
    }
    return sum;
}
} // namespace

extern "C" {
int __cxa_guard_acquire(int *guard)
{
    auto &word = *reinterpret_cast<atomic<int> *>(guard);
    for (;; pause()) {
        int untouched = 0;
        if (word.load(acquire) & 1)
            return 0;
        if (word.compare_exchange_weak(untouched, 0x100))
            return 1;
    }
}
void __cxa_guard_release(int *guard)
{
    reinterpret_cast<atomic<int> *>(guard)->store(1, release);
}
void __cxa_pure_virtual()
{
    for (;;)
        ;
}

void cpu_main(unsigned cpu)
{
    if (!cpu)
        for (unsigned other = 1; other < cpus; other++)
            start_cpu(other);
    barrier.wait();
    say(cpu, "virtual", only_one().of(cpu + 2));
    for (unsigned i = 0; i < rounds; i++) {
        tickets.lock();
        counted++;
        tickets.unlock();
        queue.lock(nodes[cpu]);
        queued += i;
        queue.unlock(nodes[cpu]);
        wide += 0x123456789abcdef * (cpu + 1);
        ++narrow[i % 3];
    }
    uint32_t torn = 0;
    for (uint32_t i = 1; i < rounds; i++)
        if (cpu)
            torn += !pair.consistent();
        else
            pair.write(i * 0x1010101);
    if (cpus > 1 && cpu < 2)
        dekker(cpu);
    for (unsigned i = 1; i <= 64 / cpus; i++)
        stack.push(cpu * (64 / cpus) + i);
    barrier.wait();
    while (uint32_t item = stack.pop()) {
        popped += item;
        pause();
    }
    barrier.wait();
    say(cpu, "made", made);
    say(cpu, "counted", counted);
    say(cpu, "queued", queued);
    say(cpu, "wide", wide);
    say(cpu, "narrow", narrow[0] << 16 | narrow[1] << 8 | narrow[2]);
    say(cpu, "torn", torn);
    say(cpu, "critical", critical);
    say(cpu, "popped", popped);
    say(cpu, "divided", divisions(cpu + 99));
    barrier.wait();
}
}
