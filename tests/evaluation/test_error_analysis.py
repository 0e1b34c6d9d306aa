"""The numbers behind a report, by value."""

import numpy as np

from keras_reader.evaluation.error_analysis import (
    Confusion,
    Rejection,
    by_length,
    confusions,
    least_confident_right,
    rejections,
    typical_right,
    worst_mistakes,
)
from keras_reader.inference.read_example import ReadExample
from keras_reader.inference.reader import Reading


def read(text, read_text, confidence=0.9):
    reading = Reading(read_text, confidence, np.zeros(len(read_text)), np.zeros((len(read_text), 0, 0)), None, None)
    return ReadExample(image=np.zeros((0, 0), np.uint8), text=text, reading=reading)


def test_confusions_are_counted_among_all_occurrences():
    examples = [
        read("OX", "QX", 0.9),
        read("OO", "OQ", 0.9),
        read("O", "O", 0.9),
        read("IM", "M", 0.9),
        read("", "A", 0.9),
    ]
    assert confusions(examples) == [Confusion("O", "Q", 2, 4), Confusion("", "A", 1, 0), Confusion("I", "", 1, 1)]


def test_accuracy_by_length_goes_by_the_true_text():
    examples = [read("AB", "AB", 1), read("AB", "A", 1), read("", "", 1), read("ABCD", "", 1)]
    assert by_length(examples) == [(0, 1, 1), (2, 2, 1), (4, 1, 0)]


def test_rejecting_takes_the_least_confident():
    examples = [read("A", "A" if i % 2 else "B", i / 10) for i in reversed(range(10))]
    assert rejections(examples, [0, 0.25, 0.9]) == [
        Rejection(rejected=0, least=0, kept=10, mistakes=5),
        Rejection(rejected=2, least=0.2, kept=8, mistakes=4),
        Rejection(rejected=9, least=0.9, kept=1, mistakes=0),
    ]


def test_the_worst_mistakes_are_the_most_confident():
    examples = [read("A", "B", confidence) for i, confidence in enumerate([0.3, 0.9, 0.5, 0.9])]
    examples.append(read("A", "A", 1.0))
    assert worst_mistakes(examples, 3) == [1, 3, 2]


def test_right_readings_to_compare_are_the_least_confident_and_those_in_the_middle():
    examples = [read("A", "A", i / 100) for i in range(60)] + [read("A", "B", 0.0)]
    assert least_confident_right(examples, 2) == [0, 1]
    assert typical_right(examples, 3) == [10, 30, 50]
    assert typical_right(examples[:2], 3) == [0, 1]
    assert typical_right(examples[60:], 3) == []
