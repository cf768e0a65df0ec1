"""What each diagnostic code of the emulator means."""

CODES = {
    "EMU-010": "The image executed something that ARMv7-A has and the core does not model: an instruction, a "
    "register, or a feature that a register turns on. The core stops at the instruction and names it, "
    "because doing nothing would be a silent error. What the image does from there on has not been shown.",
    "EMU-011": "The image executed an instruction that the manual calls UNPREDICTABLE with these operands or "
    "in this state of the CPU: implementations may do different things, so the core does none of them and "
    "stops. The message has the manual's condition and section. Change the code so that the condition does "
    "not hold; an assembler accepts many such instructions without a warning.",
    "EMU-012": "A fault of hypgen: two functions claim to say what one instruction does. Please report it.",
}
