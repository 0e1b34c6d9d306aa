"""Edit distance and alignment of two texts."""


def align(text: str, read: str) -> list[tuple[str, str]]:
    """Align two texts with the fewest edits (Wagner and Fischer, 1974).

    Returns:
        Pairs of a true and a read character, in order. One of the two is empty if the other has no counterpart. If
        several alignments have the fewest edits, counterparts towards the end of the texts are preferred.
    """
    rows = [list(range(len(read) + 1))]
    for i, true in enumerate(text, 1):
        rows.append([i])
        for j, character in enumerate(read, 1):
            rows[i].append(min(rows[i - 1][j - 1] + (true != character), rows[i - 1][j] + 1, rows[i][j - 1] + 1))
    pairs = []
    i, j = len(text), len(read)
    while i or j:
        if i and j and rows[i][j] == rows[i - 1][j - 1] + (text[i - 1] != read[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((text[i], read[j]))
        elif i and rows[i][j] == rows[i - 1][j] + 1:
            i -= 1
            pairs.append((text[i], ""))
        else:
            j -= 1
            pairs.append(("", read[j]))
    return pairs[::-1]


def levenshtein(a: str, b: str) -> int:
    """Fewest insertions, deletions and substitutions that turn `a` into `b`."""
    return sum(x != y for x, y in align(a, b))
