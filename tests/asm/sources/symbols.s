@ Symbols: binding, type, size, visibility, assignment, and what each leaves in the object.
.syntax unified
.text
.global start
.type start, %function
start: bl local_function
bl plain
bl weakling
bl hidden_one
bl elsewhere
bne elsewhere
bleq elsewhere
b elsewhere
b start
blx elsewhere
bl elsewhere + 8
.size start, . - start
.type local_function, %function
local_function: bx lr
.size local_function, 4
plain: nop
.weak weakling
weakling: nop
.global hidden_one
.hidden hidden_one
hidden_one: nop
.weak undefined_weak
.word undefined_weak
.hidden undefined_hidden
.word undefined_hidden
.global never_used
.set absolute, 0x1234
.global absolute
.equ alias, plain + 4
.equiv third, 3
.word alias, absolute, third
.word elsewhere - ., plain - ., start - .
.word plain, local_function, start, weakling
.hword elsewhere
.byte elsewhere
.balign 4
movw r0, #:lower16:plain
movt r0, #:upper16:plain
movw r1, #:lower16:elsewhere
movt r1, #:upper16:elsewhere
movw r2, #:lower16:(elsewhere - .)
movt r2, #:upper16:(elsewhere - .)
movw r3, #:lower16:absolute
movw r4, #:lower16:0x12345678
movt r4, #:upper16:0x12345678
mov r5, #(plain - start)
mov r5, #third
add r6, r6, #(later - plain)
.Llocal: b .Llocal
.word .Llocal
later: ldr r0, plain
adr r1, later
.type object, %object
.size object, 8
.data
object: .word object, start
.word plain + 4, later - plain
.local mine
mine: .word mine
.comm shared, 16, 8
.lcomm own, 4
.word shared, own
.type tagged, STT_FUNC
tagged: .word 0
.internal kept
.word kept
.protected guarded
guarded: .word 1
. = . + 4
.word .
