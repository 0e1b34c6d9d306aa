"""Exporting a trained reader to a SavedModel, to ONNX and to LiteRT."""
