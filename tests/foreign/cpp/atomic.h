// As much of C++'s std::atomic as a program needs that has no library: the compilers' own operations.
#include <stdint.h>

enum order { relaxed = __ATOMIC_RELAXED, acquire = __ATOMIC_ACQUIRE, release = __ATOMIC_RELEASE,
             acq_rel = __ATOMIC_ACQ_REL, seq_cst = __ATOMIC_SEQ_CST };

template <typename T> class atomic {
    alignas(sizeof(T)) T value;

public:
    constexpr atomic(T given = T()) : value(given) {}
    T load(order o = seq_cst) const { return __atomic_load_n(&value, o); }
    void store(T given, order o = seq_cst) { __atomic_store_n(&value, given, o); }
    T exchange(T given, order o = seq_cst) { return __atomic_exchange_n(&value, given, o); }
    T fetch_add(T given, order o = seq_cst) { return __atomic_fetch_add(&value, given, o); }
    bool compare_exchange_weak(T &was, T wanted)
    {
        return __atomic_compare_exchange_n(&value, &was, wanted, true, seq_cst, seq_cst);
    }
    bool compare_exchange_strong(T &was, T wanted)
    {
        return __atomic_compare_exchange_n(&value, &was, wanted, false, seq_cst, seq_cst);
    }
    operator T() const { return load(); }
    T operator=(T given) { store(given); return given; }
    T operator++() { return fetch_add(1) + 1; }
    T operator+=(T given) { return fetch_add(given) + given; }
};
