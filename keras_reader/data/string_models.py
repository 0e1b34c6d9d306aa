"""Random strings as they are printed on labels, displays, receipts and screens, each kind with a model of its own."""

import string
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

# What the reader `print` reads.
PRINT_ALPHABET = string.ascii_letters + string.digits + ".,:;-/+%$()#&*'!?_=@\" €£"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNITS = (
    "kg", "g", "mg", "lb", "oz", "m", "cm", "mm", "km", "in", "ft", "l", "ml", "cl", "V", "mV", "kV", "A", "mA", "W",
    "kW", "kWh", "Hz", "kHz", "MHz", "GHz", "GB", "MB", "KB", "TB", "bar", "psi", "Pa", "kPa", "C", "F", "K", "s", "ms",
    "min", "h", "km/h", "mph", "rpm", "dB", "lm", "px", "pcs", "pt", "x",
)  # fmt: skip
_DOMAINS = (".com", ".org", ".net", ".de", ".io", ".co.uk", ".fr", ".my", ".eu")
_MARKS = (
    "S/N ", "SN:", "No.", "No. ", "Nr. ", "#", "Ref ", "Ref. ", "ID:", "P/N ", "Lot ", "REV ", "Vol. ", "p. ", "v", "V",
)  # fmt: skip
_CURRENCIES = ("$", "€", "£", "USD", "EUR", "GBP", "RM", "Rs", "kr", "Fr.")

Draw = Callable[[], float]


class PrintedString(NamedTuple):
    """A text and the name of the model that it is from."""

    text: str
    kind: str


def random_string(random: np.random.Generator, alphabet: str, max_length: int) -> PrintedString:
    """A random text of 1 to `max_length` characters of an alphabet.

    A model is chosen by its share (`SHARES`). Texts longer than a dozen characters are several, with a space between
    them if the alphabet has it; the kind is that of the first. What does not fit the length is cut at its end; a text
    with a character outside the alphabet is drawn again, and comes from the model "random" in the end, which fits any
    alphabet.

    Args:
        random: the source of random numbers.
        alphabet: the characters that may occur.
        max_length: length of the longest text in characters, at least 1.
    """
    draw = random.random
    allowed = _characters(alphabet)
    text, kind = _one_text(draw, alphabet, allowed, max_length)
    # The models give a dozen characters or fewer. A longer line is of several texts.
    while _USUAL_LENGTH < max_length > len(text) + 1 and draw() < 1 - _USUAL_LENGTH / max_length:
        text += (" " if " " in allowed else "") + _one_text(draw, alphabet, allowed, max_length).text
        text = _seen(text[:max_length])
    return PrintedString(text, kind)


def _one_text(draw, alphabet, allowed, max_length):
    for _ in range(_TRIES):
        kind, model = _chosen(draw())
        text = model(draw, alphabet)
        if len(text) > max_length:
            text = _cut(text, max_length, draw)
        text = _seen(text)
        if text and allowed.issuperset(text):
            return PrintedString(text, kind)
    while True:
        text = _seen(_random(draw, alphabet)[:max_length])
        if text:
            return PrintedString(text, "random")


_TRIES = 20
_USUAL_LENGTH = 12


@lru_cache(maxsize=16)
def _characters(alphabet):
    return frozenset(alphabet)


def _cut(text, max_length, draw):
    """A piece of a text that is too long: mostly its beginning, as in a narrow column."""
    start = 0 if draw() < 0.7 else int(draw() * (len(text) - max_length + 1))
    return text[start : start + max_length]


def _seen(text):
    """A text without the spaces that nobody sees: those at its ends, and all but one between two characters."""
    return " ".join(filter(None, text.split(" ")))


def _pick(draw, options):
    return options[int(draw() * len(options))]


def _digits(draw, count):
    return "".join([string.digits[int(draw() * 10)] for _ in range(count)])


def _between(draw, smallest, largest):
    return smallest + int(draw() * (largest - smallest + 1))


def _random(draw, alphabet):
    """Characters that are independent of each other. Half of the texts are of one class of characters or two."""
    style = draw()
    if style < 0.5:
        pool = alphabet
    else:
        pools = (string.ascii_uppercase, string.ascii_lowercase, string.ascii_letters, string.digits)
        pools += (string.ascii_uppercase + string.digits, string.ascii_letters + string.digits)
        pool = "".join([c for c in _pick(draw, pools) if c in alphabet]) or alphabet
    count = _between(draw, 1, 12)
    if style < 0.5 and draw() < 0.5:
        count = _between(draw, 1, 6)
    return "".join([pool[int(draw() * len(pool))] for _ in range(count)])


@lru_cache(maxsize=1)
def word_list() -> tuple[str, ...]:
    """Common words of labels, receipts and screens, in lower case."""
    text = (files("keras_reader.data.printed_text") / "words.txt").read_text(encoding="utf-8")
    return tuple(dict.fromkeys(text.split()))


@lru_cache(maxsize=1)
def _successors():
    """What follows two letters in the words; a space is before and after each."""
    table: dict[str, str] = {}
    for word in word_list():
        padded = f"  {word} "
        for i in range(len(padded) - 2):
            table[padded[i : i + 2]] = table.get(padded[i : i + 2], "") + padded[i + 2]
    return table


def _made_word(draw):
    """A word that looks like English: each letter depends on the two before it."""
    table, word = _successors(), "  "
    while len(word) < 14:
        letter = _pick(draw, table[word[-2:]])
        if letter == " ":
            break
        word += letter
    return word.strip()


def _one_word(draw):
    return _pick(draw, word_list()) if draw() < 0.5 else _made_word(draw)


def _cased(draw, word):
    style = draw()
    return word if style < 0.35 else word.capitalize() if style < 0.65 else word.upper()


def _word(draw, alphabet):
    word = _cased(draw, _one_word(draw))
    style = draw()
    if style < 0.75:
        return word
    if style < 0.9:
        return word + _pick(draw, ".,:;!?")
    left, right = _pick(draw, ("()", '""', "''", "**", "--"))
    return left + word + right


def _words(draw, alphabet):
    case = draw()
    words = [_one_word(draw) for _ in range(_between(draw, 2, 3))]
    words = [w if len(w) < 9 else w[:4] for w in words]
    if case < 0.35:
        text = " ".join(words)
    elif case < 0.7:
        text = " ".join([w.capitalize() for w in words])
    else:
        text = " ".join(words).upper()
    style = draw()
    if style < 0.1:
        text = text.replace(" ", _pick(draw, ("-", "/", "_", " & ", " + ", ".", ". ", ". ")), 1)
    elif style < 0.2:
        text = words[0][:6].capitalize() + ": " + words[1]
    elif style < 0.3:
        text = words[0][:7] + " " + _digits(draw, _between(draw, 1, 4))
    return text


def _integer(draw, alphabet):
    text = _digits(draw, _between(draw, 1, 12 if draw() < 0.15 else 6))
    style = draw()
    if style < 0.7:
        return text
    if style < 0.8:
        return _pick(draw, ("-", "+", "#", "x", "=")) + text
    if style < 0.9:
        return _grouped(text, _pick(draw, ",. '"))
    return text + _pick(draw, ("/", ":", " / ", "-")) + _digits(draw, _between(draw, 1, 3))


def _grouped(text, separator):
    text = text.lstrip("0") or "0"
    head = len(text) % 3
    groups = [text[:head]] * (head > 0) + [text[i : i + 3] for i in range(head, len(text), 3)]
    return separator.join(groups)


def _decimal(draw, alphabet):
    text = _digits(draw, _between(draw, 1, 4)) + ("." if draw() < 0.7 else ",") + _digits(draw, _between(draw, 1, 4))
    style = draw()
    return text if style < 0.8 else _pick(draw, "-+") + text


def _amount(draw, alphabet):
    point, thousands = (".", ",") if draw() < 0.65 else (",", _pick(draw, ". '"))
    whole = str(int(10 ** (draw() * 5)))
    text = (_grouped(whole, thousands) if draw() < 0.7 else whole) + point + _digits(draw, 2)
    style = draw()
    if style < 0.35:
        return text
    sign = _pick(draw, _CURRENCIES[:3]) if draw() < 0.7 else _pick(draw, _CURRENCIES)
    if style < 0.65:
        return sign + (" " if draw() < 0.25 or len(sign) > 1 else "") + text
    if style < 0.85:
        return text + (" " if draw() < 0.6 else "") + sign
    return _pick(draw, ("-" + text, text + "-", f"({text})", "*" + text, text + "*", "-" + sign + text, sign + text))


def _date(draw, alphabet):
    day, month, year = _between(draw, 1, 31), _between(draw, 1, 12), _between(draw, 1970, 2039)
    name, short = _MONTHS[month - 1], f"{year % 100:02}"
    if draw() < 0.3:
        name = name.upper()
    mark = _pick(draw, "/-./.")
    forms = (
        f"{day:02}{mark}{month:02}{mark}{year}",
        f"{day:02}{mark}{month:02}{mark}{short}",
        f"{year}{mark}{month:02}{mark}{day:02}",
        f"{day}{mark}{month}{mark}{short}",
        f"{month}{mark}{day}{mark}{year}",
        f"{day:02} {name} {year}",
        f"{day} {name} {short}",
        f"{day:02}-{name}-{short}",
        f"{name} {day}, {year}",
        f"{name} {day:02}",
        f"{name} {year}",
        f"{month:02}/{year}",
        f"{month:02}/{short}",
        f"{day:02}.{month:02}.",
        f"{year}{month:02}{day:02}",
        str(year),
        f"{day:02}{name}{short}",
    )
    return _pick(draw, forms)


def _time(draw, alphabet):
    hour, minute, second = _between(draw, 0, 23), _between(draw, 0, 59), _between(draw, 0, 59)
    noon = _pick(draw, ("AM", "PM", "am", "pm"))
    forms = (
        f"{hour:02}:{minute:02}",
        f"{hour}:{minute:02}",
        f"{hour:02}:{minute:02}:{second:02}",
        f"{1 + hour % 12}:{minute:02} {noon}",
        f"{1 + hour % 12:02}:{minute:02}{noon}",
        f"{minute:02}:{second:02}.{_digits(draw, 2)}",
        f"{hour:02}.{minute:02}",
        f"{hour}h{minute:02}",
        f"{minute}'{second:02}\"",
        f"{hour:02}:{minute:02}-{(hour + 8) % 24:02}:{minute:02}",
    )
    return _pick(draw, forms)


def _percentage(draw, alphabet):
    whole, tenth = _between(draw, 0, 100), _digits(draw, 1)
    forms = (f"{whole}%", f"{whole}.{tenth}%", f"{whole},{tenth} %", f"-{whole}%", f"+{whole}.{tenth}%", f"{whole} %")
    return _pick(draw, forms)


def _letters(draw, count, letters=string.ascii_uppercase):
    return "".join([letters[int(draw() * len(letters))] for _ in range(count)])


def _code(draw, alphabet):
    a, n = _between(draw, 1, 4), _between(draw, 1, 6)
    style = draw()
    if style < 0.25:
        return _letters(draw, a) + _pick(draw, ("-", "-", " ", "/", "_", ".", "#")) + _digits(draw, n)
    if style < 0.4:
        return _letters(draw, a) + _digits(draw, n)
    if style < 0.5:
        return _digits(draw, _between(draw, 1, 4)) + _letters(draw, _between(draw, 1, 3))
    if style < 0.6:
        return _letters(draw, 2) + _digits(draw, 2) + _pick(draw, ("", " ", "-")) + _letters(draw, 3)
    if style < 0.7:
        return _pick(draw, _MARKS) + _digits(draw, n)
    mixed = string.ascii_uppercase + string.digits
    if style < 0.85:
        return _letters(draw, _between(draw, 4, 12), mixed)
    return "-".join([_letters(draw, _between(draw, 2, 5), mixed) for _ in range(_between(draw, 2, 3))])


def _hexadecimal(draw, alphabet):
    letters = string.digits + ("abcdef" if draw() < 0.5 else "ABCDEF")
    forms = ("", "", "0x", "#")
    style = draw()
    if style < 0.75:
        return _pick(draw, forms) + _letters(draw, _pick(draw, (2, 4, 6, 8, 12)), letters)
    return ":".join([_letters(draw, 2, letters) for _ in range(4)])


def _measure(draw, alphabet):
    number = str(_between(draw, 1, 999)) if draw() < 0.5 else f"{_between(draw, 0, 99)}.{_digits(draw, 1)}"
    text = number + (" " if draw() < 0.4 else "") + _pick(draw, _UNITS)
    style = draw()
    if style < 0.8:
        return text
    if style < 0.9:
        return f"{_between(draw, 1, 24)}x{_between(draw, 1, 999)}{_pick(draw, _UNITS)}"
    return _letters(draw, 1) + "=" + text


def _address(draw, alphabet):
    word, style = _one_word(draw)[:8], draw()
    if style < 0.3:
        return word + _pick(draw, _DOMAINS)
    if style < 0.5:
        return _pick(draw, ("www.", "http://", "ftp.")) + word
    if style < 0.75:
        return word[:5] + "@" + _one_word(draw)[:5] + _pick(draw, _DOMAINS)
    if style < 0.9:
        return "/" + word + "/" + _one_word(draw)[:5]
    return _pick(draw, ("@", "#", "_")) + word + _pick(draw, ("", "_" + _digits(draw, 2)))


def _phone(draw, alphabet):
    forms = (
        f"+{_digits(draw, 2)} {_digits(draw, 3)} {_digits(draw, 4)}",
        f"({_digits(draw, 3)}) {_digits(draw, 3)}",
        f"{_digits(draw, 3)}-{_digits(draw, 4)}",
        f"{_digits(draw, 3)}-{_digits(draw, 3)}-{_digits(draw, 4)}",
        f"0{_digits(draw, 3)}/{_digits(draw, 6)}",
        f"Tel {_digits(draw, 6)}",
        f"{_digits(draw, 4)} {_digits(draw, 4)}",
    )
    return _pick(draw, forms)


_MODELS = (
    ("random", 0.24, _random),
    ("word", 0.19, _word),
    ("words", 0.11, _words),
    ("integer", 0.07, _integer),
    ("decimal", 0.05, _decimal),
    ("amount", 0.10, _amount),
    ("date", 0.05, _date),
    ("time", 0.03, _time),
    ("percentage", 0.02, _percentage),
    ("code", 0.06, _code),
    ("hexadecimal", 0.01, _hexadecimal),
    ("measure", 0.03, _measure),
    ("address", 0.02, _address),
    ("phone", 0.02, _phone),
)
# The share of each model; they sum to 1.
SHARES = {name: share for name, share, _ in _MODELS}
_ENDS = np.cumsum([share for _, share, _ in _MODELS]).tolist()


def _chosen(u):
    for (name, _, model), end in zip(_MODELS, _ENDS, strict=True):
        if u < end:
            return name, model
    return _MODELS[-1][0], _MODELS[-1][2]
