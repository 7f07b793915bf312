"""What finding out how a table is written promises."""

import pytest

from feedlake.transforms.tables.csv_dialect import find_dialect
from feedlake.transforms.tables.csv_rows import Dialect

NAMES = {"url", "text", "title", "date"}


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("title,text\na,b\n", Dialect(",")),
        ("title;text\na, b;c, d\n", Dialect(";")),
        ("Title\tText\na, b\tc; d\n", Dialect("\t")),
        ("title|text\na, b|c; d\n", Dialect("|")),
        ('"title";"text"\n"a";"b, c"\n', Dialect(";")),
        ("headline, short;body\na, b;c\nd, e;f\ng;h\n", Dialect(";")),
        ("text\na, b; c\nd\n", Dialect("\x1f")),
        ("", Dialect("\x1f")),
        ('title,text\na,"He said \\"no\\", twice"\n', Dialect(",", has_escapes=True)),
        ('title,text\na,"C:\\"\nb,"c, d"\n', Dialect(",")),
        ("title,text\na,'b, c'\nd,'e'\n", Dialect(",", "'")),
        ("title,text\n'tis,it's\na,b\n", Dialect(",")),
        ('title\ttext\na\t"Hello, he said\nc\td\ne\tf\n', Dialect("\t", None)),
        ("title\ttext\na\tb\\nc\n", Dialect("\t", None, has_escapes=True)),
        ('title\ttext\na\t"b\\nc"\n', Dialect("\t")),
        ("title,text\na,C:\\new\n", Dialect(",")),
    ],
)
def test_rows_tell_how_they_are_written(text: str, dialect: Dialect) -> None:
    assert find_dialect(text, names=NAMES, is_cut=False) == (dialect, 0)


def test_the_line_for_excel_is_obeyed() -> None:
    assert find_dialect("sep=|\na,b|text\n", names=NAMES, is_cut=False) == (Dialect("|"), 6)


@pytest.mark.parametrize("mark", ["\\", '"', "'"])
def test_what_quotes_or_escapes_is_no_delimiter_whatever_the_line_for_excel_says(mark: str) -> None:
    text = f"sep={mark}\ntext{mark}title\n" + '\\"x\n' * 3
    assert find_dialect(text, names=NAMES, is_cut=False)[0].delimiter != mark


def test_a_last_row_that_is_cut_off_does_not_count() -> None:
    text = "title,text\n" + 'a,"b\nc"\n' + 'd,"e\n'
    assert find_dialect(text, names=NAMES, is_cut=True) == (Dialect(","), 0)
