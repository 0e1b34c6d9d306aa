"""The numbers behind a report, by value."""

from keras_reader.evaluation.error_analysis import (
    Confusion,
    Outcome,
    Rejection,
    by_length,
    confusions,
    least_confident_right,
    rejections,
    typical_right,
    worst_mistakes,
)


def test_confusions_are_counted_among_all_occurrences():
    outcomes = [
        Outcome(0, "OX", "QX", 0.9),
        Outcome(1, "OO", "OQ", 0.9),
        Outcome(2, "O", "O", 0.9),
        Outcome(3, "IM", "M", 0.9),
        Outcome(4, "", "A", 0.9),
    ]
    assert confusions(outcomes) == [Confusion("O", "Q", 2, 4), Confusion("", "A", 1, 0), Confusion("I", "", 1, 1)]


def test_accuracy_by_length_goes_by_the_true_text():
    outcomes = [Outcome(0, "AB", "AB", 1), Outcome(1, "AB", "A", 1), Outcome(2, "", "", 1), Outcome(3, "ABCD", "", 1)]
    assert by_length(outcomes) == [(0, 1, 1), (2, 2, 1), (4, 1, 0)]


def test_rejecting_takes_the_least_confident():
    outcomes = [Outcome(i, "A", "A" if i % 2 else "B", i / 10) for i in reversed(range(10))]
    assert rejections(outcomes, [0, 0.25, 0.9]) == [
        Rejection(rejected=0, least=0, kept=10, mistakes=5),
        Rejection(rejected=2, least=0.2, kept=8, mistakes=4),
        Rejection(rejected=9, least=0.9, kept=1, mistakes=0),
    ]


def test_the_worst_mistakes_are_the_most_confident():
    outcomes = [Outcome(i, "A", "B", confidence) for i, confidence in enumerate([0.3, 0.9, 0.5, 0.9])]
    outcomes.append(Outcome(4, "A", "A", 1.0))
    assert [outcome.index for outcome in worst_mistakes(outcomes, 3)] == [1, 3, 2]


def test_right_readings_to_compare_are_the_least_confident_and_those_in_the_middle():
    outcomes = [Outcome(i, "A", "A", i / 100) for i in range(60)] + [Outcome(60, "A", "B", 0.0)]
    assert [outcome.index for outcome in least_confident_right(outcomes, 2)] == [0, 1]
    assert [outcome.index for outcome in typical_right(outcomes, 3)] == [10, 30, 50]
    assert [outcome.index for outcome in typical_right(outcomes[:2], 3)] == [0, 1]
    assert typical_right(outcomes[60:], 3) == []
