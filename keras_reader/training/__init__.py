"""Training: options, the data a step takes, what a run leaves on disk."""
