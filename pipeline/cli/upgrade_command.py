"""The command `feedlake upgrade`."""

from __future__ import annotations

from feedlake.pipeline.cli import reports
from feedlake.pipeline.terminal import console, interrupts
from feedlake.pipeline.terminal.standard_streams import print_out

_DONE, _FAILED, _WRONG, _BUSY = 0, 1, 2, 4


def upgrade_lake(path: str) -> int:
    """Upgrades a lake and returns the command's exit code.

    Args:
        path: Path of the lake.
    """
    try:
        with interrupts.raised():
            from feedlake.pipeline.lake.lake import Lake, LakeBusyError, LakeError
            from feedlake.pipeline.options.options import UsageError
            from feedlake.pipeline.upkeep.upgrade import upgrade

            lake = Lake(path)
            try:
                lake.check_exists()
                with lake.writing():
                    done = upgrade(lake)
            except UsageError as error:
                return _fail(_WRONG, str(error))
            except LakeBusyError as error:
                return _fail(_BUSY, str(error))
            except LakeError as error:
                return _fail(_FAILED, f"{error}; the lake is as it was")
    except BaseException as error:  # The border: all that is left becomes words and exit code 1.
        if interrupts.has_come():
            return _fail(_FAILED, "interrupted; the lake is as it was")
        return _fail(_FAILED, *console.explain(error))
    print_out(reports.upgraded_text(done))
    return _DONE


def _fail(code: int, sentence: str, details: str = "") -> int:
    console.print_failure(sentence, details)
    return code
