"""Ours and other trainable readers on the same real images."""
