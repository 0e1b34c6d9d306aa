"""How well a reader reads, and whether its confidence and its masks can be believed."""
