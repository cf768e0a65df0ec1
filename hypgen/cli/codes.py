"""What each diagnostic code of the command line means."""

CODES = {
    "CLI-001": "The code given to `hypgen explain` is not one that hypgen prints. Without an argument, "
    "`hypgen explain` lists all codes.",
    "CLI-002": "The command line is wrong: there is no such command, option or value, or one that is "
    "needed is missing. The command's --help lists what it takes.",
}
