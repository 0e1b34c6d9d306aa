"""The page's modules, joined into one script."""

import re

import pytest

from keras_reader.errors import CommandError
from keras_reader.visualization.page import modules


@pytest.fixture
def sources(monkeypatch):
    """Modules of the test's own."""
    files = {}
    monkeypatch.setattr(modules, "read_static", lambda name: files[name.removeprefix("js/")])
    return files


def test_a_module_comes_once_and_behind_those_that_it_imports():
    order = modules.modules_of("main.js")
    assert order[-1] == "main.js" and len(order) == len(set(order))
    for name in order:
        for imported in re.findall(r'from "\./([^"]+)"', modules.read_static(f"js/{name}")):
            assert order.index(imported) < order.index(name)


@pytest.mark.parametrize("entry", ["main.js", "report.js"])
def test_the_modules_join(entry):
    script = modules.joined(entry)
    assert not re.search(r"^(?:import|export)\b", script, re.MULTILINE)
    assert "</script" not in script


def test_imports_and_exports_go_and_all_else_stays(sources):
    sources["a.js"] = 'import {\n  b,\n  c,\n} from "./b.js";\n\nexport const a = b + c;\n'
    sources["b.js"] = "export function b() {}\nexport const c = `\n  export x`;\n"
    assert modules.joined("a.js") == "function b() {}\nconst c = `\n  export x`;\n\n\nconst a = b + c;\n"


def test_a_name_that_two_modules_declare_is_told(sources):
    sources["a.js"] = 'import { b } from "./b.js";\nconst same = b;\n'
    sources["b.js"] = "const same = 1;\nexport const b = same;\n"
    with pytest.raises(CommandError, match=r"b\.js and a\.js both declare same"):
        modules.joined("a.js")


def test_an_import_of_another_form_is_told(sources):
    sources["a.js"] = 'import b from "./b.js";\n'
    with pytest.raises(CommandError, match=r"a\.js cannot be joined with other modules: import b"):
        modules.joined("a.js")
