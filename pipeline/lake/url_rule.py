"""Which rule for addresses a lake follows, and that no run mixes two of them."""

from __future__ import annotations

import pyarrow as pa

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.lake_file import open_file
from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.pipeline.options.failures import UsageError
from feedlake.transforms.normalize import urls
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.write.schema import URL_RULE_KEY

IDENTITY_TABLES = ("articles", "revisions", "duplicates", "deferred")
"""The tables whose ids are made from canonical URLs."""

_FIRST_RULE = 1
"""The rule of files that do not name one: there was no other before files named theirs."""


def rule_of(schema: pa.Schema) -> int:
    """Returns the version of the rule for addresses that a file's identities follow.

    Args:
        schema: The file's, with its metadata.

    Raises:
        ValueError: The file names none that makes sense.
    """
    return int((schema.metadata or {}).get(URL_RULE_KEY, _FIRST_RULE))


def read_rule(path: str) -> int:
    """Returns the same from the file at this path.

    Raises:
        LakeError: The file is damaged; its name is in the message.
    """
    with open_file(path) as file:
        return rule_of(file.schema_arrow)


def rule_of_file(snapshot: Snapshot, file: StagedFile) -> int:
    """Returns the same of a file in a snapshot, which is opened only if the journal can't say.

    Raises:
        LakeError: The file is damaged; its name is in the message.
    """
    if file.facts is not None and file.facts.url_rule is not None:
        return file.facts.url_rule
    return read_rule(snapshot.places[file.path])


def check_rule(rule: int, *, of: str) -> None:
    """Raises UsageError unless documents may be added beside files of this rule.

    Args:
        rule: The version of the rule for addresses.
        of: What follows it, as the sentence names it.
    """
    now = urls.URL_RULE_VERSION
    if rule == now:
        return
    has = f"{of}: the ids in it follow version {rule} of the rule for addresses"
    if rule < now:
        raise UsageError(
            f"{has}, this feedlake follows version {now}: run feedlake upgrade --lake DIR first"
        )
    raise UsageError(f"{has}, this feedlake knows versions up to {now}: install a newer one")


def check_lake(lake: Lake) -> None:
    """Raises UsageError if the lake follows another rule than this feedlake.

    All files of a lake follow one rule: no other is written into it, and an upgrade replaces them
    together. So it is enough to look at one file, the newest.

    Raises:
        LakeError: The journal or that file is damaged.
    """
    snapshot = lake.snapshot()
    file = snapshot.state.newest_file(IDENTITY_TABLES)
    if file is not None:
        check_rule(rule_of_file(snapshot, file), of=f"--lake {lake.path}")
