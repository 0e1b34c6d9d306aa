"""CSVs of labels as spreadsheets and other machines write them."""

import unicodedata

import pytest

from keras_reader.data.label_rows import read_label_rows
from keras_reader.data.labelled_images import load_labelled
from keras_reader.errors import InputError


@pytest.fixture
def read(tmp_path):
    """Reads a CSV beside a.png and images/b.png; gives path, text and line of each row, and the problems."""
    (tmp_path / "images").mkdir()
    for name in ("a.png", "images/b.png"):
        (tmp_path / name).write_bytes(b"")

    def run(text):
        (tmp_path / "labels.csv").write_bytes(text.encode())
        rows, problems = read_label_rows(tmp_path / "labels.csv")
        return [(str(row.path.relative_to(tmp_path)), row.text, row.line) for row in rows], problems

    return run


GOOD = [("a.png", "1,5", 2), ("images/b.png", "2;5", 3)]


@pytest.mark.parametrize(
    "text",
    [
        'image,text\na.png,"1,5"\nimages/b.png,2;5\n',
        'image;text\na.png;1,5\nimages/b.png;"2;5"\n',
        "image\ttext\r\na.png\t1,5\r\nimages/b.png\t2;5\r\n",
        '"image";"text"\n"a.png";"1,5"\n"images/b.png";"2;5"\n',
        'Image,Text\na.png,"1,5"\nimages/b.png,2;5\n',
        '\ufeffIMAGE ;\ttext\na.png;1,5\nimages/b.png;"2;5"\n',
        'image, text\na.png, "1,5"\nimages/b.png, 2;5\n',
        'no;image;weather,wind;text;\n1;a.png;dry,calm;1,5;\n2;images/b.png;wet;"2;5";\n',
    ],
    ids=["commas", "semicolons", "tabs", "quotes", "case", "bom", "blanks", "columns"],
)
def test_the_header_says_what_stands_between_fields_in_any_case_and_with_blanks(read, text):
    assert read(text) == (GOOD, [])


def test_the_header_may_be_below_empty_rows_and_what_tells_a_spreadsheet_the_delimiter(read):
    rows, problems = read('\ufeffsep=;\n;;\nimage;text\na.png;1,5\nimages/b.png;"2;5"\n')
    assert (rows, problems) == ([(image, text, line + 2) for image, text, line in GOOD], [])


def test_a_blank_is_part_of_a_label_unless_the_header_has_them_too(read):
    assert read("image,text\na.png, 1\n")[0] == [("a.png", " 1", 2)]
    assert read("image, text\na.png, 1\n")[0] == [("a.png", "1", 2)]


def test_what_the_rows_look_like_does_not_change_what_stands_between_fields(read):
    rows, problems = read("image,text\na.png;1,5\na.png;2\n")
    assert rows == [("a.png;1", "5", 2)]
    assert [(problem.kind, problem.line) for problem in problems] == [("line", 3)]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("Image;Label", "line 1: no column text: the header must be image,text"),
        ("file\tlabel", "line 1: no column image or text: the header must be image,text"),
        ("image,text,Text", "line 1: 2 columns text: there must be one"),
        ('"image"x,text', "line 1: not a CSV line"),
    ],
)
def test_a_header_that_lacks_a_column_or_has_it_twice_is_refused(read, header, message):
    with pytest.raises(InputError, match=message):
        read(f"{header}\na.png,1\n")


def test_empty_fields_at_the_end_of_a_row_are_no_problem(read):
    rows, problems = read("image,text\na.png,1,,\n")
    assert (rows, problems) == ([("a.png", "1", 2)], [])


def test_a_quote_that_is_never_closed_is_told_with_the_line_that_it_begins_in(read):
    rows, problems = read('image,text\na.png,1\nb.png,"2\nc.png,3\nd.png,4\n')
    assert rows == [("a.png", "1", 2)]
    assert [(p.kind, p.line, p.detail) for p in problems] == [
        ("line", 3, "a quote that begins in this row is never closed")
    ]


def test_training_refuses_a_row_whose_text_was_cut_at_a_comma(read, tmp_path):
    read("image,text\na.png,237,06\n")
    with pytest.raises(InputError, match="line 2: 3 fields under 2 names: a text with a comma needs quotes around it"):
        load_labelled(tmp_path / "labels.csv")


def test_a_text_with_a_control_character_is_told_with_its_line(read, tmp_path):
    read("image,text\na.png,1\na.png,2\x07\n")
    with pytest.raises(InputError, match=r"line 3: the text has U\+0007, which cannot be part of a line of text"):
        load_labelled(tmp_path / "labels.csv")


def test_a_row_with_more_fields_than_names_says_what_needs_quotes(read):
    ((problem,),) = [read("image;text\na.png;1;5\n")[1]]
    assert problem.detail == "3 fields under 2 names: a text with a semicolon needs quotes around it"


@pytest.mark.parametrize("written", [r".\a.png", r"images\..\a.png", "./a.png"])
def test_a_path_that_was_written_on_windows_is_found(read, written):
    assert read(f"image,text\n{written},1\nimages\\b.png,2\n")[0] == [
        (written.replace("\\", "/").removeprefix("./"), "1", 2),
        ("images/b.png", "2", 3),
    ]


def test_a_backslash_stays_where_a_file_is_named_so_or_none_is_found(read, tmp_path):
    (tmp_path / "images\\b.png").write_bytes(b"")
    assert read("image,text\nimages\\b.png,2\nimages\\c.png,2\n")[0] == [
        ("images\\b.png", "2", 2),
        ("images\\c.png", "2", 3),
    ]


@pytest.mark.parametrize("forms", [("NFC", "NFD"), ("NFD", "NFC"), ("NFC", "NFC")])
def test_a_name_is_found_in_another_form_of_unicode(read, tmp_path, forms):
    named, written = (unicodedata.normalize(form, "prüfung.png") for form in forms)
    (tmp_path / named).write_bytes(b"")
    assert read(f"image,text\n{written},2\n")[0] == [(named, "2", 2)]


def test_rows_without_anything_in_them_are_left_out(read):
    assert read('image,text\n\na.png,1\n,\n" ",\n,,\nimages/b.png,2\n') == (
        [("a.png", "1", 3), ("images/b.png", "2", 7)],
        [],
    )


@pytest.mark.parametrize("written", ["2\n5\n", "\r\n2\r\n5", "2 \n\n 5\n \n", "\n 2\n5"])
def test_a_line_break_that_nobody_sees_is_no_part_of_a_label(read, tmp_path, written):
    read(f'image,text\na.png,"{written}"\nimages/b.png,"\n"\n')
    labelled = load_labelled(tmp_path / "labels.csv")
    assert labelled.texts == ("2 5", "")
    assert labelled.laid_out == ("2\n5", "")


def test_blanks_around_a_label_stay_where_there_is_no_line_break(read):
    assert read("image,text\na.png, 1 \n")[0] == [("a.png", " 1 ", 2)]


def test_labelled_images_are_read_so_too(read, tmp_path):
    read('Image;Text\n.\\a.png;1,5\nimages\\b.png;"2\n5"\n')
    labelled = load_labelled(tmp_path / "labels.csv")
    assert labelled.texts == ("1,5", "2 5")
    assert labelled.laid_out == ("1,5", "2\n5")
    assert labelled.paths == (tmp_path / "a.png", tmp_path / "images" / "b.png")
