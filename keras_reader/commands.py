"""What all commands share: how they end."""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from keras_reader.errors import CommandError, InputError


class CommandParser(argparse.ArgumentParser):
    """An argument parser whose errors are as short as all others: one line, without the usage."""

    def error(self, message):
        raise InputError(f"{message}: see {self.prog} --help")


@contextmanager
def command_errors() -> Iterator[None]:
    """Run a command: a `CommandError` becomes one line on stderr and the exit code it carries.

    TensorFlow's start-up messages, which look like errors to most people, are kept quiet unless
    `TF_CPP_MIN_LOG_LEVEL` is set.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        yield
    except CommandError as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing to say, and nothing to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


@contextmanager
def quiet_start() -> Iterator[None]:
    """Hold back what is written to stderr while something heavy is imported or loaded.

    TensorFlow's libraries write lines of their own there, past any setting, which look like errors to
    most people and would bury the one line that is. What was held back is shown if the block fails for
    any other reason than a `CommandError`, and dropped if not.
    """
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as held_back:
        os.dup2(held_back.fileno(), 2)
        try:
            yield
        except CommandError:
            raise
        except BaseException:
            held_back.seek(0)
            os.write(stderr, held_back.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
