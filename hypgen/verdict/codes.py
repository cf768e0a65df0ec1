"""What each diagnostic code of the verdict means."""

CODES = {
    "VERDICT-001": "The image has none of the symbols by which an image of hypgen declares its scenario: "
    "the journal in which the host part keeps its results, and the record areas of the Hyp handlers. It was "
    "not built by hypgen, or its symbols were stripped. Verify the ELF file that `hypgen build` wrote.",
    "VERDICT-002": "The image's symbols say that its journal or its records lie where this board has no "
    "memory, so what the image had to say cannot be read. It was linked for another board, or its "
    "symbol table is damaged. Verify the ELF file that `hypgen build` wrote for this board.",
    "VERDICT-003": "--scenario names another scenario than the image plays. Leave it out, or verify the "
    "image of that scenario, which hypgen build --scenario writes.",
    "VERDICT-010": "The profile is none of the built-in ones, or its file is wrong. A profile file has "
    "`extends` (default or pedantic), `severity` (error, warning or ignore by rule or family) and "
    "`suppress`, a list of findings that are expected: each with its rule, a reason, and where it is "
    "expected (a symbol, an address, or file:line).",
    "VERDICT-011": "The contract file of `hypgen audit` is wrong. It says what the state at the image's "
    "first instruction promises: mode, entry, until, mmu, tlb, caches, registers and initialised memory.",
    "VERDICT-012": "A suppression of the profile file covers no finding, and changes no verdict. "
    "The image no longer does what it excuses, and it should go; or it names another place than the finding "
    "has. Where several scenarios are judged at once, it covers none in any of them.",
    "VERDICT-013": "No run came to a place that `state` of the contract names, so nothing was judged there. "
    "The place is misnamed, or the run ends before it: see `--until` and `--limit`.",
}
