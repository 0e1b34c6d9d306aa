"""Draws the pictures of docs/results/clutter.md: a sheet of examples for every option.

    python -m benchmarks.clutter_sheets

Each row is one setting, with its command-line options above it. All rows show the same words. It takes a few seconds.
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from keras_reader.atomic_files import replacing
from keras_reader.cli.common import command_errors
from keras_reader.data.backgrounds import find_backgrounds
from keras_reader.data.synthetic_words import STRONG_CLUTTER, SyntheticWords

COLUMNS, SCALE, GAP, LABEL = 12, 3, 6, 40

# Sheets that are not about noise have none, because it would hide what the option does.
_SHEETS = {
    "background": [{"background": 60, "noise": 0}, {"background": 110, "noise": 0}],
    "strokes": [
        {"strokes": 3, "stroke_length": 12, "noise": 0},
        {"strokes": 6, "stroke_length": 30, "noise": 0},
    ],
    "fragments": [{"fragments": 3, "noise": 0}, {"fragments": 10, "noise": 0}],
    "noise": [{"noise": 0.1}, {"noise": 0.2}, {"noise": (0, 0.3)}],
    "intensity": [{"intensity": 50}, {"intensity": 110}, {"intensity": (40, 255)}],
    "polarity": [{"polarity": polarity, "background": 60, "noise": 0} for polarity in ("light", "dark", "both")],
    "clutter": [STRONG_CLUTTER, STRONG_CLUTTER | {"fragments": 3, "polarity": "both"}],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("docs/results/clutter"), help="folder to write to")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for name, settings in _SHEETS.items():
        write_sheet(args.out / f"{name}.png", [(_label(setting), SyntheticWords(**setting)) for setting in settings])
    with tempfile.TemporaryDirectory() as folder:
        _draw_photographs(Path(folder))
        files = find_backgrounds(folder)
        settings = [{"background": level, "background_files": files, "noise": 0} for level in (110, 180)]
        labels = [f"--backgrounds FOLDER --background {setting['background']} --noise 0" for setting in settings]
        words = [SyntheticWords(**setting) for setting in settings]
        write_sheet(args.out / "backgrounds.png", list(zip(labels, words, strict=True)))


def _label(setting):
    words = []
    if setting.items() >= STRONG_CLUTTER.items():
        words = ["--clutter"]
        setting = {name: value for name, value in setting.items() if name not in STRONG_CLUTTER}
    for name, value in setting.items():
        written = ":".join(map(str, value)) if isinstance(value, tuple) else value
        words.append(f"--{name.replace('_', '-')} {written}")
    return " ".join(words)


def write_sheet(path: Path, rows: Sequence[tuple[str, SyntheticWords]]) -> None:
    """Write a picture of the first words of each row under its label."""
    height, width = SyntheticWords().image_size
    row_height = LABEL + height * SCALE + GAP
    sheet = Image.new("L", (GAP + COLUMNS * (width * SCALE + GAP), GAP + len(rows) * row_height), 255)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(26)
    for row, (label, words) in enumerate(rows):
        top = row * row_height
        draw.text((GAP, top + LABEL // 2), label, fill=0, font=font, anchor="lm")
        for column, image in enumerate(words.batch(range(COLUMNS))[0]):
            picture = Image.fromarray(image).resize((width * SCALE, height * SCALE), Image.Resampling.NEAREST)
            sheet.paste(picture, (GAP + column * (width * SCALE + GAP), top + LABEL))
    with replacing(path) as temporary:
        sheet.save(temporary, format="PNG", optimize=True)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


def _draw_photographs(folder):
    """Draw simple patterns in place of a user's photographs: bricks, wood and cloth."""
    y, x = np.mgrid[:120, :160]
    bricks = np.where(((y % 20) < 2) | (((x + 20 * (y // 20 % 2)) % 40) < 2), 230, 120 + 20 * np.sin(x // 40 + y // 20))
    wood = 128 + 90 * np.sin(0.35 * np.hypot(x - 60, 3 * (y - 200)) / 3)
    cloth = 128 + 60 * np.sin(x * 0.9) + 60 * np.sin(y * 0.9)
    for name, levels in {"bricks": bricks, "wood": wood, "cloth": cloth}.items():
        Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8)).save(folder / f"{name}.png")


if __name__ == "__main__":
    with command_errors():
        main()
