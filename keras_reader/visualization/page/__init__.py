"""The live page: a reader at work in a browser."""
