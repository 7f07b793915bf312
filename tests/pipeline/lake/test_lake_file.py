"""A damaged file of the lake is named, and never read as if it were sound."""

import re

import pyarrow.parquet as pq
import pytest
from articles import MemoryHistory, article, prose, publish

from feedlake.pipeline.history.key_columns import read_keys
from feedlake.pipeline.lake.journal_entry import LakeError
from feedlake.pipeline.lake.lake import Lake


def test_no_flipped_bit_changes_a_key_that_is_read(tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    with lake.writing():
        pass
    publish(lake, 0, [article(prose(1), url="https://news.example/1")], MemoryHistory())
    [path] = (tmp_path / "lake" / "articles").glob("*/*.parquet")
    sound, keys = path.read_bytes(), list(read_keys(str(path), "articles").rows())
    digest = pq.ParquetFile(path).read(columns=["text_sha256"]).column(0)[0].as_py()
    named = 0

    for match in re.finditer(re.escape(digest), sound):  # In the page, in statistics, in the footer
        damaged = bytearray(sound)
        damaged[match.start() + 5] ^= 0x01
        path.write_bytes(damaged)
        try:
            assert list(read_keys(str(path), "articles").rows()) == keys
        except LakeError:
            named += 1

    assert named >= 1


def test_a_footer_that_makes_bytes_of_a_text_is_damaged(tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    with lake.writing():
        pass
    publish(lake, 0, [article(prose(1), url="https://news.example/1")], MemoryHistory())
    [path] = (tmp_path / "lake" / "articles").glob("*/*.parquet")
    data = pq.ParquetFile(path).read()
    place = data.schema.get_field_index("source")
    binary = data.set_column(place, "source", data["source"].cast("binary"))
    pq.write_table(binary, path)

    with pytest.raises(LakeError, match="cannot be read: the column source holds no text"):
        read_keys(str(path), "articles")


def test_bytes_that_are_no_parquet_are_named(tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 and nothing else PAR1")

    with pytest.raises(LakeError, match=r"a\.parquet cannot be read"):
        read_keys(str(path), "articles")
