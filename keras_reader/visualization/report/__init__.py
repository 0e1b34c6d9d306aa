"""The HTML report on a reader."""
