"""The options that say how synthetic words look, as commands read them."""

from dataclasses import replace

import pytest
from PIL import Image

from keras_reader.cli.common import CommandParser, default_model
from keras_reader.cli.main import main
from keras_reader.cli.word_options import add_word_options, describe_fonts, describe_task, words_from_options
from keras_reader.config import ReaderConfig
from keras_reader.data.printed_text.font_sides import trained_on
from keras_reader.data.printed_text.printed_text import PrintedText
from keras_reader.data.string_models import PRINT_ALPHABET
from keras_reader.data.synthetic_words import STRONG_CLUTTER, SyntheticWords
from keras_reader.data.text_rendering import find_fonts
from keras_reader.errors import InputError
from keras_reader.pretrained import DEFAULT_MODEL, shipped_reader

# The alphabet of the reader `print`, in images that are quickly drawn.
PRINTED = ReaderConfig(alphabet=PRINT_ALPHABET, max_length=3, image_size=(16, 32))


def parsed(*arguments, for_training=False):
    parser = CommandParser()
    parser.add_argument("model", nargs="?")
    if for_training:
        parser.add_argument("--seed", type=int, default=0)
    add_word_options(parser, for_training)
    return parser.parse_args(arguments)


def words(*arguments, config=None, for_training=False):
    args = parsed(*arguments, for_training=for_training)
    return words_from_options(args, config or ReaderConfig(), split="train")


@pytest.mark.parametrize("command", ["evaluate", "report", "visualize"])
@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--noise", "0.3", "--task", "original"], "--task, --noise"),
        (["--seed", "4", "--clutter"], "--seed, --clutter"),
    ],
)
def test_options_of_drawn_words_are_refused_where_images_are_given(tmp_path, capsys, command, arguments, named):
    with pytest.raises(SystemExit) as end:
        main([command, "letters", "--data", str(tmp_path / "labels.csv"), *arguments])
    assert end.value.code == 2
    assert capsys.readouterr().err == f"error: --data draws no words: leave out {named}\n"


def test_a_font_that_lacks_a_character_is_refused_instead_of_drawn_as_boxes():
    with pytest.raises(InputError, match="the built-in font: has no glyph for \N{CJK UNIFIED IDEOGRAPH-4EAC}"):
        words(config=ReaderConfig(alphabet="A\N{CJK UNIFIED IDEOGRAPH-4EAC}"))


def test_without_options_words_are_the_letters_task():
    assert words() == SyntheticWords()


@pytest.fixture
def arial():
    from keras_reader.data.tasks import ARIAL
    from keras_reader.data.text_rendering import find_family

    path = find_family(*ARIAL)
    if path is None:
        pytest.skip("neither Arial nor Liberation Sans is installed: apt-get install fonts-liberation")
    return path


def test_a_task_is_named(arial):
    assert words("--task", "original") == SyntheticWords(fonts=(arial,), font_size=(9, 9))
    assert words("--task", "mixed") == SyntheticWords(fonts=(arial, None), font_size=((9, 9), (12, 16)))


def test_options_go_before_the_tasks_own(arial):
    options = ["--task", "original", "--font-size", "10", "12", "--noise", "0.2", "--no-clip"]
    given = words(*options, for_training=True)
    assert given == SyntheticWords(fonts=(arial,), font_size=(10, 12), noise=0.2, clip=False)
    assert words("--task", "original", "--font", "DejaVu Sans").font_size == (9, 9)


def test_a_font_is_named_by_its_family():
    (path,) = words("--font", "DejaVu Sans").fonts
    assert path.endswith("DejaVuSans.ttf")


def test_unclipped_images_are_for_training():
    with pytest.raises(InputError, match="unrecognized arguments: --no-clip"):
        parsed("--no-clip")


def test_every_option_arrives():
    given = words(
        *("--intensity", "60:160", "--noise", "0.05:0.2", "--background", "80", "--strokes", "2"),
        *("--stroke-length", "7.5", "--fragments", "4", "--polarity", "both", "--min-length", "2", "--seed", "9"),
    )
    assert given == SyntheticWords(
        intensity=(60, 160),
        noise=(0.05, 0.2),
        background=80,
        strokes=2,
        stroke_length=7.5,
        fragments=4,
        polarity="both",
        min_length=2,
        seed=9,
    )


def test_clutter_is_short_for_the_strength_that_figures_are_given_for():
    assert words("--clutter") == SyntheticWords(**STRONG_CLUTTER)
    spelt_out = "--background 110 --strokes 3 --stroke-length 12 --intensity 110 --noise 0.1"
    assert words("--clutter") == words(*spelt_out.split())


@pytest.mark.parametrize("arguments", [("--clutter", "--strokes", "0"), ("--strokes", "0", "--clutter")])
def test_an_option_goes_before_clutter_in_any_order(arguments):
    assert words(*arguments) == SyntheticWords(**STRONG_CLUTTER | {"strokes": 0})


def test_a_range_does_not_swallow_the_model():
    assert words("--noise", "0:0.2", "reader.onnx").noise == (0, 0.2)


def test_backgrounds_are_the_images_of_a_folder(tmp_path):
    Image.new("L", (40, 40)).save(tmp_path / "a.png")
    assert words("--backgrounds", str(tmp_path), "--clutter").background_files == (str(tmp_path / "a.png"),)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--noise", "loud"], "--noise: invalid float value: 'loud'"),
        (["--noise", "0.1:"], "--noise: invalid float value: '0.1:'"),
        (["--intensity", "1.5"], "--intensity: invalid int value: '1.5'"),
        (["--polarity", "odd"], "--polarity: invalid choice: 'odd'"),
        (["--task", "photographs"], "--task: invalid choice: 'photographs'"),
        (["--font", "No Such Font"], "No Such Font: no such font file, folder or installed family"),
        (["--strokes", "-1"], "strokes >= 0, got strokes=-1"),
        (["--backgrounds", "nowhere"], "nowhere: no such folder"),
    ],
)
def test_wrong_options_are_named(arguments, message):
    with pytest.raises(InputError, match=message):
        words(*arguments)


@pytest.mark.parametrize(
    ("own_images", "task", "model"),
    [
        (True, None, DEFAULT_MODEL),
        (True, "original", DEFAULT_MODEL),
        (False, None, "letters"),
        (False, "letters", "letters"),
        (False, "original", "letters"),
        (False, "print", "print"),
    ],
)
def test_the_reader_that_is_meant_where_none_is_named_is_that_of_the_task(own_images, task, model):
    assert default_model(own_images, task) == shipped_reader(model, ".onnx")


def test_printed_text_is_drawn_in_the_fonts_given(arial):
    drawn = words("--task", "print", "--font", arial, "--seed", "3")
    assert isinstance(drawn, PrintedText)
    assert [file.path for family in drawn.families for file in family.files] == [arial]
    assert (drawn.alphabet, drawn.max_length, drawn.image_size, drawn.seed) == (ReaderConfig().alphabet, 4, (40, 40), 3)


def test_without_a_task_a_reader_is_tried_on_the_one_that_it_was_made_for(arial):
    own = words("--font", arial, config=PRINTED)
    assert isinstance(own, PrintedText) and own == words("--task", "print", "--font", arial, config=PRINTED)
    assert describe_task(parsed(), PRINTED, own).startswith("images: --task print, printed text in 1 fonts of 1 ")
    assert describe_task(parsed(), ReaderConfig(), words()) == "images: --task letters, synthetic words"
    assert describe_task(parsed("--task", "letters"), ReaderConfig(), words()) is None


def test_fonts_that_are_named_are_split_for_training_and_not_to_try_a_reader(arial):
    args = parsed("--task", "print", "--font", arial)
    assert not words_from_options(args, PRINTED, split="train").every_family
    tried = words_from_options(args, PRINTED, split="test")
    assert tried.every_family
    named = tried.families[0]._replace(name="Lato")
    assert describe_task(args, PRINTED, replace(tried, families=(named,))) == (
        "fonts: 1 family of --font; the reader print was trained on Lato"
    )
    names = ("Nobody Knows", "Lato", "Loma", "Arimo", "Nunito")
    told = describe_fonts(replace(tried, families=tuple(named._replace(name=name) for name in names)))
    assert told == (
        "all 5 families of --font; the reader print was trained on Lato, Arimo; Loma, which looks like Umpush"
    )
    many = ["Tempora", "Karla", *sorted(trained_on())[:9]]
    told = describe_fonts(replace(tried, families=tuple(named._replace(name=name) for name in many)))
    assert told == "all 11 families of --font; the reader print was trained on 9 of them, and on 2 under other names"


def test_a_task_that_is_named_goes_before_the_readers_own():
    # Pillow's font, that of the task, has no euro and no pound sign.
    font = str(find_fonts(["DejaVuSans.ttf"])[0])
    drawn = words("--task", "letters", "--font", font, config=PRINTED)
    assert drawn == SyntheticWords(alphabet=PRINT_ALPHABET, max_length=3, image_size=(16, 32), fonts=(font,))


def test_training_does_not_guess_the_task_from_the_alphabet():
    font = str(find_fonts(["DejaVuSans.ttf"])[0])
    assert isinstance(words("--font", font, config=PRINTED, for_training=True), SyntheticWords)


def test_a_look_that_printed_text_does_not_take_is_refused_with_the_task_that_takes_it():
    with pytest.raises(InputError, match=r"leave out --noise, or draw words .* with --task letters"):
        words("--noise", "0.2", config=PRINTED)


def test_printed_text_takes_no_options_of_other_words(arial):
    with pytest.raises(InputError, match="leave out --noise, --stroke-length, --clutter, --min-length, --no-clip"):
        words(
            "--task",
            "print",
            *["--noise", "0.2", "--stroke-length", "3", "--clutter", "--min-length", "2", "--no-clip"],
            for_training=True,
        )
