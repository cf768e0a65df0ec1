"""The passes from a board to a judged image, end to end, printing nothing. Floor 7."""
