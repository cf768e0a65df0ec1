"""The ``hypgen`` command, also as ``python -m hypgen``."""

from __future__ import annotations

import signal


def main() -> None:
    """Run the command line. Ctrl-C while that is imported ends the process without Python's words."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # and not ignored, as by a shell's &
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from hypgen import cli

    signal.signal(signal.SIGINT, before)
    cli.main()


if __name__ == "__main__":
    main()
