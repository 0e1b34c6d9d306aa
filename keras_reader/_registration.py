"""Makes Keras know our classes once both packages are imported, in either order.

`keras.models.load_model` finds the classes of a file among those registered, and registering them
takes Keras, which takes seconds to import. So that `import keras_reader` stays quick for those who
never use Keras, the classes are registered when Keras itself is imported.
"""

import importlib
import importlib.abc
import importlib.util
import sys


def register_with_keras() -> None:
    """Register our classes now if Keras is imported, or else as soon as it is."""
    if "keras" in sys.modules:
        _register()
    else:
        sys.meta_path.insert(0, _KerasImport())


def _register():
    importlib.import_module("keras_reader.nn")


class _KerasImport(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path, target=None):
        if fullname != "keras":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None:
            execute = spec.loader.exec_module

            def execute_and_register(module):
                execute(module)
                _register()

            spec.loader.exec_module = execute_and_register
        return spec
