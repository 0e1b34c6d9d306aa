"""Export a trained reader: `python export.py`, the same as `keras-reader export`."""

from keras_reader.cli.main import run_script

if __name__ == "__main__":
    run_script("export")
