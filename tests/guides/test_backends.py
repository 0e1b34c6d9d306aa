"""Every command of the guide backends.md is understood as it stands. What the options do, other tests try."""

import re
import shlex

import pytest

from keras_reader.cli import export, train
from keras_reader.cli.common import CommandParser
from keras_reader.cli.train_together import processes_of
from keras_reader.config import ReaderConfig
from keras_reader.training.options import TrainingOptions
from tests.helpers import ROOT

GUIDE = ROOT / "docs" / "guides" / "backends.md"


def commands():
    blocks = re.findall(r"^```sh\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize("line", commands())
def test_the_command_of_the_guide_is_understood(line):
    variables, python, script, *arguments = _parts(line)
    assert python == "python" and (ROOT / script).is_file()
    assert variables["KERAS_BACKEND"] in ("tensorflow", "jax", "torch")
    parser = CommandParser(prog=script)
    module = {"train.py": train, "export.py": export}[script]
    module.add_options(parser)
    args = parser.parse_args(arguments)
    if module is train:
        processes_of(args)
        options = train._training_options(args, ReaderConfig(), None)
        assert isinstance(options, TrainingOptions)
        assert not options.distribute or variables["KERAS_BACKEND"] == "jax"


def _parts(line):
    words, variables = shlex.split(line), {}
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        variables[name] = value
    return variables, *words
