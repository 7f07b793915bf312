"""Two ways to look keys up in a lake, with the same answer.

On one machine a run asks the index under `_cache/` (`index.py`). On a cluster, where workers share
no disk, they read the keys of the lake from its Parquet and hold them against those asked for.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import apache_beam as beam
from apache_beam import pvalue

from feedlake.pipeline.history.find_keys import find_facts, find_leads
from feedlake.pipeline.history.index import catch_up, open_index
from feedlake.pipeline.history.key_columns import KEY_TABLES
from feedlake.pipeline.history.wanted import Leads, Wanted
from feedlake.pipeline.lake.lake import Lake
from feedlake.transforms.dedup.deduplicate import LookUpInHistory
from feedlake.transforms.dedup.lookup import Facts, Queries
from feedlake.transforms.records.stateless import StatelessFn, map_one
from feedlake.transforms.stores.store_settings import StoreSettings
from feedlake.transforms.stores.stores import use_stores

Lookup = beam.PTransform[pvalue.PCollection[Queries], pvalue.PCollection[Facts]]


def look_up_in_index(lake: Lake) -> Lookup:
    """Returns the look-up through the index, after catching it up; needs the lake's lock.

    Raises:
        LakeError: A file of the lake is damaged.
    """
    catch_up(lake)
    return LookUpInHistory(functools.partial(open_index, lake.path))


def look_up_by_join(lake: Lake, *, stores: StoreSettings | None = None) -> Lookup:
    """Returns the look-up by a join with the key columns of the lake as it stands.

    Args:
        lake: The lake.
        stores: How workers elsewhere reach object stores; None: as this process does.

    Raises:
        LakeError: A journal entry is damaged. (A damaged file fails the pipeline.)
    """
    names = (*KEY_TABLES, "rejects", "known")
    files = tuple((name, path) for name in names for path in lake.files(name))
    return JoinWithLake(files, stores)


@dataclass(eq=False)
class JoinWithLake(beam.PTransform[pvalue.PCollection[Queries], pvalue.PCollection[Facts]]):
    """Holds the key columns of the lake's files against what is asked for.

    In: a collection of `Queries`. Out: some `Facts`, together what the lake holds; none if it holds
    nothing. What is asked for goes to all workers (120 bytes a document), and each file is read by
    one of them; nothing of the lake crosses a shuffle but rows that are found.

    Attributes:
        files: Table and path of each file.
        stores: How workers elsewhere reach object stores; None: as this process does.
    """

    files: tuple[tuple[str, str], ...]
    stores: StoreSettings | None = None

    def __post_init__(self) -> None:
        super().__init__()

    def expand(self, queries: pvalue.PCollection[Queries]) -> pvalue.PCollection[Facts]:
        """Returns the facts."""
        wanted = pvalue.AsList(queries | "SortWanted" >> map_one(Wanted.of))
        files = (
            queries.pipeline
            | "ListKeyFiles" >> beam.Create(self.files)
            | "SpreadKeyFiles" >> beam.Reshuffle()
        )
        leads = files | "FindLeads" >> beam.ParDo(_FindLeadsFn(self.stores), wanted)
        facts: pvalue.PCollection[Facts] = files | "FindFacts" >> beam.ParDo(
            _FindFactsFn(self.stores), wanted, pvalue.AsList(leads)
        )
        return facts


class _FindLeadsFn(StatelessFn):
    def __init__(self, stores: StoreSettings | None) -> None:
        self._stores = stores
        self._wanted: Wanted | None = None

    def setup(self) -> None:
        use_stores(self._stores)

    def start_bundle(self) -> None:
        self._wanted = None  # What is asked for is joined once a bundle, not for each file.

    def process(self, file: tuple[str, str], wanted: list[Wanted]) -> Iterator[Leads]:
        table, path = file
        self._wanted = self._wanted or Wanted.join(wanted)
        if table in KEY_TABLES and self._wanted.asks_for("guid", "address", "claim"):
            leads = find_leads(path, self._wanted)
            if any(map(len, (leads.ids, leads.at_address, leads.claimants))):
                yield leads


class _FindFactsFn(StatelessFn):
    def __init__(self, stores: StoreSettings | None) -> None:
        self._stores = stores
        self._asked: tuple[Wanted, Leads] | None = None

    def setup(self) -> None:
        use_stores(self._stores)

    def start_bundle(self) -> None:
        self._asked = None

    def process(
        self, file: tuple[str, str], wanted: list[Wanted], leads: list[Leads]
    ) -> Iterator[Facts]:
        table, path = file
        self._asked = self._asked or (Wanted.join(wanted), Leads.join(leads))
        yield from find_facts(path, table, *self._asked)
