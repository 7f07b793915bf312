"""The stores that this process knows: set up once, and asked for wherever files are.

A command has its settings from the environment, the profile, and Beam's flags. What it hands to
workers on other machines carries them along (`use_stores`). Passwords travel only if they were
given as flags: workers elsewhere have their own in their environment.
"""

from __future__ import annotations

import importlib.util
import threading
from dataclasses import dataclass, field

from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.stores.object_store import ObjectStore, StoreMistakeError
from feedlake.transforms.stores.store_settings import StoreSettings

_NEEDS = {"s3": ("boto3", "s3"), "gs": ("google.cloud.storage", "gcs")}
"""The module that reads a kind of URL, and the extra that installs it."""


@dataclass
class _InUse:
    settings: StoreSettings = field(default_factory=StoreSettings)
    made: dict[str, ObjectStore] = field(default_factory=dict)
    making: threading.Lock = field(default_factory=threading.Lock)


def use_stores(settings: StoreSettings | None) -> None:
    """Lets this process reach stores so from now on; None: as it does."""
    in_use = process_wide(_InUse)
    with in_use.making:
        if settings is not None and settings != in_use.settings:
            in_use.settings = settings
            in_use.made.clear()


def flags_in_use() -> tuple[str, ...]:
    """Returns Beam's own flags, as this process has been told of them."""
    return process_wide(_InUse).settings.flags


def for_workers() -> StoreSettings:
    """Returns the settings of this process as workers on other machines need them.

    Endpoint and region are those that this process has found in its environment or profile.
    """
    settings = process_wide(_InUse).settings
    if importlib.util.find_spec("boto3") is None:
        return settings
    from feedlake.transforms.stores.s3_store import S3Store

    store = store_of("s3://")
    assert isinstance(store, S3Store)
    return StoreSettings(store.endpoint_url, store.region, settings.flags)


def store_of(path: str) -> ObjectStore | None:
    """Returns the store of a URL; None if it's of another kind, which Beam may know.

    Raises:
        StoreMistakeError: What reads it is not installed.
    """
    scheme = path.partition("://")[0]
    if scheme not in _NEEDS:
        return None
    in_use = process_wide(_InUse)
    with in_use.making:
        if scheme not in in_use.made:
            in_use.made[scheme] = _make(scheme, in_use.settings)
        return in_use.made[scheme]


def _make(scheme: str, settings: StoreSettings) -> ObjectStore:
    module, extra = _NEEDS[scheme]
    if not _is_installed(module):
        raise StoreMistakeError(
            f"{scheme}:// needs the extra {extra}; in a checkout of feedlake, run: "
            f"pip install '.[{extra}]'"
        )
    if scheme == "s3":
        from feedlake.transforms.stores.s3_store import S3Store

        return S3Store(settings)
    from feedlake.transforms.stores.gcs_store import GcsStore

    return GcsStore()


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # Of the package that it is in.
        return False
