"""What the specification of Croissant 1.0 asks of a description, checked without its library.

The library itself, mlcroissant 1.1.1, found no error in exports of each format and read all of
their records (2026-11); with pandas and SciPy it is too large to be installed for that alone.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

DATA_TYPES = {"sc:Text", "sc:URL", "sc:Integer", "sc:Float", "sc:Boolean", "sc:Date", "sc:DateTime"}


def check_croissant(content: dict[str, Any], folder: Path, columns: list[str]) -> None:
    """Asserts that the required properties are there, and true of the files."""
    context = content["@context"]
    assert context["@vocab"] == "https://schema.org/"
    assert context["cr"] == "http://mlcommons.org/croissant/"
    assert content["@type"] == "sc:Dataset"
    assert content["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    for name in ("name", "description", "version", "citeAs", "datePublished"):
        assert isinstance(content[name], str), name
        assert content[name], name
    (file,) = content["distribution"]
    path = folder / file["contentUrl"]
    assert file["@type"] == "cr:FileObject"
    assert file["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert file["contentSize"] == f"{path.stat().st_size} B"
    (records,) = content["recordSet"]
    assert records["@type"] == "cr:RecordSet"
    fields = records["field"]
    ids = [field["@id"] for field in fields]
    assert records["key"]["@id"] in ids
    assert [field["source"]["extract"]["column"] for field in fields if "source" in field] == [
        field["name"] for field in fields if "source" in field
    ]
    assert [field["name"] for field in fields] == columns
    for field in fields:
        assert field["description"], field["name"]
        inner = field.get("subField", [field])
        ids += [one["@id"] for one in inner if one is not field]
        for one in inner:
            assert one["@type"] == "cr:Field"
            assert one["dataType"] in DATA_TYPES
            assert one["source"]["fileObject"] == {"@id": file["@id"]}
            assert one["source"]["extract"]["column"] == field["name"]
    assert len(set(ids)) == len(ids)
