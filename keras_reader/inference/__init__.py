"""Reading images with a trained reader."""
