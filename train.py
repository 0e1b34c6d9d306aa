"""Train a reader: `python train.py`, the same as `keras-reader train`."""

from keras_reader.cli.main import run_script

if __name__ == "__main__":
    run_script("train")
