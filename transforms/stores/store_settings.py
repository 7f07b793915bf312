"""Where stores are and how to get in, beyond what the environment of a process says."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field


@dataclass(frozen=True)
class StoreSettings:
    """How to reach stores, beyond what the environment of a process says.

    Attributes:
        endpoint_url: Where S3 is; None: as environment and profile say, or Amazon's own.
        region: Region of S3; None: as environment and profile say.
        flags: Beam's own flags, some of which are about filesystems (`--s3_endpoint_url=…`).
    """

    endpoint_url: str | None = None
    region: str | None = None
    flags: tuple[str, ...] = field(default=(), repr=False)

    def flag(self, name: str) -> str | None:
        """Returns the value of one of Beam's flags; None if it isn't given."""
        parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
        parser.add_argument(f"--{name}")
        value: str | None = getattr(parser.parse_known_args(list(self.flags))[0], name)
        return value


def settings_of(flags: tuple[str, ...]) -> StoreSettings:
    """Returns what Beam's flags say about stores."""
    given = StoreSettings(flags=flags)
    return StoreSettings(given.flag("s3_endpoint_url"), given.flag("s3_region_name"), flags)
