"""What finding the fields of records promises."""

from pathlib import Path

import pytest
from builders import parquet, read_file

from feedlake.transforms.read.record_fields import fields_of_folders, find_field, list_fields


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/a/date=2026-01-17/language=de/part-0.parquet", {"date": "2026-01-17", "language": "de"}),
        ("gs://bucket/a/b=1/x=y.parquet", {"b": "1"}),
        ("/home/x=1/a/b=2/c", {"b": "2"}),
        ("/topic=a%2Fb%3Dc/f", {"topic": "a/b=c"}),
        ("/a=/b=__HIVE_DEFAULT_PARTITION__/c=1/f", {"c": "1"}),
        ("/a=b=c/f", {"a": "b=c"}),
        ("/=b/f", {}),
        ("f", {}),
    ],
)
def test_folders_right_above_a_file_give_fields(path: str, fields: dict[str, str]) -> None:
    assert fields_of_folders(path) == fields


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("a", ["a"]),
        ("A", ["a"]),
        ("b.c", ["b", "c"]),
        ("B.D.e", ["b", "d.e"]),
        ("b", ["b"]),
        ("x.y", ["x.y"]),
        ("l.m", ["l", "m"]),
        ("b.x", None),
        ("a.c", None),
        (".a", None),
        ("a.", None),
        ("", None),
    ],
)
def test_the_way_to_a_field_leads_through_objects(name: str, way: list[str] | None) -> None:
    record = {"a": 1, "b": {"c": 2, "d.e": 3}, "x.y": 4, "x": {"y": 5}, "l": [1, {"m": 6}]}
    assert find_field(record, name) == way


def test_deep_objects_are_named_as_a_whole() -> None:
    record: dict[str, object] = {}
    for _ in range(5000):
        record = {"a": record, "b": 1}
    names = list(list_fields(record))
    assert names == ["a." * 8 + "a", *("a." * depth + "b" for depth in range(8, -1, -1))]


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_what_a_record_says_wins_over_its_folders(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "date=2026-01-17" / "language=de" / "run=7"
    folder.mkdir(parents=True)
    if kind == "parquet":
        content = parquet({"text": ["a", "b"], "Language": [None, "fr"]})
    else:
        content = b'{"text": "a", "Language": null}\n{"text": "b", "Language": "fr"}\n'
    (folder / f"part-0.{kind}").write_bytes(content)
    documents, _, _ = read_file(folder / f"part-0.{kind}")
    assert [document.language for document in documents] == ["de", "fr"]
    assert {f"{document.published_at:%Y-%m-%d}" for document in documents} == {"2026-01-17"}
    assert {document.extra for document in documents} == {'{"run": "7"}'}


def test_fields_in_objects_are_proposed_by_their_own_names_and_by_others(tmp_path: Path) -> None:
    record = b'{"doc": {"text": "a", "url": "https://a.example/1"}, "meta": {"published": "2026"}}'
    (tmp_path / "a.jsonl").write_bytes(record)
    _, _, report = read_file(tmp_path / "a.jsonl")
    assert report.detail is not None
    assert report.detail.endswith(
        "perhaps --field text=doc.text --field url=doc.url --field date=meta.published"
    )


def test_a_file_whose_records_lack_a_field_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"body": "a"}\n{"body": "b"}\n')
    _, rejections, report = read_file(tmp_path / "a.jsonl")
    assert {rejection.detail for rejection in rejections} == {
        "neither text nor html; its fields: body"
    }
    assert report.status == "read"
    assert report.detail == (
        "no record has text or html; the fields are body; perhaps --field text=body"
    )
