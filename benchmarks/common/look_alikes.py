"""Characters that many fonts draw alike: what no reader can tell from the picture of one word."""

_ALIKE = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l"})


def but_for_look_alikes(text: str) -> str:
    """The text with one character for all that fonts draw alike: either case, 0 and O, and 1, I, l and |."""
    return text.lower().translate(_ALIKE)
