"""What reading Parquet promises."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builders import InlineSandbox, parquet

from feedlake.transforms.normalize.streams import UnpackError
from feedlake.transforms.read import read_parquet as read_parquet_module
from feedlake.transforms.read.read_parquet import read_parquet
from feedlake.transforms.read.read_record import DamagedRecordsError, RecordReader
from feedlake.transforms.records.documents import Document, Rejection

NOON = datetime(2020, 1, 2, 12, tzinfo=UTC)
LOCAL_NOON = NOON.replace(tzinfo=None)
MICROSECONDS = 1_577_966_400_000_000
NANOSECONDS = MICROSECONDS * 1000 + 1
ZONED = pa.struct([("t", pa.timestamp("ns", "No/Where"))])


def _records(max_chars: int = 1 << 20) -> RecordReader:
    return RecordReader(source="a", kind="parquet", fields={}, max_chars=max_chars)


def _read(file: bytes, max_bytes: int = 1 << 20) -> list[Document | Rejection]:
    return list(_items(file, _records(max_bytes)))


def _items(file: bytes, records: RecordReader, *, first: int = 1) -> Iterator[Document | Rejection]:
    stream, sandbox = io.BytesIO(file), InlineSandbox()
    return read_parquet(stream, records, path="a://b", sandbox=sandbox, first=first)


def _read_row(**columns: object) -> Document | Rejection:
    row = {
        name: value if isinstance(value, pa.Array) else [value] for name, value in columns.items()
    }
    (item,) = _read(parquet(row))
    return item


@pytest.mark.parametrize(
    "text",
    [
        "The ferry.",
        b"The ferry.",
        pa.array(["The ferry."], pa.large_string()),
        pa.array([b"The ferry."], pa.binary(10)),
        pa.array(["The ferry."]).dictionary_encode(),
    ],
)
def test_text_is_text_in_every_type(text: object) -> None:
    item = _read_row(text=text)
    assert isinstance(item, Document)
    assert (item.body, item.source_kind, item.source_record) == ("The ferry.", "parquet", 1)


def test_a_page_in_bytes_is_decoded_as_it_says() -> None:
    item = _read_row(html='<meta charset="koi8-r"><p>Старый маяк'.encode("koi8-r"))
    assert isinstance(item, Document)
    assert item.body == '<meta charset="koi8-r"><p>Старый маяк'


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (LOCAL_NOON, NOON),
        (pa.array([MICROSECONDS // 10**6], pa.timestamp("s")), NOON),
        (pa.array([MICROSECONDS * 1000 + 789], pa.timestamp("ns")), NOON),
        (pa.array([MICROSECONDS], pa.timestamp("us", "Asia/Tokyo")), NOON),
        (pa.array([MICROSECONDS], pa.timestamp("us", "+05:30")), NOON),
        (pa.array([MICROSECONDS], pa.timestamp("us", "No/Where")), NOON),
        (date(2020, 1, 2), NOON.replace(hour=0)),
        ("2020-01-02 13:00+01:00", NOON),
        (MICROSECONDS // 10**6, NOON),
        (MICROSECONDS / 10**6, NOON),
        (pa.array([18263], pa.date32()), NOON.replace(hour=0)),
        (pa.array([18263 * 86_400_000], pa.date64()), NOON.replace(hour=0)),
        (pa.array([MICROSECONDS // 1000], pa.timestamp("ms", "America/St_Johns")), NOON),
        (pa.array([-1_350_000_000], pa.timestamp("s")), datetime(1927, 3, 23, tzinfo=UTC)),
        (Decimal("1577966400.000"), NOON),
        (Decimal("20200102"), NOON.replace(hour=0)),
        (pa.array([b"2020-01-02 12:00"]), NOON),
        (pa.array([43_200_000_000_001], pa.time64("ns")), None),
        (time(12), None),
        (True, None),
        (None, None),
    ],
)
def test_dates_of_every_type_are_moments_in_utc(value: object, moment: datetime | None) -> None:
    item = _read_row(text="a", date=value)
    assert isinstance(item, Document)
    assert item.published_at == moment


@pytest.mark.parametrize(
    ("value", "extra"),
    [
        (Decimal("1.50"), "1.50"),
        (pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int32())), [["a", 1]]),
        ([1, None], [1, None]),
        ({"a": {"b": [b"c"]}}, {"a": {"b": ["c"]}}),
        (LOCAL_NOON, "2020-01-02T12:00:00"),
        (time(12, 30), "12:30:00"),
        (pa.array([45_000_000_000_001], pa.time64("ns")), "12:30:00"),
        (pa.array([1_500_000_001], pa.duration("ns")), "0:00:01.500000"),
        (
            pa.array(
                [{"t": MICROSECONDS * 1000 + 1}], pa.struct([("t", pa.timestamp("ns", "No/Where"))])
            ),
            {"t": "2020-01-02T12:00:00+00:00"},
        ),
        (
            pa.array([[MICROSECONDS * 1000 + 1]], pa.list_(pa.timestamp("ns"))),
            ["2020-01-02T12:00:00"],
        ),
        (float("nan"), None),
        (b"\xff\xfe\xfd", "\ufffd\ufffd\ufffd"),
    ],
)
def test_columns_without_a_meaning_are_kept(value: object, extra: object) -> None:
    item = _read_row(text="a", x=value)
    assert isinstance(item, Document)
    assert json.loads(item.extra or "") == {"x": extra}


@pytest.mark.parametrize(
    "value",
    [
        pa.array([2**50], pa.timestamp("ms")),
        pa.array([2**30], pa.date32()),
        pa.array([2**61], pa.duration("s")),
        pa.Array.from_buffers(
            pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0"), pa.py_buffer(b"\xff")]
        ),
    ],
    ids=["time", "date", "duration", "string"],
)
def test_a_value_that_python_lacks_costs_its_row_only(value: pa.Array) -> None:
    good = pa.nulls(1, value.type)
    items = _read(parquet({"text": ["a", "b", "c"], "x": pa.concat_arrays([good, value, good])}))
    assert [getattr(item, "reason", "read") for item in items] == ["read", "bad_value", "read"]


def test_rows_without_text_or_with_too_much_are_rejected() -> None:
    items = _read(parquet({"text": ["a", None, "x" * 101, "d"]}), max_bytes=100)
    reasons = [item.reason if isinstance(item, Rejection) else item.body for item in items]
    assert reasons == ["a", "empty", "too_large", "d"]
    assert [getattr(item, "reason", "") for item in _read(parquet({"x": [1, 2]}))] == ["empty"] * 2


@pytest.mark.parametrize("columns", [{"text": pa.array([], pa.string())}, {}])
def test_a_file_without_rows_holds_nothing(columns: dict[str, pa.Array]) -> None:
    assert _read(parquet(columns)) == []


def test_two_columns_of_one_name_do_no_harm() -> None:
    table = pa.table([pa.array(["a"]), pa.array(["b"])], names=["text", "text"])
    stream = io.BytesIO()
    pq.write_table(table, stream)
    assert len(_read(stream.getvalue())) == 1


class _Pipe(io.BytesIO):
    def seekable(self) -> bool:
        return False


def test_a_stream_that_cannot_seek_is_read_as_well() -> None:
    file, sandbox = _Pipe(parquet({"text": ["a"]})), InlineSandbox()
    assert len(list(read_parquet(file, _records(), path="a", sandbox=sandbox))) == 1


def test_a_stream_that_unpacks_to_more_than_the_disk_may_hold_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(read_parquet_module, "_MAX_SPOOLED_BYTES", 1000)
    file, sandbox = _Pipe(parquet({"text": ["a" * 999]}, compression="none")), InlineSandbox()
    with pytest.raises(UnpackError) as caught:
        list(read_parquet(file, _records(), path="a", sandbox=sandbox))
    assert caught.value.reason == "too_large"


@pytest.mark.parametrize("first", [1, 2, 6, 7, 299, 300])
def test_reading_goes_on_at_any_row(first: int) -> None:
    file = parquet({"text": [str(number) for number in range(1, 301)]}, row_group_size=100)
    items = list(_items(file, _records(), first=first))
    found = [(item.source_record, getattr(item, "body", None)) for item in items]
    assert found == [(number, str(number)) for number in range(first, 301)]


def test_a_column_whose_name_is_not_utf_8_costs_the_file_only() -> None:
    file = parquet({"text": ["a"], "name": ["b"]}).replace(b"name", b"n\xc1me")
    with pytest.raises(DamagedRecordsError, match="the footer: 'utf-8' codec"):
        _read(file)


def test_a_damaged_page_costs_the_rest_of_its_row_group() -> None:
    texts = [f"The ferry number {number} sails." for number in range(300)]
    file = parquet(
        {"text": texts}, row_group_size=100, write_page_checksum=True, compression="none"
    )
    items = _read(file.replace(b"number 150 ", b"number 1x0 ", 1))
    found = [item.body for item in items if isinstance(item, Document)]
    (fault,) = (item for item in items if isinstance(item, Rejection))
    before = len(found) - 100
    assert before >= 100
    assert found == texts[:before] + texts[200:]
    assert (fault.source_record, fault.reason) == (before + 1, "corrupt")
    assert (fault.detail or "").startswith(f"rows {before + 1} to 200: ")
    assert [item.source_record for item in items] == [*range(1, before + 2), *range(201, 301)]


@pytest.mark.parametrize("end", [0, 4, 50, -1])
def test_a_cut_file_is_damaged(end: int) -> None:
    with pytest.raises(DamagedRecordsError, match="the footer: "):
        _read(parquet({"text": ["a"]})[:end])


def test_objects_and_lists_are_read_as_in_json() -> None:
    file = parquet({"doc": [{"text": ["One.", "Two."], "by": ["Lee, Ann"], "n": 1}]})
    fields = {"text": "doc.text", "authors": "Doc.By"}
    reader = RecordReader(source="a", kind="parquet", fields=fields, max_chars=99)
    (item,) = _items(file, reader)
    assert isinstance(item, Document)
    assert (item.body, item.authors, item.extra) == (
        "One.\n\nTwo.",
        ("Ann Lee",),
        '{"doc": {"n": 1}}',
    )
