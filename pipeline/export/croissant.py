"""The export's description in the Croissant format 1.0 (https://docs.mlcommons.org/croissant/)."""

from __future__ import annotations

import json
import re
from typing import Any

import pyarrow as pa

from feedlake.pipeline.export.describe import (
    DataFile,
    Described,
    cite,
    title_of,
    version_of,
)

# As the specification wants it, in these words.
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    **{
        name: f"cr:{name}"
        for name in (
            *("citeAs", "column", "containedIn", "equivalentProperty", "extract", "field"),
            *("fileProperty", "fileObject", "fileSet", "format", "includes", "isLiveDataset"),
            *("jsonPath", "key", "md5", "parentField", "path", "recordSet", "references"),
            *("regex", "repeated", "replace", "samplingRate", "separator", "source", "subField"),
            "transform",
        )
    },
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "prov": "http://www.w3.org/ns/prov#",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
}
_MEDIA_TYPES = {
    ".parquet": "application/x-parquet",
    ".jsonl": "application/jsonlines",
    ".csv": "text/csv",
}
_RECORDS = "articles"
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
_ADDRESS = re.compile(r"https?://\S+")
_URL_COLUMNS = frozenset({"url", "canonical_url", "claimed_url", "image_url"})


def croissant_json(described: Described, file: DataFile) -> str:
    """Returns the description as JSON-LD.

    Args:
        described: The export.
        file: The file with the articles.
    """
    content: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": title_of(described),
        "description": _description(described),
        "version": version_of(described),
        "citeAs": cite(described),
        "isLiveDataset": False,
        "keywords": ["news", "articles", "text"],
        "inLanguage": [name for name, _ in described.languages.counts if name != "und"],
        "temporalCoverage": f"{described.first_day}/{described.last_day}",
    }
    if described.as_of is not None:
        content["datePublished"] = described.as_of.date().isoformat()
    # What nobody states is not made up: there may be no licence at all, or several.
    licenses = [name for name, _ in described.licenses.counts]
    if licenses:
        content["license"] = licenses
    if described.copyrights.counts:
        content["copyrightNotice"] = [name for name, _ in described.copyrights.counts]
    content |= {
        "isBasedOn": [
            {"@type": "sc:CreativeWork", **_place(name), "size": f"{count} articles"}
            for name, count in described.sources.counts
        ],
        "prov:wasGeneratedBy": _activities(described),
        "variableMeasured": _figures(described),
        "distribution": [_file(file)],
        "recordSet": [_records(described, file)],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _description(described: Described) -> str:
    sentences = [
        f"Articles of the feedlake lake {described.lake}, each in its newest version.",
        "All of them." if described.condition is None else f"Those with: {described.condition}",
        f"{described.articles:,} articles of {described.sites.total:,} sites, from "
        f"{described.first_day} to {described.last_day}.",
        "The field rights has what feeds, pages and records say about the rights to each.",
        f"A licence is stated for {described.with_license:,}; those under license hold only for "
        f"the articles that state them. {described.reserved:,} are reserved from text and data "
        "mining.",
    ]
    for listed, what in ((described.sources, "sources"), (described.licenses, "licences")):
        if listed.others:
            sentences.append(f"{listed.others:,} more {what} are not listed here.")
    if described.older_runs:
        sentences.append(f"{described.older_runs:,} older runs are not listed here.")
    return " ".join(sentences)


def _place(source: str) -> dict[str, str]:
    return {"url": source} if _ADDRESS.fullmatch(source) else {"name": source}


def _activities(described: Described) -> list[dict[str, Any]]:
    software = {
        "@type": "prov:SoftwareAgent",
        "name": "feedlake",
        "version": ", ".join(described.versions.get("feedlake", ())),
        "softwareRequirements": [
            f"{name} {version}"
            for name, versions in described.versions.items()
            if name != "feedlake"
            for version in versions
        ],
    }
    return [
        {
            "@type": "prov:Activity",
            "@id": f"run/{run.run_id}",
            "prov:startedAtTime": run.started_at.isoformat(),
            "prov:endedAtTime": run.finished_at.isoformat(),
            "description": f"wrote {run.articles} of the articles",
            **({"prov:wasAssociatedWith": software} if number == 0 else {}),
        }
        for number, run in enumerate(described.runs)
    ]


def _figures(described: Described) -> list[dict[str, Any]]:
    figures = {
        "articles": described.articles,
        "articles in a later version than the first": described.revised,
        "sites": described.sites.total,
        "sources": described.sources.total,
        "runs": len(described.runs) + described.older_runs,
        "articles with a stated licence": described.with_license,
        "articles reserved from text and data mining": described.reserved,
        "articles whose rights nobody looked for": described.unlooked,
    }
    return [
        {"@type": "sc:PropertyValue", "name": name, "value": value}
        for name, value in figures.items()
    ]


def _file(file: DataFile) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file.name,
        "name": file.name,
        "contentUrl": file.name,
        "contentSize": f"{file.size_bytes} B",
        "encodingFormat": _MEDIA_TYPES[file.name[file.name.rindex(".") :]],
        "sha256": file.sha256,
    }


def _records(described: Described, file: DataFile) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": _RECORDS,
        "name": _RECORDS,
        "description": "One article a record, ordered by day and id.",
        "key": {"@id": f"{_RECORDS}/article_id"},
        "field": [_field(column, file) for column in described.schema],
    }


def _field(column: pa.Field, file: DataFile) -> dict[str, Any]:
    kind, is_list = column.type, pa.types.is_list(column.type)
    item = kind.value_type if is_list else kind
    field: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{_RECORDS}/{column.name}",
        "name": column.name,
        "description": meaning_of(column),
    }
    source = {"fileObject": {"@id": file.name}, "extract": {"column": column.name}}
    if file.name.endswith(".csv") and pa.types.is_nested(kind):  # As JSON.
        return {**field, "dataType": "sc:Text", "source": source}
    if is_list:
        field["repeated"] = True
    if not pa.types.is_struct(item):
        return {**field, "dataType": _data_type(column.name, item), "source": source}
    field["subField"] = [
        {
            "@type": "cr:Field",
            "@id": f"{field['@id']}/{inner.name}",
            "name": inner.name,
            "dataType": _data_type(inner.name, inner.type),
            "source": {**source, "transform": {"jsonPath": f"$.{inner.name}"}},
        }
        for inner in item
    ]
    return field


def meaning_of(column: pa.Field) -> str:
    """Returns what a column means, in words without links."""
    metadata = column.metadata or {}
    text = metadata.get(b"meaning", b"").decode()
    return _LINK.sub(r"\1", text) or f"Column {column.name}."


def _data_type(name: str, kind: pa.DataType) -> str:
    if name in _URL_COLUMNS:
        return "sc:URL"
    for is_kind, data_type in (
        (pa.types.is_boolean, "sc:Boolean"),
        (pa.types.is_integer, "sc:Integer"),
        (pa.types.is_floating, "sc:Float"),
        (pa.types.is_timestamp, "sc:DateTime"),
        (pa.types.is_date, "sc:Date"),
    ):
        if is_kind(kind):
            return data_type
    return "sc:Text"
