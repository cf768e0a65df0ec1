"""Objects to an image at planned addresses, and the image's output formats. Floor 5."""
