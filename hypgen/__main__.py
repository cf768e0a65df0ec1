"""``python -m hypgen`` is the ``hypgen`` command."""

from hypgen.cli import main

if __name__ == "__main__":
    main()
