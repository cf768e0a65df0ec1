"""What each diagnostic code of the verdict means."""

CODES = {
    "VERDICT-001": "The image has none of the symbols by which an image of hypgen declares its scenario: "
    "the journal in which the host part keeps its results, and the record areas of the Hyp handlers. It was "
    "not built by hypgen, or its symbols were stripped. Verify the ELF file that `hypgen build` wrote.",
}
