"""Options of `train` that do not go together are refused before anything is read."""

import pytest

from keras_reader.cli.main import main


def refused(capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        main(["train", *arguments])
    errors = capsys.readouterr().err
    assert (end.value.code, errors.count("\n")) == (2, 1)
    assert errors.startswith("error: ")
    return errors


@pytest.mark.parametrize(
    "options",
    [
        ["--task", "original"],
        ["--task", "print"],
        ["--font", "DejaVu Sans"],
        ["--font-size", "9", "9"],
        ["--min-length", "2"],
        ["--clutter"],
        ["--intensity", "100"],
        ["--noise", "0.2"],
        ["--background", "80"],
        ["--backgrounds", "photos"],
        ["--strokes", "3"],
        ["--stroke-length", "9"],
        ["--fragments", "2"],
        ["--polarity", "both"],
        ["--no-clip"],
    ],
    ids=lambda options: options[0],
)
def test_the_look_of_drawn_words_is_refused_where_none_are_drawn(capsys, options):
    assert f"--data draws no words: leave out {options[0]}\n" in refused(capsys, "--data", "none.csv", *options)
    with_share = refused(capsys, "--data", "none.csv", "--synthetic", "0", *options)
    assert f"--data draws no words: leave out {options[0]}\n" in with_share
    mixed = refused(capsys, "--data", "none.csv", "--synthetic", "0.5", *options)
    if options[0] in ("--font", "--font-size"):
        assert "none.csv: cannot be read" in mixed
    else:
        assert f"--synthetic draws words of its own look, on backgrounds of --data: leave out {options[0]}\n" in mixed


def test_all_of_them_are_named(capsys):
    errors = refused(capsys, "--data", "none.csv", "--noise", "0.1", "--task", "mixed", "--font", "Arial", "--clutter")
    assert "leave out --task, --font, --noise, --clutter" in errors


@pytest.mark.parametrize(
    "options", [["--validation-data", "b.csv"], ["--synthetic", "0.5"], ["--augmentation-warmup", "0.5"]]
)
def test_what_goes_with_labelled_images_is_refused_without(capsys, options):
    assert f"{options[0]} goes with labelled images: give them with --data" in refused(capsys, *options)


def test_pictures_to_train_on_are_not_those_to_validate_on(tmp_path, capsys):
    labels = tmp_path / "labels.csv"
    labels.write_text("image,text\n")
    message = refused(capsys, "--data", str(labels), "--validation-data", str(labels))
    assert "is the CSV of --data: pictures to validate on must be others" in message


def test_a_warmup_of_no_augmentation_is_refused(capsys):
    message = refused(capsys, "--data", "none.csv", "--augment", "none", "--augmentation-warmup", "0.5")
    assert "--augment none changes nothing" in message


def test_a_preview_is_a_png(capsys):
    assert "must be the name of a .png file" in refused(capsys, "--preview-augmentation", "a.jpg")


@pytest.mark.parametrize("option", ["--attention-supervision", "--parts"])
def test_what_takes_known_places_of_characters_is_refused_with_labelled_images(capsys, option):
    assert f"{option} needs drawn text" in refused(capsys, "--data", "none.csv", option, "0.5")


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (["--steps", "0"], "--steps must be at least 1, got 0"),
        (["--synthetic", "1"], "--synthetic must lie in [0, 1), got 1.0"),
        (["--learning-rate", "0"], "--learning-rate must be above 0, got 0.0"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_what_is_out_of_its_range_is_refused_before_the_pictures_are_opened(capsys, tmp_path, option, message):
    (tmp_path / "labels.csv").write_text("image,text\nbroken.png,AB\nbroken.png,BA\n")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    assert message in refused(capsys, "--data", str(tmp_path / "labels.csv"), *option)
