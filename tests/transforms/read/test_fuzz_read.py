"""What reading damaged and hostile files of any kind promises: documents and rejects, no fault."""

import pytest
from fuzzing import TARGETS, read_mutant


@pytest.mark.parametrize(
    "name", ["text", "jsonl", "csv", "parquet", "warc", "arc", "archive", "markdown", "mail"]
)
def test_no_mutant_of_a_file_breaks_its_reader(name: str) -> None:
    for number in range(TARGETS[name].count):
        print(f"repeat it: make fuzz READER={name} START={number}")  # Shown if it fails.
        read_mutant(name, number)
