"""Exporting a trained reader to a SavedModel and to ONNX."""
