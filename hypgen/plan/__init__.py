"""The plan of an image: layout, Hyp translation tables, register values, stacks. Floor 4."""
