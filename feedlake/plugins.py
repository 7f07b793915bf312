"""What packages that extend feedlake hand over by their entry points.

`docs/plugins.md` shows how: an `Enricher` in the group `feedlake.enrichers`, a `Reader` in
`feedlake.readers`, and a function that takes a `feedlake.Account` in `feedlake.notifiers`.
"""

from feedlake.transforms.plugins.plugin_kinds import Enricher, Reader
from feedlake.transforms.records.subject import Subject

__all__ = ("Enricher", "Reader", "Subject")
