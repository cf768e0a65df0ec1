"""What each diagnostic code of the command line means."""

CODES = {
    "CLI-001": "The code given to `hypgen explain` is not one that hypgen prints. Without an argument, "
    "`hypgen explain` lists all codes.",
}
