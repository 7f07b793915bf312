"""Files that were set aside: which of them hold, or may hold, rows that are removed."""

from __future__ import annotations

from collections.abc import Iterator

from feedlake.pipeline.lake.journal_entry import QUARANTINE, LakeError
from feedlake.pipeline.lake.lake_file import open_file
from feedlake.pipeline.removal.chosen_rows import KINDS, Chosen
from feedlake.pipeline.removal.told_rows import TOLD, Telling, read_told, rows_of
from feedlake.transforms.normalize import storage


def find_quarantined(
    lake: str, chosen: Chosen, telling: Telling, *, takes_unreadable: bool
) -> Iterator[str]:
    """Yields the paths, below the lake, of files in its quarantine that have to go as well.

    Who wants a row to be gone wants it gone from there, too.

    Args:
        lake: The lake's path.
        chosen: What is removed.
        telling: Which rows of other tables tell of it.
        takes_unreadable: Whether damaged files of which nobody can say what they hold go.
    """
    if not chosen.ids:
        return
    root = storage.join(lake, QUARANTINE)
    for path in storage.list_files(root):
        below = path[len(lake.rstrip("/")) + 1 :]
        table = below.split("/")[1]
        if table in (*KINDS, *TOLD, "amendments"):
            holds = _holds(path, table, chosen, telling)
            if takes_unreadable if holds is None else holds:
                yield below


def _holds(path: str, table: str, chosen: Chosen, telling: Telling) -> bool | None:
    """Whether a file holds a row that goes; None: nobody can say."""
    ids = chosen.ids | {name for one in chosen.tombstones for name in one.address_ids}
    texts = {one.text_sha256 for one in chosen.tombstones} - {None}
    try:
        if table == "amendments":
            with open_file(path) as file:
                return not ids.isdisjoint(file.read(["article_id"]).column(0).to_pylist())
        if table in KINDS:
            with open_file(path) as file:
                rows = file.read(columns=["article_id", "text_sha256"]).to_pylist()
            return any(row["article_id"] in ids or row["text_sha256"] in texts for row in rows)
        return any(telling.tells(table, row) for row in rows_of(read_told(path, table)))
    except LakeError as error:
        if error.__cause__ is not None and storage.is_exhausted(error.__cause__):
            raise  # That says nothing of the file.
        return None
