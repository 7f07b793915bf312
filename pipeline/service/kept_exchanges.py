"""What was asked and answered since the last publication, for the archive."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from feedlake.transforms.records.exchange import Archived, Exchange
from feedlake.transforms.records.outcome import Outcome
from feedlake.transforms.records.ready import ForArchive


class KeptExchanges:
    """Takes what an archive takes, and hands it on record by record: see `Archive`."""

    read_at = datetime.max.replace(tzinfo=UTC)

    def __init__(self) -> None:
        self._number = 0
        self._held: dict[str, ForArchive] = {}

    def add_exchanges(
        self, exchanges: Iterable[Exchange], *, wanted_at: datetime | None = None
    ) -> str | None:
        """Takes requests and responses; returns a name for them."""
        self._number += 1
        self._held[str(self._number)] = ForArchive(tuple(exchanges), wanted_at=wanted_at)
        return str(self._number)

    def add_outcome(self, outcome: Outcome, *, record: str | None) -> None:
        """Takes what became of a document.

        Args:
            outcome: What became of it.
            record: Name of the response that it was made of.
        """
        if record is not None and (held := self._held.get(record)) is not None:
            self._held[record] = replace(held, outcomes=(*held.outcomes, outcome))

    def take(self, record: str | None) -> tuple[ForArchive, ...]:
        """Returns what is held under a name, and forgets it."""
        held = self._held.pop(record or "", None)
        return () if held is None or not (held.exchanges or held.outcomes) else (held,)

    def finish(self) -> Archived:
        """Returns that nothing was written."""
        return Archived((), ())

    def close(self) -> None:
        """Forgets all."""
        self._held.clear()
