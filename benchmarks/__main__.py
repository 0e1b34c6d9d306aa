"""`python -m benchmarks`: lists the benchmarks."""

import ast
from pathlib import Path


def main() -> None:
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if not path.name.startswith("_"):
            summary = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").splitlines()[0]
            print(f"python -m benchmarks.{path.stem:<16}  {summary}")


if __name__ == "__main__":
    main()
