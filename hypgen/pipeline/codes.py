"""What each diagnostic code of the pipeline means."""

CODES = {
    "OUT-001": (
        "An output file could not be written. Every output is first written in full beside its place and only "
        "then renamed over it, so the outputs of the last good build are untouched. Give a directory that can "
        "be written with --out."
    ),
}
