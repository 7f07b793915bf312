"""What of a run's options can be checked only with the machine at hand, before anything is done."""

from __future__ import annotations

from feedlake.pipeline.options.option_table import DEFAULT_RUNNER
from feedlake.pipeline.options.run_options import IngestOptions
from feedlake.transforms.normalize import storage
from feedlake.transforms.stores.store_settings import settings_of
from feedlake.transforms.stores.stores import use_stores


def check_options(options: IngestOptions) -> None:
    """Checks that there are such a runner, a filesystem for the lake, and the models.

    Args:
        options: What the operator decides.

    Raises:
        UsageError: One of them is not there.
        StoreError: The lake's store doesn't answer.
    """
    wish = options.enrichment
    named = {*wish.enrich.split(",")}
    if wish.entities != "off" or {"entities", "embedding"} & named or "x_" in wish.enrich:
        from feedlake.pipeline.run.enrichment import choose_enrichers

        choose_enrichers(wish, lake=options.lake)
    if options.beam_flags or options.runner != DEFAULT_RUNNER:
        from feedlake.pipeline.run.beam_options import read_beam_options

        read_beam_options(options.runner, options.beam_flags)
    use_stores(settings_of(options.beam_flags))
    if not storage.is_local(options.lake):
        from feedlake.pipeline.remote.remote_sources import check_place

        check_place(options.lake, name="--lake")
