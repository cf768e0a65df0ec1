"""What each diagnostic code of the command line means."""

CODES = {
    "CLI-001": "The code given to `hypgen explain` is not one that hypgen prints. Without an argument, "
    "`hypgen explain` lists all codes.",
    "CLI-002": "The command line is wrong: there is no such command, option or value, or one that is "
    "needed is missing. The command's --help lists what it takes.",
    "CLI-003": "The operating system refuses a file that a command needs, by name, or takes no more on "
    "standard output: a name that is too long, a directory that may not be entered, a file where a "
    "directory is due, a full disk.",
}
