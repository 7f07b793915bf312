"""How much of the input goes into one chunk."""

import pytest

from feedlake.pipeline.run.run_pipeline import chunk_bytes

MIB = 1 << 20


@pytest.mark.parametrize(
    ("runner", "documents", "expected"),
    [
        ("DirectRunner", 10_000, 192 * MIB),
        ("DirectRunner", 1_000_000, 192 * MIB),
        ("FlinkRunner", 10_000, 192 * MIB),
        ("FlinkRunner", 500, 192 * MIB),
        ("FlinkRunner", 1_000_000, 19_200 * MIB),
    ],
)
def test_chunks_of_more_documents_have_more_bytes_where_they_are_not_in_one_process(
    runner, documents, expected
):
    assert chunk_bytes(runner, documents) == expected
