"""The live page: a reader in a browser."""
