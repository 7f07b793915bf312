"""Reading only what is needed of a file's key columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from feedlake.pipeline.history.key_columns import KeyColumns, columns_of, keys_of, read_columns
from feedlake.pipeline.lake.lake_file import open_file
from feedlake.pipeline.lake.url_rule import check_rule, rule_of


def read_chosen_keys(
    path: str,
    table: str,
    *,
    by: Sequence[str],
    choose: Callable[[pa.Table], npt.NDArray[np.bool_]],
) -> KeyColumns:
    """Returns the keys of some of a file's rows; if there are none, only a few columns are read.

    Args:
        path: The file.
        table: `articles`, `revisions` or `duplicates`.
        by: Columns that are enough to choose by. Those that the file has not are left out.
        choose: Says which rows to read, from these columns.

    Raises:
        UsageError: The ids follow another rule for addresses than this feedlake does.
        LakeError: The file is damaged; its name is in the message.
    """
    with open_file(path) as file:
        check_rule(rule_of(file.schema_arrow), of=path)
        first = read_columns(file, by)
        chosen = choose(first)
        if not chosen.any():
            return KeyColumns.empty()
        others = [name for name in columns_of(table) if name not in by]
        data = first.filter(chosen)
        rest = read_columns(file, others).filter(chosen)
        for field in rest.schema:
            data = data.append_column(field, rest.column(field.name))
        return keys_of(data, path=path, table=table)


def read_name_columns(path: str) -> pa.Table:
    """Returns the columns by which rows have guids, shared addresses and claimed ones.

    Those of which no row has any are left out, by what the footer says of them.

    Args:
        path: A file of `articles`, `revisions` or `duplicates`.

    Raises:
        UsageError: The ids follow another rule for addresses than this feedlake does.
        LakeError: The file is damaged; its name is in the message.
    """
    with open_file(path) as file:
        check_rule(rule_of(file.schema_arrow), of=path)
        nulls = _null_counts(file)
        columns: list[str] = []
        if nulls["guid"] != file.metadata.num_rows:
            columns += ["article_id", "guid", "source"]
        if nulls["canonical_url"] != 0:
            columns += ["article_id", "url", "canonical_url"]
        if nulls["claimed_url"] != file.metadata.num_rows:
            columns += ["article_id", "claimed_url", "source", "source_record", "text_sha256"]
        return read_columns(file, list(dict.fromkeys(columns)))


def _null_counts(file: pq.ParquetFile) -> dict[str, int]:
    """How many rows have no value in the columns of names, -1 where the footer does not say."""
    counts = dict.fromkeys(("guid", "canonical_url", "claimed_url"), 0)
    seen = set()
    for number in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(number)
        for place in range(group.num_columns):
            chunk = group.column(place)
            name = chunk.path_in_schema
            if name in counts:
                seen.add(name)
                said = chunk.statistics
                is_known = said is not None and said.has_null_count and counts[name] >= 0
                counts[name] = counts[name] + said.null_count if is_known else -1
    rows = file.metadata.num_rows
    return {name: count if name in seen else rows for name, count in counts.items()}
