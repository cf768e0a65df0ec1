"""From an instruction word to its encoding row and fields, and to text. Floor 2."""
