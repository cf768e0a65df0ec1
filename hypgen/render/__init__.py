"""Templates to assembly source, with every line's place in its template. Floor 5."""
