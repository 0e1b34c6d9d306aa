"""Show where a reader looks: `python visualize.py`, the same as `keras-reader visualize`."""

from keras_reader.cli.main import run_script

if __name__ == "__main__":
    run_script("visualize")
