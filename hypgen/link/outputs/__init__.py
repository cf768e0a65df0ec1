"""What a linked image is turned into besides ELF: pure functions from an image to text or bytes."""
