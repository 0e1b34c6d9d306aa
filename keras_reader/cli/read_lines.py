"""What `keras-reader read` prints for an image."""

import csv
import io
import json

from keras_reader.inference.mask_boxes import character_box
from keras_reader.inference.read_example import ReadExample

REJECTED = "rejected_text"


class LineForm:
    """What a reading looks like on a line of its own.

    Args:
        kind: `"tabs"`, `"csv"` or `"json"`.
        least: the least confidence; a text of less is rejected. `None` to reject none.
        top: number of texts to give.
    """

    def __init__(self, kind: str, least: float | None, top: int):
        self.kind = kind
        self.least = least
        self.top = top

    def line(self, example: ReadExample) -> str:
        """The line of a reading, without its end."""
        if self.kind == "json":
            return self._json(example)
        if self.kind == "csv":
            return csv_line(self._fields(example))
        return "\t".join(self._fields(example))

    def header(self) -> list[str]:
        """The names of the fields of a line."""
        others = [f"{name}_{k}" for k in range(2, self.top + 1) for name in ("text", "confidence")]
        return ["image", "text", "confidence", *others, *([] if self.least is None else [REJECTED])]

    def _json(self, example):
        reading, size = example.reading, example.full_size or example.image.shape
        rejected = self._is_rejected(reading)
        boxes = [character_box(mask, size, example.resize) for mask in reading.masks]
        values = {
            "image": example.source,
            "width": size[1],
            "height": size[0],
            "text": None if rejected else reading.text,
            "confidence": _rounded(reading.confidence),
            "character_confidence": [round(float(value), 6) for value in reading.character_confidence],
            "character_boxes": [box and [round(side, 2) for side in box] for box in boxes],
        }
        if reading.allowed_probability is not None:
            values["allowed_probability"] = _rounded(reading.allowed_probability)
        if self.top:
            values["alternatives"] = [
                {"text": text, "probability": _rounded(probability)} for text, probability in reading.alternatives
            ]
        if self.least is not None:
            values[REJECTED] = reading.text if rejected else None
        return json.dumps(values, ensure_ascii=False)

    def _fields(self, example):
        reading = example.reading
        rejected = self._is_rejected(reading)
        fields = [example.source, "" if rejected else reading.text, f"{reading.confidence:.4f}"]
        others = reading.alternatives[1:]
        fields += [field for text, probability in others for field in (text, f"{probability:.4f}")]
        fields += [""] * 2 * (max(self.top - 1, 0) - len(others))
        if self.least is not None:
            fields.append(reading.text if rejected else "")
        return fields

    def _is_rejected(self, reading):
        return self.least is not None and reading.confidence < self.least


def csv_line(fields: list[str]) -> str:
    """Fields as a line of CSV, without its end."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(fields)
    return line.getvalue()[:-1]


def _rounded(probability):
    """To six digits that count: where texts are restricted, probabilities may be tiny, and still differ."""
    return float(f"{probability:.6g}")
