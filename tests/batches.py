"""Records in and out of the batches in which steps hand them on."""

from __future__ import annotations

import itertools
from typing import Any

import apache_beam as beam
from apache_beam import pvalue

from feedlake.transforms.records.batch import Batch

_numbers = itertools.count()


def batches(pipeline: Any, *records: Any) -> pvalue.PCollection[Batch[Any]]:
    """Returns the records in batches of two, so that no test rests on how they are divided."""
    packed = [Batch(records[start : start + 2]) for start in range(0, len(records), 2)]
    made: pvalue.PCollection[Batch[Any]] = pipeline | f"Batches{next(_numbers)}" >> beam.Create(
        packed
    )
    return made


def records(packed: pvalue.PCollection[Batch[Any]]) -> pvalue.PCollection[Any]:
    """Returns the records of all batches."""
    unpacked: pvalue.PCollection[Any] = packed | f"Records{next(_numbers)}" >> beam.FlatMap(_items)
    return unpacked


def _items(batch: Batch[Any]) -> tuple[Any, ...]:
    assert batch.items, "no step makes an empty batch"
    return batch.items
