"""The benchmark from folder to page: what it measures is kept, and the page is made of that."""

import json

import pytest

from benchmarks.real_images import __main__ as benchmark
from benchmarks.real_images.methods import FastPlateOcr, KerasCtcExample, Ours, OursFromNothing, OursNarrow, Trained
from benchmarks.real_images.page import page
from keras_reader.errors import CommandError
from tests.benchmarks.real_images.test_data_sets import make_folder


class Guesses:
    """Reads every image as 11, and remembers how often it was trained."""

    name, title = "guesses", "Guesses"
    onnx, shape = None, None

    def __init__(self):
        self.trained = 0

    def versions(self):
        return "guesses 1.0"

    def how_to_install(self):
        return ""

    def train(self, run, folder):
        self.trained += 1
        curve = [(3.0, 0.25), (6.0, 0.75)]
        return Trained(8.0, curve, self.onnx, self.shape, 1234, ["11"] * len(run.test))


class Absent(Guesses):
    name, title = "absent", "Absent"

    def versions(self):
        return None

    def how_to_install(self):
        return "pip install absent"


@pytest.fixture
def benchmarked(tmp_path, monkeypatch, golden):
    make_folder(tmp_path / "numbers")
    guesses = Guesses()
    guesses.onnx, guesses.shape = golden / "reader.onnx", (12, 12)
    monkeypatch.setattr(benchmark, "all_methods", lambda *_: [guesses, Absent()])
    monkeypatch.setattr("benchmarks.real_images.measuring.LEAST_SECONDS", 0.01)

    def run(*options):
        benchmark.main(["--data", str(tmp_path / "numbers"), "--work", str(tmp_path / "work"), *options])

    return run, guesses, tmp_path


def test_a_result_is_kept_and_not_measured_again(benchmarked, capsys):
    run, guesses, folder = benchmarked
    run("--write", str(folder / "docs"))
    run()
    assert guesses.trained == 1
    result = json.loads((folder / "work/numbers/split-seed-0/guesses/result.json").read_text())
    assert result["test"] == {"words": 2, "right": 1, "characters": 4, "edits": 2, "misread": [[1, "22", "11"]]}
    assert set(result["images_a_second"]) == {"1", "64"}
    assert result["data_set"]["images"] == [37, 4, 2]
    text = (folder / "docs/real_images.md").read_text()
    (row,) = [line for line in text.splitlines() if line.startswith("| Guesses")]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[:6] == ["Guesses", "1", "50.00 % (1 of 2)", "50.00 %", "8", "1,234"]
    assert "From: drawn by a test." in text
    assert str(folder) not in text
    assert (folder / "docs/real_images/numbers.png").stat().st_size > 5000
    assert "absent is left out: not installed (pip install absent)" in capsys.readouterr().err


def test_an_interrupted_training_is_begun_anew(benchmarked):
    run, guesses, folder = benchmarked
    left = folder / "work/numbers/split-seed-0/guesses/half.txt"
    left.parent.mkdir(parents=True)
    left.touch()
    run()
    assert guesses.trained == 1
    assert not left.exists()


def test_results_of_other_images_are_not_taken_for_these(benchmarked, capsys):
    run, _, folder = benchmarked
    run()
    csv = folder / "numbers/test.csv"
    csv.write_text(csv.read_text().replace("11", "12"))
    with pytest.raises(SystemExit) as ended:
        run()
    assert ended.value.code == 2
    assert "of other images or settings" in capsys.readouterr().err


def test_folds_have_a_page_of_their_own_over_all_their_words(benchmarked, capsys):
    run, guesses, folder = benchmarked
    run("--write", str(folder / "docs"))
    capsys.readouterr()
    run("--folds", "3", "--write", str(folder / "docs"))
    assert guesses.trained == 4
    printed = capsys.readouterr().out
    assert "## numbers in 3 folds" in printed
    assert "(2 of 43; 0.0 to 13.3 %)" in printed
    assert "--data numbers --folds 3 --write" in printed
    assert "3 of the 3 trainings of Guesses came to nothing: fewer than half of the words were read." in printed
    assert (folder / "docs/real_images_folds.md").read_text() == printed
    assert (folder / "docs/real_images_folds/numbers.png").is_file()
    assert "(1 of 2)" in (folder / "docs/real_images.md").read_text()


def test_a_page_grows_from_the_results_that_an_earlier_one_kept(benchmarked, capsys):
    run, guesses, folder = benchmarked
    run("--write", str(folder / "docs"))
    (folder / "work").rename(folder / "lost")
    guesses.title = "Other guesses"
    capsys.readouterr()
    run("--known", str(folder / "docs/real_images/results.json"), "--write", str(folder / "docs"))
    assert [
        line.split(" | ")[0].strip("| ") for line in capsys.readouterr().out.splitlines() if "(1 of 2)" in line
    ] == [
        "Guesses",
        "Other guesses",
    ]
    assert "Every method misreads 1 of the 2 words: `22` (as `11`)." in (folder / "docs/real_images.md").read_text()
    assert len(json.loads((folder / "docs/real_images/results.json").read_text())) == 2


def test_another_file_is_not_taken_for_earlier_results(benchmarked, capsys):
    run, guesses, folder = benchmarked
    (folder / "other.json").write_text('[{"words": 2}]')
    with pytest.raises(SystemExit) as ended:
        run("--known", str(folder / "other.json"))
    assert ended.value.code == 2
    assert "other.json: not the results.json of an earlier page" in capsys.readouterr().err
    assert guesses.trained == 0


def test_what_is_cut_short_is_called_a_trial(benchmarked):
    run, _, folder = benchmarked
    run()
    result = json.loads((folder / "work/numbers/split-seed-0/guesses/result.json").read_text())
    result["settings"]["cut_short"] = 2
    assert any("A trial" in part for part in page([result], None))


def test_the_variants_are_ours_with_other_options(tmp_path, monkeypatch):
    from benchmarks.real_images.data_sets import load_folder, runs_of

    commands = []

    def instead(command, *_):
        commands.append(command)
        raise CommandError("not trained")

    monkeypatch.setattr("benchmarks.real_images.methods.timed_training", instead)
    (run,) = runs_of(load_folder(make_folder(tmp_path / "numbers")), None, [0])
    for method in (Ours(), OursFromNothing(), OursNarrow()):
        with pytest.raises(CommandError, match="not trained"):
            method.train(run, tmp_path)
    assert commands[1] == [*commands[0], "--from", "none"]
    assert commands[2] == [*commands[1], "--preset", "base", "--filters", "72"]


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("method", [Ours(steps=2), KerasCtcExample(epochs=1), FastPlateOcr(epochs=1)])
def test_each_method_trains_exports_and_reads(method, tmp_path):
    from benchmarks.real_images.data_sets import load_folder, runs_of
    from benchmarks.real_images.measuring import images_a_second

    if method.versions() is None:
        pytest.skip(f"{method.name}: {method.how_to_install()}")
    data = load_folder(make_folder(tmp_path / "numbers", size=(40, 20)))
    (run,) = runs_of(data, None, [0])
    (tmp_path / "work").mkdir()
    trained = method.train(run, tmp_path / "work")
    assert 0 < trained.curve[0][0] <= trained.seconds
    assert all(0 <= accuracy <= 1 for _, accuracy in trained.curve)
    assert len(trained.texts) == 2
    assert trained.parameters > 10_000
    assert trained.onnx.stat().st_size > 2 * trained.parameters
    assert images_a_second(trained.onnx, trained.image_shape)["64"] > 0
