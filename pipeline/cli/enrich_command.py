"""The command `feedlake enrich`."""

from __future__ import annotations

import argparse
import dataclasses
import json

from feedlake.pipeline.cli import reports as report
from feedlake.pipeline.terminal import console, interrupts
from feedlake.pipeline.terminal.standard_streams import print_out

_DONE, _FAILED, _WRONG, _BUSY = 0, 1, 2, 4


def enrich(flags: argparse.Namespace, *, lake: str) -> int:
    """Enriches a lake anew and returns the command's exit code.

    Args:
        flags: As given.
        lake: Path of the lake.
    """
    try:
        with interrupts.raised(), console.progress(is_quiet=flags.quiet):
            from feedlake.pipeline.lake.lake import LakeBusyError, LakeError
            from feedlake.pipeline.options.options import UsageError

            try:
                text = _enrich(flags, lake)
            except UsageError as error:
                return _fail(_WRONG, str(error))
            except LakeBusyError as error:
                return _fail(_BUSY, str(error))
            except LakeError as error:
                return _fail(_FAILED, f"{error}; the lake holds the rows that it held")
    except BaseException as error:  # The border: all that is left becomes words and exit code 1.
        if interrupts.has_come():
            return _fail(_FAILED, "interrupted; the same command goes on where it stopped")
        return _fail(_FAILED, *console.explain(error))
    if text:
        print_out(text)
    return _DONE


def _enrich(flags: argparse.Namespace, lake: str) -> str:
    """What was done, as it is to be printed."""
    from feedlake.pipeline.lake.lake import Lake
    from feedlake.pipeline.options.options import EnrichmentOptions, UsageError
    from feedlake.pipeline.run.enrichment import choose_enrichers
    from feedlake.pipeline.upkeep.enrich_lake import Wish, enrich_lake
    from feedlake.transforms.enrich.places_index import prepare
    from feedlake.transforms.process.process_wide import process_wide
    from feedlake.transforms.process.sandbox import Limits
    from feedlake.transforms.process.tally import Tally

    asked = flags.only or ("entities" if flags.entities != "off" else "default")
    if asked == "none":
        raise UsageError("--only none: must name what is to be enriched")
    given = EnrichmentOptions(asked, flags.entities)
    options = choose_enrichers(given, lake=lake)
    if flags.only and flags.only not in ("default", "all"):
        # Others go by the language that the rows have; it is told anew only if it is named.
        named = {*flags.only.split(","), *(["entities"] if flags.entities != "off" else [])}
        names = tuple(name for name in options.names if name in named)
        options = dataclasses.replace(options, names=names)
    opened = Lake(lake)
    opened.check_exists()
    wish = Wish(options, is_all=flags.all, keeps_up=not flags.only)
    process_wide(Tally).reset()
    with opened.writing():
        options = prepare(options, tell=console.notify)
        wish = dataclasses.replace(wish, options=options)
        done = enrich_lake(opened, wish, workers=flags.workers, limits=Limits())
    if flags.json:
        return json.dumps(dataclasses.asdict(done), indent=2)
    return "" if flags.quiet else report.enriched_text(done)


def _fail(code: int, sentence: str, details: str = "") -> int:
    console.print_failure(sentence, details)
    return code
