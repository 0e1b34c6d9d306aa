"""Two texts side by side, character by character."""


def align(text: str, read: str) -> list[tuple[str, str]]:
    """The fewest edits between two texts (Wagner and Fischer, 1974), character by character.

    Returns:
        Pairs of a true and a read character, in order; one of the two is empty where there is no
        counterpart. Among alignments of as few edits, those with most counterparts towards the end are taken.
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
