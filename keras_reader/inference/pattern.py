"""Patterns for texts: simple templates and regular expressions, compiled to automata."""

import re
import unicodedata
import warnings

# What `re` parses its own expressions with. Only the meaning of what comes out is our own.
from re import _parser  # pyright: ignore[reportAttributeAccessIssue]

from keras_reader.alphabet import Alphabet, characters_in_words
from keras_reader.errors import InputError
from keras_reader.inference.automaton import Automaton, AutomatonBuilder

REGEX_PREFIX = "re:"
# What the signs of a template stand for, as regular expressions.
SIGNS = {"A": r"[^\W\d_]", "9": r"\d", "*": r"[^\W_]", "?": r"(?s:.)"}
_UNSUPPORTED = {
    "ASSERT": "lookaround",
    "ASSERT_NOT": "lookaround",
    "FAILURE": "lookaround",
    "GROUPREF": "backreferences",
    "GROUPREF_EXISTS": "conditional groups",
    "ATOMIC_GROUP": "atomic groups",
    "POSSESSIVE_REPEAT": "possessive repeats",
    "AT_BOUNDARY": "word boundaries",
    "AT_NON_BOUNDARY": "word boundaries",
}


def compile_pattern(pattern: str | None, alphabet: Alphabet, max_length: int, allow: str | None = None) -> Automaton:
    r"""The texts that match a pattern, the whole of each, as an automaton.

    A pattern is a template: `A` stands for a letter, `9` for a digit, `*` for a letter or a digit, `?` for any
    character, and everything else for itself; behind a backslash, these four and the backslash stand for themselves
    too. `AAA-9999` allows `KQX-0815`; `\A9` allows `A7`.

    Or it begins with `re:`, and is a regular expression of Python's `re` that the whole text must match:
    `re:[A-Z]{2}-?\d{3,4}`. Lookaround, backreferences, conditional and atomic groups, possessive repeats, word
    boundaries and multi-line mode are refused: a finite automaton has none of them, or they mean nothing for a text
    that is matched as a whole.

    Args:
        pattern: the pattern, which is normalised to NFC; `None` for all texts.
        alphabet: the characters of the reader. Others that the pattern allows can never be read.
        max_length: length of the longest text of the reader in characters.
        allow: the only characters that a text may have; `None` for all.

    Raises:
        InputError: if the pattern is malformed, refused or too large, if no text of the reader matches, or the
            alphabet has no character of `allow`.
    """
    if allow is not None:
        allow = unicodedata.normalize("NFC", allow)
        if not set(allow) & set(alphabet.characters):
            known = characters_in_words(alphabet.characters)
            raise InputError(f"allow {allow!r}: this reader knows none of these characters, only {known}")
    characters = alphabet.characters
    allowed = sum(1 << i for i, c in enumerate(characters) if allow is None or c in allow)
    where = "all texts" if pattern is None else f"pattern {pattern!r}"
    try:
        automaton = _compile(_expression(pattern), characters, allowed, max_length + 1)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    if automaton.shortest is None or automaton.shortest > max_length:
        is_template = pattern is not None and not pattern.startswith(REGEX_PREFIX)
        hint = f" characters; a regular expression begins with {REGEX_PREFIX}" if is_template else " characters"
        and_only = "" if allow is None else f", allowed are {allow!r}"
        raise InputError(
            f"{where}: no text that this reader can give matches: its characters are {characters!r}{and_only}, its "
            f"longest text has {max_length}{hint}"
        )
    return automaton


def _expression(pattern):
    """The pattern as a regular expression."""
    if pattern is None:
        return r"(?s:.)*"
    pattern = unicodedata.normalize("NFC", pattern)
    if pattern.startswith(REGEX_PREFIX):
        return pattern.removeprefix(REGEX_PREFIX)
    parts, signs = [], iter(pattern)
    for sign in signs:
        if sign != "\\":
            parts.append(SIGNS.get(sign) or re.escape(sign))
            continue
        escaped = next(signs, "")
        if escaped not in {*SIGNS, "\\"}:
            signs = " ".join([*SIGNS, "\\"])
            raise InputError(f"a backslash must be followed by one of {signs}; a regular expression begins with re:")
        parts.append(re.escape(escaped))
    return "".join(parts)


def _compile(expression, characters, allowed, longest):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what may mean something else in later versions of Python
            tree = _parser.parse(expression)
    except (re.error, OverflowError, ValueError) as error:
        raise InputError(f"not a regular expression ({error})") from None
    except RecursionError:
        raise InputError("too large: use fewer parentheses inside each other") from None
    if tree.state.flags & re.MULTILINE:
        raise InputError("multi-line mode is not supported")
    builder = AutomatonBuilder(len(characters), longest)
    try:
        final = _Compiler(builder, characters, allowed, longest).sequence(0, tree, tree.state.flags)
    except RecursionError:
        raise InputError("too large: use fewer parentheses inside each other") from None
    return builder.build(final)


class _Compiler:
    """Adds the parts of a parsed regular expression to an automaton."""

    def __init__(self, builder, characters, allowed, longest):
        self.builder = builder
        self.characters = characters
        self.allowed = allowed
        # More rounds of a repeat give texts that are too long, or nothing new where a round may be empty.
        self.most_rounds = longest + 1

    def sequence(self, source, items, flags):
        """Add all items behind a state; gives the state behind them."""
        for op, argument in items:
            self.builder.count_part()
            source = self.item(source, str(op), argument, flags)
        return source

    def item(self, source, op, argument, flags):
        if op in ("LITERAL", "NOT_LITERAL", "IN", "ANY"):
            return self.builder.step(source, self.members(op, argument, flags))
        if op == "SUBPATTERN":
            _, added, removed, items = argument
            if added & re.MULTILINE:
                raise InputError("multi-line mode is not supported")
            return self.sequence(source, items, (flags | added) & ~removed)
        if op == "BRANCH":
            target = self.builder.state()
            for items in argument[1]:
                first = self.builder.state()
                self.builder.join(source, first)
                self.builder.join(self.sequence(first, items, flags), target)
            return target
        # What a repeat prefers, many rounds or few, does not change which texts match as a whole.
        if op in ("MAX_REPEAT", "MIN_REPEAT"):
            least, most, items = argument
            return self.repeat(source, least, most, items, flags)
        if op == "AT":
            return self.edge(source, str(argument))
        raise InputError(f"{_UNSUPPORTED.get(op, op)} cannot be used: a text is matched by an automaton")

    def repeat(self, source, least, most, items, flags):
        for _ in range(min(least, self.most_rounds)):
            source = self.sequence(source, items, flags)
        if most is _parser.MAXREPEAT:
            loop = self.builder.state()
            self.builder.join(source, loop)
            self.builder.join(self.sequence(loop, items, flags), loop)
            return loop
        target = self.builder.state()
        self.builder.join(source, target)
        for _ in range(min(most, self.most_rounds) - min(least, self.most_rounds)):
            source = self.sequence(source, items, flags)
            self.builder.join(source, target)
        return target

    def edge(self, source, name):
        conditions = {
            "AT_BEGINNING": "start",
            "AT_BEGINNING_STRING": "start",
            "AT_END": "end",
            "AT_END_STRING": "end",
        }
        if name not in conditions:
            raise InputError(f"{_UNSUPPORTED.get(name, name)} cannot be used: a text is matched by an automaton")
        target = self.builder.state()
        self.builder.join(source, target, conditions[name])
        return target

    def members(self, op, argument, flags):
        """The allowed characters of the reader that a part for one character stands for, as bits."""
        items = argument if op == "IN" else [(op, argument)]
        negated = False
        if op == "NOT_LITERAL":
            items, negated = [("LITERAL", argument)], True
        elif op == "IN" and str(items[0][0]) == "NEGATE":
            items, negated = items[1:], True
        bits = 0
        for i, character in enumerate(self.characters):
            forms = _cases(character, flags)
            found = any(_is_member(form, str(kind), value, flags) for kind, value in items for form in forms)
            bits |= (found != negated) << i
        return bits & self.allowed


def _cases(character, flags):
    if not flags & re.IGNORECASE or (flags & re.ASCII and not character.isascii()):
        return {character}
    return {character, character.lower(), character.upper(), character.swapcase()}


def _is_member(character, kind, value, flags):
    if kind == "ANY":
        return character != "\n" or bool(flags & re.DOTALL)
    if kind == "LITERAL":
        # The capital sharp s has a lower case that has no single capital.
        lowered = chr(value).lower() if flags & re.IGNORECASE and not flags & re.ASCII else chr(value)
        return character in (chr(value), lowered)
    if kind == "RANGE":
        return len(character) == 1 and value[0] <= ord(character) <= value[1]
    assert kind == "CATEGORY", kind
    of_category = {"DIGIT": str.isdecimal, "SPACE": str.isspace, "WORD": lambda c: c.isalnum() or c == "_"}
    name = str(value).removeprefix("CATEGORY_")
    if name.startswith("NOT_"):
        return not _is_member(character, kind, f"CATEGORY_{name.removeprefix('NOT_')}", flags)
    return of_category[name](character) and not (flags & re.ASCII and not character.isascii())
