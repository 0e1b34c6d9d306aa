"""Write the page about a reader: as a folder for a static server, or as one file that opens from disk."""

import base64
import gzip
import html
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import ImageFont

import keras_reader
from keras_reader.atomic_files import replacing
from keras_reader.config import PRESETS, ReaderConfig
from keras_reader.data.synthetic_words import STRONG_CLUTTER, SyntheticWords
from keras_reader.errors import InputError
from keras_reader.visualization.page.modules import joined, modules_of, read_static, source_hash
from keras_reader.visualization.page.runtime import SCRIPT, WEB_ASSEMBLY

INDEX = "index.html"
READER, HELD, HELD_OTHER, FONT = "reader.onnx", "held.onnx", "held_other.onnx", "letters.ttf"
ENTRY = "main.js"
STYLES = ("page.css", "workbench.css", "proof.css")

# The page may fetch its own files only. The single file names its script and style by their checksums, and unpacks the
# runtime into a blob.
_POLICY = (
    "default-src 'none'; script-src {scripts} 'wasm-unsafe-eval'; style-src {styles}; connect-src {connections}; "
    "img-src data: blob:; base-uri 'none'; form-action 'none'"
)


def about_reader(name: str, config: ReaderConfig, size: int) -> dict[str, Any]:
    """What the page needs to know about a reader. ONNX Runtime Web does not give the metadata of a file.

    Args:
        name: the name that the page shows.
        config: the configuration of the reader.
        size: the size of its ONNX file in bytes.
    """
    words = SyntheticWords()
    return {
        "name": name,
        "preset": config.preset,
        "cell": PRESETS[config.preset].cell,
        "alphabet": list(config.alphabet),
        "terminator": config.characters.terminator,
        "steps": config.decoding_steps,
        "height": config.image_size[0],
        "width": config.image_size[1],
        "resize": config.resize,
        "bytes": size,
        "version": keras_reader.__version__,
        # The default look of training words, and strong clutter.
        "words": {
            "fontSize": words.font_size[0],
            "intensity": words.intensity,
            "noise": words.noise,
            "margin": words.margin,
            "background": STRONG_CLUTTER["background"],
            "strokes": STRONG_CLUTTER["strokes"],
            "strokeLength": STRONG_CLUTTER["stroke_length"],
        },
    }


def write_folder(folder: Path, about: Mapping[str, Any], assets: Mapping[str, bytes]) -> list[Path]:
    """Write the page as a folder of files. Any static server can serve it, under any path.

    Args:
        folder: the folder, which is made if it does not exist. Files of the same names are replaced; others stay.
        about: the values of `about_reader`, `held` (whether there is a file with inputs for the attention) and `other`
            (the values of a second reader, or None).
        assets: the files that the page fetches, by name.

    Returns:
        The paths of the files, `index.html` last.

    Raises:
        InputError: if the folder cannot be written.
    """
    modules = modules_of(ENTRY)
    files = {f"js/{name}": read_static(f"js/{name}").encode() for name in modules}
    files |= {name: read_static(name).encode() for name in STYLES}
    files |= assets
    head = [f'<link rel="stylesheet" href="{name}">' for name in STYLES]
    head += [f'<link rel="modulepreload" href="{name}">' for name in (*(f"js/{name}" for name in modules), SCRIPT)]
    head += [f'<link rel="preload" as="fetch" crossorigin href="{name}">' for name in (WEB_ASSEMBLY, READER)]
    page = _page(
        policy=_POLICY.format(scripts="'self'", styles="'self'", connections="'self'"),
        head="\n".join(head),
        data=_data_block("about", about),
        script=f'<script type="module" src="js/{ENTRY}"></script>',
    )
    paths = []
    try:
        (folder / "js").mkdir(parents=True, exist_ok=True)
        # The index comes last, so that it never names a file that does not exist yet.
        for name, content in (files | {INDEX: page.encode()}).items():
            with replacing(folder / name) as temporary:
                temporary.write_bytes(content)
            paths.append(folder / name)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror}): choose another folder with --out") from None
    return paths


def write_single_file(path: Path, about: Mapping[str, Any], assets: Mapping[str, bytes]) -> Path:
    """Write the page as one HTML file that opens from disk and holds its compressed assets.

    Args:
        path: the file. Its folder is made if it does not exist.
        about, assets: as in `write_folder`.

    Raises:
        InputError: if the file cannot be written.
    """
    style = "\n".join(map(read_static, STYLES))
    script = "\n" + joined(ENTRY)
    data = [_data_block("about", about)]
    for name, content in assets.items():
        packed = base64.b64encode(gzip.compress(content, mtime=0)).decode("ascii")
        data.append(f'<script type="application/gzip+base64" id="asset-{name}">{packed}</script>')
    page = _page(
        policy=_POLICY.format(scripts=f"{source_hash(script)} blob:", styles=source_hash(style), connections="blob:"),
        head=f"<style>{style}</style>",
        data="\n".join(data),
        script=f'<script type="module">{script}</script>',
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            temporary.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}): choose another place with --out") from None
    return path


def letters() -> bytes:
    """The built-in font of Pillow, which draws synthetic words by default (Aileron, CC0)."""
    font = ImageFont.load_default(14)
    assert isinstance(font, ImageFont.FreeTypeFont), "Pillow was built without FreeType"
    return font.font_bytes


def _page(policy, head, data, script):
    page = read_static(INDEX)
    for mark, part in (("policy", html.escape(policy)), ("head", head), ("data", data), ("script", script)):
        page = page.replace(f"<!-- {mark} -->", part)
    return page


def _data_block(name, values):
    # "</script>" in an alphabet would end the block.
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="{name}">{text}</script>'
