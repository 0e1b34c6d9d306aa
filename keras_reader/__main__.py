"""`python -m keras_reader`: the same as `keras-reader`."""

from keras_reader.cli.main import main

if __name__ == "__main__":
    main(prog="python -m keras_reader")
