"""`python -m benchmarks`: lists the benchmarks."""

import ast
from pathlib import Path


def main() -> None:
    folder = Path(__file__).parent
    modules = {path.stem: path for path in folder.glob("*.py") if not path.name.startswith("_")}
    modules |= {path.parent.name: path for path in folder.glob("*/__main__.py")}
    for name, path in sorted(modules.items()):
        summary = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").splitlines()[0]
        print(f"python -m benchmarks.{name:<18}  {summary}")


if __name__ == "__main__":
    main()
