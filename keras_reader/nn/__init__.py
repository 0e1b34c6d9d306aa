"""What Keras runs: layers, model, loss, metrics.

Importing any of it registers all of it with Keras, so that any reader's file can be loaded.
"""

from keras_reader.nn import image_attention, losses, metrics, model, recurrent_attention, serving, window_attention

__all__ = ["image_attention", "losses", "metrics", "model", "recurrent_attention", "serving", "window_attention"]
