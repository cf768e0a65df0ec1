"""What each diagnostic code of the pipeline means."""

CODES = {
    "IN-001": (
        "A file that was named on the command line could not be read: it does not exist, is a directory, "
        "or its permissions forbid it."
    ),
    "OUT-001": (
        "An output file could not be written. Every output is first written in full beside its place and "
        "only then renamed over it, so the outputs of the last good build are untouched. Give a directory "
        "that can be written with --out."
    ),
    "PIPE-001": (
        "The linked image is not what the plan computed with. The plan's addresses are in HVBAR, HTTBR and "
        "the translation tables, so such an image would run into the wrong place. Nothing was written. It is "
        "a defect of hypgen."
    ),
    "PIPE-002": (
        "With your templates the linked image is not what the plan computed with. The plan's addresses are "
        "in HVBAR, HTTBR and the translation tables, so such an image would run into the wrong place. Each "
        "section must begin with the symbol that the plan expects there (src/ and the map of a good build "
        "show them), and the tables must stay as planned."
    ),
}
